#include "relay.h"

#include "terminal.h"

#define POLLIN 1
#define POLLOUT 4
#define POLLERR 8
#define POLLHUP 16

#define MADV_DONTNEED 4
#define END_OF_FILE 4 /* ^D, as a terminal's input has it (termios(3)) */

/* What a virtio port takes at once. */
#define CHUNK 32768

/* Milliseconds. When to try again what is `away`: a port without a host. */
#define RETRY 250
/* Buffers are kept that long after their last use: a wake-up, once. */
#define KEEP 50
/* An error that nobody foresaw must not become a loop without a pause. */
#define PAUSE 100
/* How often the end looks whether all is written. */
#define STEP 10

/* ppoll(2): struct pollfd. */
struct poll_descriptor {
	int descriptor;
	short events, results;
};

static struct stream {
	int from, to;        /* 0: closed */
	uint32_t start, end; /* what of its buffer waits to be written */
	char last;           /* the byte that was read last */
	bool is_input;       /* the workload's, from the host */
	bool away;           /* what poll says of `to` can't be waited for */
} streams[RELAY_ROUTES];

/* A CHUNK for each; given back to the kernel while nothing is in them. */
static char *buffers;
static bool in_use;

static char *buffer_of(const struct stream *stream)
{
	return buffers + (stream - streams) * CHUNK;
}

static bool is_pending(const struct stream *stream)
{
	return stream->start < stream->end;
}

static void close_end(int *fd)
{
	if (*fd)
		sys_close(*fd);
	*fd = 0;
}

static void set_nonblocking(int fd)
{
	sys_fcntl(fd, F_SETFL, sys_fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
}

void relay_begin(const struct route routes[RELAY_ROUTES])
{
	long memory;

	for (int n = 0; n < RELAY_ROUTES; n++) {
		if (!routes[n].from)
			continue;
		if (!buffers) {
			memory = sys_mmap(0, RELAY_ROUTES * CHUNK,
					  PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (memory < 0)
				return complain("relay", "map", "its buffers",
						memory);
			buffers = (char *)memory;
		}
		streams[n] = (struct stream){
			.from = routes[n].from,
			.to = routes[n].to,
			.last = '\n',
			.is_input = n == 0,
		};
		set_nonblocking(routes[n].from);
		set_nonblocking(routes[n].to);
	}
}

/* A terminal has no end of its own: there the input's is a key. */
static void end_of_input(struct stream *stream)
{
	close_end(&stream->from);
	if (stream->is_input && is_terminal(stream->to)) {
		char *buffer = buffer_of(stream);

		buffer[0] = buffer[1] = END_OF_FILE;
		stream->start = 0;
		/* The first one only ends a line that has begun. */
		stream->end = stream->last == '\n' ? 1 : 2;
	}
}

static bool read_some(struct stream *stream)
{
	char *buffer = buffer_of(stream);
	long got = CALL(read, stream->from, buffer, CHUNK, 0, 0, 0);

	if (got == -EAGAIN || got == -EINTR)
		return false;
	in_use = true;
	if (got <= 0) {
		end_of_input(stream);
		return false;
	}
	stream->start = 0;
	stream->end = (uint32_t)got;
	stream->last = buffer[got - 1];
	return true;
}

static bool write_some(struct stream *stream)
{
	long put = sys_write(stream->to, buffer_of(stream) + stream->start,
			     stream->end - stream->start);

	/* A port that says 0 has taken nothing, and has no room to tell of. */
	stream->away = !put;
	if (put > 0) {
		stream->start += (uint32_t)put;
		return true;
	}
	if (put && put != -EAGAIN && put != -EINTR) {
		/* Nobody reads it any more. Whoever writes is to know. */
		stream->start = stream->end = 0;
		close_end(&stream->from);
	}
	return false;
}

/* Moves a chunk at most, so that each stream and each signal has its turn. */
static bool move(struct stream *stream)
{
	bool moved = false;

	if (!is_pending(stream) && stream->from)
		moved = read_some(stream);
	if (is_pending(stream))
		moved |= write_some(stream);
	if (!is_pending(stream) && !stream->from)
		close_end(&stream->to);
	return moved;
}

/*
 * What of a stream is to be waited for. Of a port, the errors alone never are:
 * it has one as long as the host is not there. A pipe has one when nobody
 * reads it any more.
 */
static void look_at(const struct stream *stream, struct poll_descriptor *from,
		    struct poll_descriptor *to)
{
	*from = *to = (struct poll_descriptor){ -1, 0, 0 };
	if (is_pending(stream)) {
		if (!stream->away)
			*to = (struct poll_descriptor){ stream->to, POLLOUT,
							0 };
	} else if (stream->from) {
		*from = (struct poll_descriptor){ stream->from, POLLIN, 0 };
		if (stream->is_input)
			*to = (struct poll_descriptor){ stream->to, 0, 0 };
	}
}

static void act_on(struct stream *stream, short from, short to)
{
	if (is_pending(stream) && to == POLLHUP) {
		stream->away = true;
		return;
	}
	if (!is_pending(stream) && to & POLLERR)
		close_end(&stream->from);
	if (from || to || stream->away)
		move(stream);
}

static bool any(bool (*is_so)(const struct stream *stream))
{
	for (int n = 0; n < RELAY_ROUTES; n++)
		if (is_so(&streams[n]))
			return true;
	return false;
}

static bool is_away(const struct stream *stream)
{
	return stream->away;
}

/* When to wake up for the relay's own sake, if not sooner. */
static uint64_t own_deadline(void)
{
	if (any(is_away))
		return milliseconds_from_now(RETRY);
	if (in_use && !any(is_pending))
		return milliseconds_from_now(KEEP);
	return NEVER;
}

static void release_buffers(void)
{
	CALL(madvise, buffers, RELAY_ROUTES * CHUNK, MADV_DONTNEED, 0, 0, 0);
	in_use = false;
}

static long poll(struct poll_descriptor *polled, int count, uint64_t deadline)
{
	struct timespec rest = time_until(deadline);

	return CALL(ppoll, polled, count, deadline == NEVER ? NULL : &rest,
		    NULL, 0, 0);
}

bool relay_until(int fd, uint64_t deadline)
{
	for (;;) {
		struct poll_descriptor polled[1 + 2 * RELAY_ROUTES];
		uint64_t own = own_deadline();
		long count;

		polled[0] = (struct poll_descriptor){ fd, POLLIN, 0 };
		for (int n = 0; n < RELAY_ROUTES; n++)
			look_at(&streams[n], &polled[1 + 2 * n],
				&polled[2 + 2 * n]);
		count = poll(polled, 1 + 2 * RELAY_ROUTES,
			     own < deadline ? own : deadline);
		/* Nothing is known of what was polled. */
		if (count == -EINTR)
			continue;
		if (count < 0) {
			pause_for(PAUSE);
			if (deadline == NEVER || boot_time() >= deadline)
				return false;
			continue;
		}
		for (int n = 0; n < RELAY_ROUTES; n++)
			act_on(&streams[n], polled[1 + 2 * n].results,
			       polled[2 + 2 * n].results);
		if (polled[0].results)
			return true;
		if (!count && in_use && !any(is_pending))
			release_buffers();
		if (deadline != NEVER && boot_time() >= deadline)
			return false;
	}
}

void relay_finish(uint64_t deadline)
{
	close_end(&streams[0].from);
	close_end(&streams[0].to);
	streams[0].start = streams[0].end = 0;
	for (;;) {
		bool moved = false;

		for (int n = 1; n < RELAY_ROUTES; n++)
			moved |= move(&streams[n]);
		if (boot_time() >= deadline || (!moved && !any(is_pending)))
			return;
		if (!moved)
			relay_until(-1, milliseconds_from_now(STEP));
	}
}

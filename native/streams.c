#include "streams.h"

#include "terminal.h"

#define UNCHANGED (-1)
#define F_SETPIPE_SZ 1031

/* A pipe of the usual size, 64 KB, has writer and relay wait for each other. */
#define PIPE_SIZE (1 << 20)

/* The end that is read comes first (pipe(2)). */
enum { READ, WRITE };

/* Gives the workload a pipe; without one it has the port. */
static void make_pipe(int number, int port, const struct handover *record,
		      struct streams *streams)
{
	bool is_input = number == 0;
	int ends[2];
	long result = CALL(pipe2, ends, O_CLOEXEC, 0, 0, 0, 0);

	if (result < 0)
		return complain("handover", "make", "a pipe", result);
	sys_fcntl(ends[READ], F_SETPIPE_SZ, PIPE_SIZE);
	/* Both ends are one file. */
	CALL(fchown, ends[READ], record->uid, record->gid, 0, 0, 0);
	streams->standard[number] = ends[is_input ? READ : WRITE];
	streams->routes[number] = is_input ?
					  (struct route){ port, ends[WRITE] } :
					  (struct route){ ends[READ], port };
}

/* One terminal for all, whose output is the host's standard output. */
static bool make_own_terminal(const struct handover *record,
			      struct streams *streams)
{
	int input = record->standard[0], output = record->standard[1];
	int ours, second;
	long terminal;

	if (output < 0)
		output = record->standard[2];
	if (input < 0 && output < 0)
		return false;
	terminal = make_terminal(&ours);
	if (terminal < 0) {
		complain("handover", "make", "a terminal", terminal);
		return false;
	}
	/* Of their own, as a route's descriptors are. */
	second = (int)sys_fcntl(ours, F_DUPFD_CLOEXEC, 0);
	if (input >= 0)
		streams->routes[0] = (struct route){ input, second };
	if (output >= 0)
		streams->routes[1] = (struct route){ ours, output };
	for (int n = 0; n < 3; n++)
		streams->standard[n] = (int)terminal;
	return true;
}

static void make_pipes(const struct handover *record, struct streams *streams)
{
	for (int n = 0; n < 3; n++) {
		int port = record->standard[n];

		streams->standard[n] = port < 0 ? n : port;
		if (port >= 0 && !(record->flags & HANDOVER_REPLACE_PID1))
			make_pipe(n, port, record, streams);
	}
}

void make_streams(const struct handover *record, struct streams *streams)
{
	bool wants_terminal = record->flags & HANDOVER_TERMINAL &&
			      !(record->flags & HANDOVER_REPLACE_PID1);

	*streams = (struct streams){ .terminal = -1 };
	if (!wants_terminal || !make_own_terminal(record, streams))
		make_pipes(record, streams);
	for (int n = 0; n < 3; n++) {
		int fd = streams->standard[n];

		if (!is_terminal(fd))
			continue;
		CALL(fchown, fd, record->uid, UNCHANGED, 0, 0, 0);
		set_size(fd, record->rows, record->columns);
		if (streams->terminal < 0)
			streams->terminal = fd;
	}
}

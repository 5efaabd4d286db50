#include "message.h"

#include "budget.h"
#include "signals.h"

#define ITIMER_REAL 0
/* Of the time that is left, and from then on: a write may begin just after. */
#define AGAIN 20
/* Where a message was dropped, the next ones hardly wait. */
#define LITTLE 20

/* setitimer(2): struct itimerval. */
struct interval_timer {
	struct {
		int64_t seconds, microseconds;
	} again, first;
};

static void set_timer(int64_t first)
{
	struct interval_timer timer = {
		.again = { 0, first ? AGAIN * 1000 : 0 },
		.first = { first / 1000, first % 1000 * 1000 },
	};

	CALL(setitimer, ITIMER_REAL, &timer, NULL, 0, 0, 0);
}

/*
 * Neither poll(2) nor O_NONBLOCK would do: a terminal that has room for a
 * character blocks whoever writes two, and the flag is all writers'. So a
 * signal interrupts the write.
 */
long write_in_time(int fd, const char *from, size_t size)
{
	static bool dropped;
	int64_t budget = dropped ? LITTLE : BUDGET_MESSAGE;
	uint64_t deadline = milliseconds_from_now((uint64_t)budget);
	struct alarm_state before;
	size_t done = 0;
	long result = 0;

	let_alarm_interrupt(&before);
	set_timer(budget);
	while (done < size) {
		result = sys_write(fd, from + done, size - done);
		if (result > 0)
			done += (size_t)result;
		else if (result != -EINTR)
			break;
		if (boot_time() >= deadline)
			break;
	}
	set_timer(0);
	restore_alarm(&before);
	dropped = result == -EINTR;
	return result < 0 ? result : (long)done;
}

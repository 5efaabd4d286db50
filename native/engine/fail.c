#include "fail.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* With this status PID 1 knows that the reason has been told. */
#define EXIT_SETUP 125

_Noreturn void engine_fail(const char *reason)
{
	static char start[] = "krun-init: engine: ", end[] = "\n";
	const struct iovec parts[] = {
		{ start, sizeof start - 1 },
		{ (char *)reason, strlen(reason) },
		{ end, 1 },
	};

	/* Where nobody reads there is nobody to tell. */
	(void)!writev(STDERR_FILENO, parts, sizeof parts / sizeof *parts);
	_exit(EXIT_SETUP);
}

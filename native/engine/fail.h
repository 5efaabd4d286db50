/* The end of an engine that can't go on. */
#ifndef KRUN_ENGINE_FAIL_H
#define KRUN_ENGINE_FAIL_H

/* Says the reason on the standard error; PID 1 reports and reboots. */
_Noreturn void engine_fail(const char *reason);

#endif

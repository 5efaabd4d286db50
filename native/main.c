/*
 * Where the kernel starts us. The one native program lives twice: first as
 * the launcher, and again, from a memfd copy of itself, as the supervisor, and
 * as the clock process. On a person's machine it also starts guests in
 * namespaces.
 */
#include "clock.h"
#include "launcher.h"
#include "supervisor.h"
#include "try.h"

__attribute__((used)) static _Noreturn void start(unsigned long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1;
	const unsigned long *auxv;

	if (argc && equal(argv[0], SUPERVISOR_NAME))
		supervise(argc, argv);
	if (argc && equal(argv[0], CLOCK_NAME))
		follow_host();
	if (argc > TRY_VOLUMES && equal(argv[1], TRY_NAME) &&
	    sys_getpid() != 1)
		try_boot(argv, envp);
	for (auxv = (unsigned long *)envp; *auxv++;)
		;
	launch(argc, argv, envp, auxv);
}

ARCH_START(start);

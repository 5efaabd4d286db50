/*
 * The syscall shim: one function that Deno.dlopen can call and that makes a
 * raw system call.
 *
 * Why: between a libc function's return and a look at errno the JavaScript
 * runtime may allocate, collect garbage or switch threads, and errno is gone.
 * Here the error is the result: -4095..-1 is -errno, as the kernel gives it.
 */
#include "arch.h"

/*
 * By value: for a function that takes or returns a structure the runtime
 * compiles no fast path of its own when it is bound, and a boot makes too few
 * calls to earn back those 0.4 ms.
 */
struct call {
	long number, argument[6];
};

__attribute__((visibility("default"))) long krun_system_call(struct call call)
{
	const long *a = call.argument;

	return system_call(call.number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

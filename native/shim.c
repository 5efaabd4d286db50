/*
 * The syscall shim: one function that Deno.dlopen can call and that makes a
 * raw system call.
 *
 * Why: between a libc function's return and a look at errno the JavaScript
 * runtime may allocate, collect garbage or switch threads, and errno is gone.
 * Here the error is the result: -4095..-1 is -errno, as the kernel gives it.
 */
#include "arch.h"

__attribute__((visibility("default"))) long
krun_system_call(long number, long a, long b, long c, long d, long e, long f)
{
	return system_call(number, a, b, c, d, e, f);
}

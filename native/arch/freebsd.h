/*
 * How FreeBSD makes a system call on amd64 and arm64: the carry flag says
 * whether the result is one or an errno. Here an error is -errno, as Linux
 * gives it. Sources: syscall(2), sys/amd64/amd64/exception.S, sys/arm64.
 */
#ifndef KRUN_ARCH_FREEBSD_H
#define KRUN_ARCH_FREEBSD_H

#if defined(__x86_64__)

static inline long system_call(long number, long a, long b, long c, long d,
			       long e, long f)
{
	/* rdx gets a second result, r8 to r10 need not survive the call. */
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	__asm__ volatile("syscall\n\t"
			 "jnc 1f\n\t"
			 "neg %0\n"
			 "1:"
			 : "+a"(number), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
			 : "D"(a), "S"(b)
			 : "rcx", "r11", "cc", "memory");
	return number;
}

#elif defined(__aarch64__)

static inline long system_call(long number, long a, long b, long c, long d,
			       long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	/* x1 gets a second result. */
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0\n\t"
			 "b.cc 1f\n\t"
			 "neg x0, x0\n"
			 "1:"
			 : "+r"(x0), "+r"(x1)
			 : "r"(x8), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "cc", "memory");
	return x0;
}

#else
#error "krun-init knows x86_64 and aarch64"
#endif

#endif

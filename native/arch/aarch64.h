/*
 * All that is particular to aarch64: how a process begins, how it makes a
 * system call, how it jumps into another program, and the numbers of its own.
 * Sources: syscall(2), AAPCS64, asm-generic/unistd.h, asm/fcntl.h.
 */
#ifndef KRUN_ARCH_AARCH64_H
#define KRUN_ARCH_AARCH64_H

#define ARCH_ELF_MACHINE 183 /* EM_AARCH64 */

#define O_DIRECTORY 040000

enum {
	SYS_dup3 = 24,
	SYS_fcntl = 25,
	SYS_ioctl = 29,
	SYS_mkdirat = 34,
	SYS_umount2 = 39,
	SYS_mount = 40,
	SYS_pivot_root = 41,
	SYS_fstatfs = 44,
	SYS_chdir = 49,
	SYS_fchdir = 50,
	SYS_chroot = 51,
	SYS_fchown = 55,
	SYS_openat = 56,
	SYS_close = 57,
	SYS_lseek = 62,
	SYS_pipe2 = 59,
	SYS_read = 63,
	SYS_write = 64,
	SYS_pread64 = 67,
	SYS_pwrite64 = 68,
	SYS_sendfile = 71,
	SYS_ppoll = 73,
	SYS_signalfd4 = 74,
	SYS_sync = 81,
	SYS_capset = 91,
	SYS_exit_group = 94,
	SYS_setitimer = 103,
	SYS_clock_settime = 112,
	SYS_clock_gettime = 113,
	SYS_clock_nanosleep = 115,
	SYS_kill = 129,
	SYS_rt_sigaction = 134,
	SYS_rt_sigprocmask = 135,
	SYS_rt_sigtimedwait = 137,
	SYS_reboot = 142,
	SYS_setgid = 144,
	SYS_setuid = 146,
	SYS_setpgid = 154,
	SYS_setsid = 157,
	SYS_setgroups = 159,
	SYS_sethostname = 161,
	SYS_umask = 166,
	SYS_prctl = 167,
	SYS_getpid = 172,
	SYS_geteuid = 175,
	SYS_getegid = 177,
	SYS_sysinfo = 179,
	SYS_recvfrom = 207,
	SYS_munmap = 215,
	SYS_clone = 220,
	SYS_execve = 221,
	SYS_mmap = 222,
	SYS_fadvise64 = 223,
	SYS_readahead = 213,
	SYS_madvise = 233,
	SYS_preadv2 = 286,
	SYS_wait4 = 260,
	SYS_prlimit64 = 261,
	SYS_ioprio_set = 30,
	SYS_sched_setattr = 274,
	SYS_memfd_create = 279,
	SYS_execveat = 281,
	SYS_open_tree = 428,
	SYS_move_mount = 429,
	SYS_fsopen = 430,
	SYS_fsconfig = 431,
	SYS_fsmount = 432,
	SYS_pidfd_open = 434,
	SYS_close_range = 436,
	SYS_mount_setattr = 442,
};

static inline long system_call(long number, long a, long b, long c, long d,
			       long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

/*
 * Starts a process, as clone(2) with `flags`, which goes on here and on this
 * stack. The calling one goes on in `then`, with the new one's id or a -errno,
 * and on the stack that ends at `stack`: with CLONE_VM and nobody who waits,
 * one stack is not enough for both. `then` does not return.
 */
static inline void part(unsigned long flags, void *stack, void (*then)(long))
{
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0\n\t"
			 "cbz x0, 1f\n\t"
			 "mov sp, %[stack]\n\t"
			 "blr %[then]\n\t"
			 "brk #0\n"
			 "1:"
			 : "+r"(x0)
			 : [stack] "r"(stack), [then] "r"(then), "r"(x8),
			   "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
}

/* `name` is where a signal's handler returns to: rt_sigreturn(2). */
#define ARCH_SIGNAL_RETURN(name)    \
	void name(void);            \
	__asm__(#name ":\n"         \
		"	mov x8, #139\n" \
		"	svc #0\n")

/* Enters the program whose first stack (argc, argv, envp, auxv) is given. */
static inline _Noreturn void enter_program(unsigned long entry,
					   unsigned long *stack)
{
	register unsigned long target __asm__("x16") = entry;

	/* x0 = 0: no function that the program would have to run at exit. */
	__asm__ volatile("mov sp, %0\n\t"
			 "mov x0, #0\n\t"
			 "mov x29, #0\n\t"
			 "mov x30, #0\n\t"
			 "br %1"
			 :
			 : "r"(stack), "r"(target)
			 : "memory");
	__builtin_unreachable();
}

/* The kernel starts us here, with the first stack in sp. */
#define ARCH_START(function)              \
	__asm__(".globl _start\n"         \
		"_start:\n"               \
		"	mov x29, #0\n"    \
		"	mov x30, #0\n"    \
		"	mov x0, sp\n"     \
		"	and sp, x0, #-16\n" \
		"	bl " #function "\n" \
		"	brk #0\n")

#endif

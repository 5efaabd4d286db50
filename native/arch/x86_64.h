/*
 * All that is particular to x86_64: how a process begins, how it makes a
 * system call, how it jumps into another program, and the numbers of its own.
 * Sources: syscall(2), the System V ABI for AMD64, asm/unistd_64.h, asm/fcntl.h.
 */
#ifndef KRUN_ARCH_X86_64_H
#define KRUN_ARCH_X86_64_H

#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */

#define O_DIRECTORY 0200000

enum {
	SYS_read = 0,
	SYS_write = 1,
	SYS_close = 3,
	SYS_lseek = 8,
	SYS_mmap = 9,
	SYS_munmap = 11,
	SYS_rt_sigaction = 13,
	SYS_rt_sigprocmask = 14,
	SYS_ioctl = 16,
	SYS_pread64 = 17,
	SYS_pwrite64 = 18,
	SYS_getpid = 39,
	SYS_sendfile = 40,
	SYS_recvfrom = 45,
	SYS_clone = 56,
	SYS_execve = 59,
	SYS_wait4 = 61,
	SYS_kill = 62,
	SYS_fcntl = 72,
	SYS_chdir = 80,
	SYS_fchdir = 81,
	SYS_fchown = 93,
	SYS_umask = 95,
	SYS_sysinfo = 99,
	SYS_setuid = 105,
	SYS_setgid = 106,
	SYS_geteuid = 107,
	SYS_getegid = 108,
	SYS_setsid = 112,
	SYS_setgroups = 116,
	SYS_capset = 126,
	SYS_rt_sigtimedwait = 128,
	SYS_fstatfs = 138,
	SYS_pivot_root = 155,
	SYS_prctl = 157,
	SYS_setpgid = 109,
	SYS_chroot = 161,
	SYS_sync = 162,
	SYS_mount = 165,
	SYS_umount2 = 166,
	SYS_reboot = 169,
	SYS_sethostname = 170,
	SYS_fadvise64 = 221,
	SYS_readahead = 187,
	SYS_madvise = 28,
	SYS_preadv2 = 327,
	SYS_clock_settime = 227,
	SYS_clock_gettime = 228,
	SYS_exit_group = 231,
	SYS_clock_nanosleep = 230,
	SYS_setitimer = 38,
	SYS_openat = 257,
	SYS_mkdirat = 258,
	SYS_ppoll = 271,
	SYS_signalfd4 = 289,
	SYS_dup3 = 292,
	SYS_pipe2 = 293,
	SYS_prlimit64 = 302,
	SYS_ioprio_set = 251,
	SYS_sched_setattr = 314,
	SYS_memfd_create = 319,
	SYS_execveat = 322,
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
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

/*
 * Starts a process, as clone(2) with `flags`, which goes on here and on this
 * stack. The calling one goes on in `then`, with the new one's id or a -errno,
 * and on the stack that ends at `stack`: with CLONE_VM and nobody who waits,
 * one stack is not enough for both. `then` does not return.
 */
static inline void part(unsigned long flags, void *stack, void (*then)(long))
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long number = SYS_clone;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jz 1f\n\t"
			 "mov %[stack], %%rsp\n\t"
			 "mov %%rax, %%rdi\n\t"
			 "call *%[then]\n\t"
			 "hlt\n"
			 "1:"
			 : "+a"(number)
			 : [stack] "r"(stack), [then] "r"(then), "D"(flags),
			   "S"(0L), "d"(0L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
}

/* `name` is where a signal's handler returns to: rt_sigreturn(2). */
#define ARCH_SIGNAL_RETURN(name)      \
	void name(void);              \
	__asm__(#name ":\n"           \
		"	mov $15, %eax\n" \
		"	syscall\n")

/* Enters the program whose first stack (argc, argv, envp, auxv) is given. */
static inline _Noreturn void enter_program(unsigned long entry,
					   unsigned long *stack)
{
	/* rdx = 0: no function that the program would have to run at exit. */
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "xor %%edx, %%edx\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "jmp *%1"
			 :
			 : "r"(stack), "r"(entry)
			 : "memory");
	__builtin_unreachable();
}

/* The kernel starts us here, with the first stack in rsp. */
#define ARCH_START(function)               \
	__asm__(".globl _start\n"          \
		"_start:\n"                \
		"	xor %ebp, %ebp\n"  \
		"	mov %rsp, %rdi\n"  \
		"	and $-16, %rsp\n"  \
		"	call " #function "\n" \
		"	hlt\n")

#endif

/* What the kernel has to say when it ends a process for want of memory. */
#ifndef KRUN_OUT_OF_MEMORY_H
#define KRUN_OUT_OF_MEMORY_H

/* Opens the kernel's log at its end; -1 where there is none (kmsg(4)). */
int open_kernel_log(void);

/*
 * Says on the console what process the kernel has ended, and of what size, if
 * the log tells of one since it was opened.
 */
void tell_out_of_memory(int kernel_log);

#endif

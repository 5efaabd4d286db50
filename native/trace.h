/*
 * The trace's last event: the exec of the workload. The pipeline has written
 * all others (stages/boot_log.ts) and has gone by then.
 */
#ifndef KRUN_TRACE_H
#define KRUN_TRACE_H

/* PID 1 begins, with the trace's descriptor; -1: the boot is not traced. */
void trace_begin(int fd);
/* The workload's process, just before the exec: takes the stamp. */
void trace_exec(void);
/* The workload's process, where no program ran: takes the stamp back. */
void trace_exec_failed(void);
/* Writes the event, if there is one. */
void trace_end(void);

#endif

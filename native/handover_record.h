/*
 * The hand-over record: all that the supervisor needs to know, written by the
 * pipeline as its last act (stages/formats/handover_record.ts), read by the
 * supervisor. Little-endian; `size` counts every byte.
 *
 *   struct handover
 *   struct handover_limit   [limits]
 *   uint32_t                [groups]
 *   strings, each NUL-terminated: cwd, argv [arguments], environment
 *                                 [environment]
 */
#ifndef KRUN_HANDOVER_RECORD_H
#define KRUN_HANDOVER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDOVER_MAGIC 0x4f48524bU /* "KRHO" */
#define HANDOVER_VERSION 6

enum handover_flags {
	HANDOVER_REPLACE_PID1 = 1, /* KRUN_INIT_PID1: exec without a fork */
	HANDOVER_NEW_SESSION = 2,  /* a session, a group, a terminal if any */
	HANDOVER_IDENTITY = 4,     /* uid, gid and groups are to be set */
	HANDOVER_NO_NEW_PRIVS = 8, /* PR_SET_NO_NEW_PRIVS */
	HANDOVER_GUEST = 16,       /* the file systems are ours to unmount */
	HANDOVER_SIGNAL_GROUP = 32, /* signals go to its group, not to it alone */
	HANDOVER_TERMINAL = 64,    /* a terminal of its own, where it has ports */
	HANDOVER_CAPABILITIES = 128, /* the five sets are to be set */
	HANDOVER_OOM = 256,         /* oom_score_adj is to be set */
};

/* As sched_setattr(2) takes it. */
struct handover_scheduler {
	uint32_t size; /* 0: leave it alone */
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	/* 0; without them the flags for them are refused. */
	uint32_t util_min, util_max;
};

struct handover {
	uint32_t magic, version, size, flags;
	int32_t standard[3]; /* descriptors for stdio, -1: leave it alone */
	uint32_t uid, gid, umask;
	uint32_t stop_timeout; /* seconds from a request to stop to SIGKILL */
	uint32_t limits, groups, arguments, environment;
	int32_t clock; /* socket of the clock process, -1: none */
	int32_t trace; /* descriptor of the trace, -1: none */
	int32_t root;  /* descriptor of a new root, -1: none */
	int32_t console; /* the console, by its name in /dev, -1: none */
	uint32_t stop_signal; /* what a request to stop sends */
	uint32_t rows, columns; /* of a terminal; 0: not known */
	int32_t oom_score_adj; /* proc(5) */
	uint32_t io_priority; /* as ioprio_set(2) takes it, 0: leave it alone */
	uint64_t bounding, effective, inheritable, permitted, ambient;
	struct handover_scheduler scheduler;
};

struct handover_limit {
	uint32_t resource, reserved;
	uint64_t soft, hard; /* all ones: no limit (getrlimit(2)) */
};

/* A record in memory: the header, and where the rest of it lies. */
struct handover_view {
	const struct handover *header;
	const struct handover_limit *limits;
	const uint32_t *groups;
	const char *cwd;
	const char *arguments;   /* the first of the strings */
	const char *environment; /* the first of the strings */
};

/*
 * Reads the record of `size` bytes at `bytes` (aligned to 8). False where it
 * is not one, or where anything in it reaches beyond its end.
 */
bool handover_read(const void *bytes, size_t size, struct handover_view *view);

#endif

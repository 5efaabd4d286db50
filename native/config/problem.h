/* The first thing that is wrong, and checks that more than one part needs. */
#ifndef KRUN_CONFIG_PROBLEM_H
#define KRUN_CONFIG_PROBLEM_H

#include "krun_init_config.h"
#include "text.h"

/* In the place of an index. */
#define NONE SIZE_MAX

/* The highest id; (uid_t) -1 means none. */
#define ID_MAX 0xfffffffe

/* A value's path: `list`, or `list[n]`, `list[n].field`, `list[n].field[m]`. */
struct place {
	const char *list;
	size_t n;
	const char *field;
	size_t m;
};

struct problem {
	struct pool pool;
	KrunConfigErrorCode code;
	struct text path, message;
};

struct place place(const char *list, size_t n);
struct place field(const char *list, size_t n, const char *name);

/*
 * Notes the problem, of which there is none so far, and returns its message,
 * to be written.
 */
struct text *report(struct problem *problem, KrunConfigErrorCode code,
		    struct place place);

/* The same with the message at once; false. */
bool report_plain(struct problem *problem, KrunConfigErrorCode code,
		  struct place place, const char *message);

/* The same with a message that begins with a value, in quotes. */
bool report_word(struct problem *problem, KrunConfigErrorCode code,
		 struct place place, KrunStr word, const char *message);

/* The same with a message that begins with a name as it is. */
bool report_name(struct problem *problem, KrunConfigErrorCode code,
		 struct place place, KrunStr name, const char *message);

/* Each returns true, or false with the problem noted. */

/* What both JSON and the kernel can carry. */
bool check_text(struct problem *problem, KrunStr word, struct place place);

/* A text with something in it. */
bool check_filled(struct problem *problem, KrunStr word, struct place place);

/* NAME=VALUE with a name. */
bool check_variable(struct problem *problem, KrunStr word, struct place place);

/* A path that begins with a slash. */
bool check_absolute(struct problem *problem, KrunStr path, struct place place);

/* /name, /name/name and so on. */
bool check_normal(struct problem *problem, KrunStr path, struct place place);

bool check_number(struct problem *problem, uint32_t value, struct place place,
		  uint32_t min, uint32_t max);

#endif

#include "problem.h"

#include "json.h"
#include "utf8.h"

struct place place(const char *list, size_t n)
{
	return (struct place){ list, n, NULL, NONE };
}

struct place field(const char *list, size_t n, const char *name)
{
	return (struct place){ list, n, name, NONE };
}

static void append_index(struct text *text, size_t n)
{
	if (n == NONE)
		return;
	append(text, "[");
	append_number(text, n);
	append(text, "]");
}

struct text *report(struct problem *problem, KrunConfigErrorCode code,
		    struct place place)
{
	struct text *path = &problem->path;

	problem->code = code;
	path->pool = problem->message.pool = &problem->pool;
	append(path, place.list);
	append_index(path, place.n);
	if (place.field) {
		append(path, ".");
		append(path, place.field);
	}
	append_index(path, place.m);
	return &problem->message;
}

bool report_word(struct problem *problem, KrunConfigErrorCode code,
		 struct place place, KrunStr word, const char *message)
{
	struct text *text = report(problem, code, place);

	append_string(text, word);
	append(text, " ");
	append(text, message);
	return false;
}

bool report_name(struct problem *problem, KrunConfigErrorCode code,
		 struct place place, KrunStr name, const char *message)
{
	struct text *text = report(problem, code, place);

	append_bytes(text, name.data, name.len);
	append(text, " ");
	append(text, message);
	return false;
}

bool report_plain(struct problem *problem, KrunConfigErrorCode code,
		  struct place place, const char *message)
{
	append(report(problem, code, place), message);
	return false;
}

bool check_text(struct problem *problem, KrunStr word, struct place place)
{
	if (word.len && memchr(word.data, '\0', word.len))
		return report_plain(problem, KRUN_CONFIG_NUL, place,
				    "has a NUL in it");
	if (!is_utf8(word.data, word.len))
		return report_plain(problem, KRUN_CONFIG_NOT_UNICODE, place,
				    "is not Unicode");
	return true;
}

bool check_filled(struct problem *problem, KrunStr word, struct place place)
{
	if (!check_text(problem, word, place))
		return false;
	return word.len || report_plain(problem, KRUN_CONFIG_EMPTY, place,
					"is empty");
}

bool check_variable(struct problem *problem, KrunStr word, struct place place)
{
	if (!check_text(problem, word, place))
		return false;
	return (word.len && word.data[0] != '=' &&
		memchr(word.data, '=', word.len)) ||
	       report_word(problem, KRUN_CONFIG_NOT_NAME_VALUE, place, word,
			   "is not NAME=VALUE");
}

bool check_absolute(struct problem *problem, KrunStr path, struct place place)
{
	if (!check_filled(problem, path, place))
		return false;
	return path.data[0] == '/' ||
	       report_word(problem, KRUN_CONFIG_NOT_ABSOLUTE, place, path,
			   "does not begin with /");
}

/* Whether the name at `at` may stand in a path. */
static bool is_plain_name(const char *at, size_t size)
{
	return size && !(size <= 2 && !memcmp(at, "..", size));
}

bool check_normal(struct problem *problem, KrunStr path, struct place place)
{
	size_t start = 1;

	if (!check_absolute(problem, path, place))
		return false;
	for (size_t n = start; n <= path.len; n++) {
		if (n < path.len && path.data[n] != '/')
			continue;
		if (!is_plain_name(path.data + start, n - start))
			return report_word(
				problem, KRUN_CONFIG_NOT_NORMAL, place, path,
				"has an empty name, . or .. in it");
		start = n + 1;
	}
	return true;
}

bool check_number(struct problem *problem, uint32_t value, struct place place,
		  uint32_t min, uint32_t max)
{
	struct text *message;

	if (value >= min && value <= max)
		return true;
	message = report(problem, KRUN_CONFIG_OUT_OF_RANGE, place);
	append_number(message, value);
	append(message, " is not a whole number from ");
	append_number(message, min);
	append(message, " to ");
	append_number(message, max);
	return false;
}

#include "limits.h"

struct limit {
	uint64_t resource, soft, hard;
};

/* asm-generic/resource.h; the resources' numbers in order. */
static const char *const names[] = {
	"CPU",	   "FSIZE",	 "DATA",     "STACK",  "CORE",	 "RSS",
	"NPROC",   "NOFILE",	 "MEMLOCK",  "AS",     "LOCKS",
	"SIGPENDING", "MSGQUEUE", "NICE",    "RTPRIO", "RTTIME",
};

enum { RESOURCES = sizeof names / sizeof *names };

static bool parse_number(KrunStr text, uint64_t *number)
{
	uint64_t value = 0;

	for (size_t n = 0; n < text.len; n++) {
		unsigned digit = (unsigned char)text.data[n] - '0';

		if (digit > 9 ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*number = value;
	return text.len;
}

static bool parse_value(KrunStr text, uint64_t *value)
{
	/* RLIM_INFINITY. */
	*value = UINT64_MAX;
	return is_word(text, "unlimited") || parse_number(text, value);
}

static bool parse_resource(KrunStr text, uint64_t *resource)
{
	static const char prefix[] = "RLIMIT_";
	const size_t prefix_size = sizeof prefix - 1;

	if (parse_number(text, resource))
		return *resource < RESOURCES;
	if (text.len > prefix_size && !memcmp(text.data, prefix, prefix_size)) {
		text.data += prefix_size;
		text.len -= prefix_size;
	}
	for (*resource = 0; *resource < RESOURCES; ++*resource)
		if (is_word(text, names[*resource]))
			return true;
	return false;
}

/* Takes what stands before the first `end` off a text. */
static bool take_until(KrunStr *text, char end, KrunStr *part)
{
	const char *at = text->len ? memchr(text->data, end, text->len) : NULL;

	if (!at)
		return false;
	*part = (KrunStr){ text->data, (size_t)(at - text->data) };
	text->len -= part->len + 1;
	text->data = at + 1;
	return true;
}

static bool parse_limit(KrunStr text, struct limit *limit)
{
	KrunStr resource, soft;

	return take_until(&text, '=', &resource) &&
	       take_until(&text, ':', &soft) &&
	       parse_resource(resource, &limit->resource) &&
	       parse_value(soft, &limit->soft) &&
	       parse_value(text, &limit->hard) && limit->soft <= limit->hard;
}

bool is_limit(KrunStr limit)
{
	struct limit parsed;

	return parse_limit(limit, &parsed);
}

void append_limits(struct text *text, const struct words *limits)
{
	struct limit latest[RESOURCES];
	unsigned order[RESOURCES];
	unsigned known = 0, count = 0;

	for (size_t n = 0; n < limits->count; n++) {
		struct limit limit;

		if (!parse_limit(limits->items[n], &limit))
			continue;
		if (!(known & 1U << limit.resource))
			order[count++] = limit.resource;
		known |= 1U << limit.resource;
		latest[limit.resource] = limit;
	}
	for (unsigned n = 0; n < count; n++) {
		const struct limit *limit = &latest[order[n]];

		if (n)
			append(text, ",");
		append_number(text, limit->resource);
		append(text, "=");
		append_number(text, limit->soft);
		append(text, ":");
		append_number(text, limit->hard);
	}
}

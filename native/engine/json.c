#include "json.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hexadecimal(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* Behind the number that begins there (section 6), or NULL. */
static const char *skip_number(const char *at, const char *end)
{
	const char *first;

	if (*at == '-')
		at++;
	first = at;
	at = skip_digits(at, end);
	if (at == first || (*first == '0' && at > first + 1))
		return NULL;
	if (at < end && *at == '.') {
		first = at + 1;
		at = skip_digits(first, end);
		if (at == first)
			return NULL;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		first = at;
		at = skip_digits(first, end);
		if (at == first)
			return NULL;
	}
	return at;
}

/* Behind the string whose first quote stands before (section 7), or NULL. */
static const char *skip_string(const char *at, const char *end)
{
	for (; at < end && *at != '"'; at++) {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at != '\\')
			continue;
		if (++at == end)
			return NULL;
		if (*at == 'u') {
			for (int n = 0; n < 4; n++)
				if (++at == end || !is_hexadecimal(*at))
					return NULL;
		} else if (!*at || !strchr("\"\\/bfnrt", *at)) {
			return NULL;
		}
	}
	return at < end ? at + 1 : NULL;
}

bool json_is_strict(const char *at, const char *end)
{
	while (at && at < end) {
		if (*at == '"')
			at = skip_string(at + 1, end);
		else if (*at == '-' || is_digit(*at))
			at = skip_number(at, end);
		else
			at++;
	}
	return at;
}

#include "text.h"

void append_bytes(struct text *text, const char *bytes, size_t size)
{
	if (text->pool->exhausted || !size)
		return;
	if (size > text->room - text->size) {
		/* At least doubled, so that n bytes cost O(n). */
		size_t room = 2 * text->size + size + 64;
		char *bigger = pool_take(text->pool, room);

		if (!bigger)
			return;
		if (text->size)
			memcpy(bigger, text->bytes, text->size);
		text->bytes = bigger;
		text->room = room;
	}
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
}

void append(struct text *text, const char *word)
{
	append_bytes(text, word, strlen(word));
}

void append_number(struct text *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = '0' + number % 10;
	while (number /= 10);
	append_bytes(text, digits + at, sizeof digits - at);
}

KrunStr finish(struct text *text)
{
	append_bytes(text, "", 1);
	if (text->pool->exhausted)
		return (KrunStr){ NULL, 0 };
	return (KrunStr){ text->bytes, --text->size };
}

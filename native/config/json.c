#include "json.h"

#include "utf8.h"

static void append_hex(struct text *text, const char *start, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char hex[] = { digits[byte >> 4], digits[byte & 15] };

	append(text, start);
	append_bytes(text, hex, sizeof hex);
}

static void append_escaped(struct text *text, char c)
{
	static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *escape = escapes; *escape; escape += 2)
		if (*escape == c) {
			append(text, "\\");
			append_bytes(text, escape + 1, 1);
			return;
		}
	append_hex(text, "\\u00", c);
}

void append_string(struct text *text, KrunStr word)
{
	append(text, "\"");
	for (size_t n = 0; n < word.len;) {
		const char *at = word.data + n;
		size_t size = utf8_character(at, word.len - n);

		if (!size)
			append_hex(text, "\\udc", *at);
		else if ((unsigned char)*at < 0x20 || *at == '"' || *at == '\\')
			append_escaped(text, *at);
		else
			append_bytes(text, at, size);
		n += size ? size : 1;
	}
	append(text, "\"");
}

void append_key(struct text *text, const char *key)
{
	if (text->size && text->bytes[text->size - 1] != '{')
		append(text, ",");
	append(text, "\"");
	append(text, key);
	append(text, "\":");
}

void append_string_field(struct text *text, const char *key, KrunStr value)
{
	append_key(text, key);
	append_string(text, value);
}

void append_number_field(struct text *text, const char *key, uint64_t value)
{
	append_key(text, key);
	append_number(text, value);
}

void append_list_field(struct text *text, const char *key,
		       const struct words *items)
{
	if (!items->count)
		return;
	append_key(text, key);
	for (size_t n = 0; n < items->count; n++) {
		append(text, n ? "," : "[");
		append_string(text, items->items[n]);
	}
	append(text, "]");
}

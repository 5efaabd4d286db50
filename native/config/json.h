/* JSON, as JSON.stringify writes it. */
#ifndef KRUN_CONFIG_JSON_H
#define KRUN_CONFIG_JSON_H

#include "text.h"
#include "words.h"

/* What is not UTF-8 comes out as half a surrogate pair, \udc80 to \udcff. */
void append_string(struct text *text, KrunStr word);

/* A key of the object that is being written, after a comma where need be. */
void append_key(struct text *text, const char *key);

/* A key and its value; nothing for a list without items. */
void append_string_field(struct text *text, const char *key, KrunStr value);
void append_number_field(struct text *text, const char *key, uint64_t value);
void append_list_field(struct text *text, const char *key,
		       const struct words *items);

#endif

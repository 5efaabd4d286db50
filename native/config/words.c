#include "words.h"

KrunStr copy_word(struct pool *pool, KrunStr word)
{
	size_t size = word.data ? word.len : 0;
	const char *copy = pool_copy(pool, word.data, size);

	return (KrunStr){ copy, copy ? size : 0 };
}

void add_word(struct pool *pool, struct words *words, KrunStr word)
{
	KrunStr *items = pool_grow(pool, words->items, words->count,
				   sizeof *items);

	if (!items)
		return;
	words->items = items;
	items[words->count++] = word;
}

void add_text(struct words *words, struct text *text)
{
	KrunStr word = finish(text);

	if (word.data)
		add_word(text->pool, words, word);
}

void add_setting(struct pool *pool, struct words *words, const char *start,
		 KrunStr value)
{
	struct text text = { .pool = pool };

	append(&text, start);
	append_bytes(&text, value.data, value.len);
	add_text(words, &text);
}

void add_number_setting(struct pool *pool, struct words *words,
			const char *start, uint32_t value)
{
	struct text text = { .pool = pool };

	append(&text, start);
	append_number(&text, value);
	add_text(words, &text);
}

bool words_equal(KrunStr a, KrunStr b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

bool is_word(KrunStr word, const char *text)
{
	return words_equal(word, KRUN_STR(text));
}

bool starts_with(KrunStr word, const char *start)
{
	size_t size = strlen(start);

	return word.len >= size && !memcmp(word.data, start, size);
}

KrunStr variable_name(KrunStr item)
{
	const char *end = item.len ? memchr(item.data, '=', item.len) : NULL;

	return end ? (KrunStr){ item.data, (size_t)(end - item.data) } :
		     (KrunStr){ NULL, 0 };
}

/* The item of the name, or NULL; none has a name without data. */
static KrunStr *find_variable(const struct words *words, KrunStr name)
{
	for (size_t n = 0; name.data && n < words->count; n++) {
		KrunStr other = variable_name(words->items[n]);

		if (other.data && words_equal(other, name))
			return &words->items[n];
	}
	return NULL;
}

void set_variable(struct pool *pool, struct words *words, KrunStr item)
{
	KrunStr copy = copy_word(pool, item);
	KrunStr *same = find_variable(words, variable_name(copy));

	if (!copy.data)
		return;
	if (same)
		*same = copy;
	else
		add_word(pool, words, copy);
}

bool has_variable(const struct words *words, KrunStr name)
{
	return find_variable(words, name);
}

struct words join_variables(struct pool *pool, const struct words *items,
			    const struct words *settings)
{
	struct words all = { 0 };

	for (size_t n = 0; n < items->count; n++)
		if (!has_variable(settings, variable_name(items->items[n])))
			add_word(pool, &all, items->items[n]);
	for (size_t n = 0; n < settings->count; n++)
		add_word(pool, &all, settings->items[n]);
	return all;
}

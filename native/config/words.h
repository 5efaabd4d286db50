/* Lists of strings, and of NAME=VALUE among them. */
#ifndef KRUN_CONFIG_WORDS_H
#define KRUN_CONFIG_WORDS_H

#include "krun_init_config.h"
#include "pool.h"
#include "text.h"

/* Begins as all zeroes. */
struct words {
	KrunStr *items;
	size_t count;
};

/* A copy, with a NUL after it; without data where memory ran out. */
KrunStr copy_word(struct pool *pool, KrunStr word);

/* Adds a word, which is not copied. */
void add_word(struct pool *pool, struct words *words, KrunStr word);

/* Adds what a text has become. */
void add_text(struct words *words, struct text *text);

/* Adds `start` with a value behind it, such as "HOSTNAME=". */
void add_setting(struct pool *pool, struct words *words, const char *start,
		 KrunStr value);
void add_number_setting(struct pool *pool, struct words *words,
			const char *start, uint32_t value);

bool is_word(KrunStr word, const char *text);
bool starts_with(KrunStr word, const char *start);
bool words_equal(KrunStr a, KrunStr b);

/* The part before the first "="; without data where there is no "=". */
KrunStr variable_name(KrunStr item);

/* Takes the place of the item of the same name, or comes last. Copies it. */
void set_variable(struct pool *pool, struct words *words, KrunStr item);

/* Whether there is an item of the name. */
bool has_variable(const struct words *words, KrunStr name);

/*
 * Items given one by one, then those of settings, which win over items of the
 * same name.
 */
struct words join_variables(struct pool *pool, const struct words *items,
			    const struct words *settings);

#endif

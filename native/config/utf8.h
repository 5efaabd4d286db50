/* UTF-8 as RFC 3629 has it: no surrogates, nothing longer than need be. */
#ifndef KRUN_CONFIG_UTF8_H
#define KRUN_CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the character at `at`, of which `left` are there; 0 for none. */
size_t utf8_character(const char *at, size_t left);

bool is_utf8(const char *bytes, size_t size);

#endif

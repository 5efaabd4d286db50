/* JSON as RFC 8259 has it, where QuickJS's JSON.parse() takes more. */
#ifndef KRUN_ENGINE_JSON_H
#define KRUN_ENGINE_JSON_H

#include <stdbool.h>

/*
 * False where a string or a number of the text is one of JavaScript's but not
 * of JSON's, such as "\x41" or 1. and -01. What is neither of both, and the
 * order of all of it, JSON.parse() checks.
 */
bool json_is_strict(const char *text, const char *end);

#endif

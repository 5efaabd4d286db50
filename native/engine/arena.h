/*
 * The engine's memory: an arena that never gives back. What was freed is taken
 * again by what needs the same size; a boot ends before that is a loss.
 */
#ifndef KRUN_ENGINE_ARENA_H
#define KRUN_ENGINE_ARENA_H

#include <stdbool.h>

#include "quickjs.h"

/* For JS_NewRuntime2; there is one arena. */
extern const JSMallocFunctions arena_functions;

/* Reserves it, at most `size` bytes. False where there is no memory. */
bool arena_open(size_t size);

#endif

/*
 * The engine's memory: an arena that never gives back. What was freed is taken
 * again by what needs the same size; a boot ends before that is a loss.
 *
 * Where it is used up the engine ends. An exception would be one more failure
 * that a stage may pass over, and the boot would go on without its config.
 */
#ifndef KRUN_ENGINE_ARENA_H
#define KRUN_ENGINE_ARENA_H

#include "quickjs.h"

/* For JS_NewRuntime2; there is one arena. */
extern const JSMallocFunctions arena_functions;

/* Reserves it: at most `size` bytes. */
void arena_open(size_t size);

#endif

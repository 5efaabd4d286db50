/* What the engine gives its program (ffi/quickjs/engine.ts). */
#ifndef KRUN_ENGINE_HOST_H
#define KRUN_ENGINE_HOST_H

#include "quickjs.h"

/* Makes the global object; `words` ends with NULL. -1: an exception. */
int host_define(JSContext *context, char **words);

#endif

/* The parts of JavaScript that the program uses, and no others. */
#ifndef KRUN_ENGINE_INTRINSICS_H
#define KRUN_ENGINE_INTRINSICS_H

#include "quickjs.h"

static inline void add_intrinsics(JSContext *context)
{
	JS_AddIntrinsicBaseObjects(context);
	JS_AddIntrinsicRegExp(context);
	JS_AddIntrinsicJSON(context);
	JS_AddIntrinsicMapSet(context);
	JS_AddIntrinsicTypedArrays(context);
}

#endif

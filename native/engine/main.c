/*
 * The engine of the small image: QuickJS with the one program that the build
 * compiled, and nothing that could compile another one.
 */
#include <stdint.h>

#include "arena.h"
#include "fail.h"
#include "host.h"
#include "intrinsics.h"

/*
 * In bytes. A boot needs less than 1 MB, and a config file some twenty times
 * its size. Of a guest that has not so much, the kernel ends the pipeline
 * (launcher.c).
 */
#define MOST_MEMORY (256UL << 20)
#define MOST_STACK (4UL << 20) /* of 8 MB that a kernel gives its init */
/* What nothing refers to is freed at once; this is for circles, which a boot
   hardly makes. */
#define FIRST_COLLECTION (16UL << 20)

/* program.S */
extern const uint8_t program[], program_end[];

static _Noreturn void fail_with_exception(JSContext *context)
{
	const char *text = JS_ToCString(context, JS_GetException(context));

	engine_fail(text ? text : "An exception without a text");
}

int main(int argc, char **argv)
{
	JSRuntime *runtime;
	JSContext *context;
	JSValue function;

	arena_open(MOST_MEMORY);
	runtime = JS_NewRuntime2(&arena_functions, NULL);
	context = JS_NewContextRaw(runtime);
	JS_SetMaxStackSize(runtime, MOST_STACK);
	JS_SetGCThreshold(runtime, FIRST_COLLECTION);
	/* Before anything else makes names, so that they have the numbers that
	   the program knows them by, and it is run where it is. */
	function = JS_ReadObject(context, program,
				 (size_t)(program_end - program),
				 JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
	add_intrinsics(context);
	if (JS_IsException(function) || host_define(context, argv + (argc > 0)))
		fail_with_exception(context);
	if (JS_IsException(JS_EvalFunction(context, function)))
		fail_with_exception(context);
	return 0;
}

/*
 * The engine of the small image: QuickJS with the one program that the build
 * compiled, and nothing that could compile another one.
 */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "host.h"
#include "intrinsics.h"

/* In bytes. A boot needs 1 MB, and a config file some ten times its size. */
#define MOST_MEMORY (64UL << 20)
#define MOST_STACK (1UL << 20)

/* With this status PID 1 knows that the reason has been told. */
#define EXIT_SETUP 125

/* program.S */
extern const uint8_t program[], program_end[];

static void say(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(EXIT_SETUP);
}

static _Noreturn void fail(const char *reason)
{
	say("krun-init: engine: ");
	say(reason);
	say("\n");
	_exit(EXIT_SETUP);
}

static _Noreturn void fail_with_exception(JSContext *context)
{
	const char *text = JS_ToCString(context, JS_GetException(context));

	fail(text ? text : "Out of memory");
}

int main(int argc, char **argv)
{
	JSRuntime *runtime;
	JSContext *context;
	JSValue function;

	if (!arena_open(MOST_MEMORY) ||
	    !(runtime = JS_NewRuntime2(&arena_functions, NULL)) ||
	    !(context = JS_NewContextRaw(runtime)))
		fail("Out of memory");
	JS_SetMemoryLimit(runtime, MOST_MEMORY);
	JS_SetMaxStackSize(runtime, MOST_STACK);
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

/*
 * compile IN OUT: compiles a script to QuickJS's bytecode, without its text and
 * without line numbers, which would make it 40 KB larger. Runs where the image
 * is built.
 */
#include <stdio.h>
#include <stdlib.h>

#include "quickjs.h"

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text;
	long end;

	if (!file || fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0)
		fail(path);
	rewind(file);
	*size = (size_t)end;
	text = malloc(*size + 1);
	if (!text || fread(text, 1, *size, file) != *size)
		fail(path);
	text[*size] = 0;
	fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	JSRuntime *runtime = JS_NewRuntime();
	JSContext *context;
	JSValue function;
	size_t size;
	uint8_t *bytes;
	char *text;
	FILE *file;

	if (argc != 3 || !runtime)
		return 2;
	JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
	/* The engine's own numbers for names: nothing else makes any. */
	context = JS_NewContextRaw(runtime);
	JS_AddIntrinsicEval(context);
	JS_AddIntrinsicRegExpCompiler(context);
	text = read_file(argv[1], &size);
	function = JS_Eval(context, text, size, "krun-init",
			   JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT |
				   JS_EVAL_FLAG_COMPILE_ONLY);
	if (JS_IsException(function)) {
		fprintf(stderr, "%s: %s\n", argv[1],
			JS_ToCString(context, JS_GetException(context)));
		return 1;
	}
	bytes = JS_WriteObject(context, &size, function, JS_WRITE_OBJ_BYTECODE);
	file = fopen(argv[2], "wb");
	if (!bytes || !file || fwrite(bytes, 1, size, file) != size ||
	    fclose(file))
		fail(argv[2]);
	return 0;
}

#include "host.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../arch.h"
#include "json.h"

#define MOST_ARGUMENTS 6

#if defined(__x86_64__)
#define ARCH_NAME "x86_64"
#else
#define ARCH_NAME "aarch64"
#endif

/* The bytes of a Uint8Array, or NULL and an exception. */
static uint8_t *bytes_of(JSContext *context, JSValueConst value, size_t *size)
{
	size_t offset, length, width, whole;
	JSValue buffer = JS_GetTypedArrayBuffer(context, value, &offset, &length,
						&width);
	uint8_t *start;

	if (JS_IsException(buffer))
		return NULL;
	/* The array keeps it. */
	JS_FreeValue(context, buffer);
	start = JS_GetArrayBuffer(context, &whole, buffer);
	if (size)
		*size = length;
	return start ? start + offset : NULL;
}

/*
 * In the place of the lone surrogates of QuickJS's UTF-8, those of ffi/bytes.ts
 * become the bytes that they stand for, others U+FFFD. Returns the new size.
 */
static size_t put_escaped_bytes(char *text, size_t size)
{
	uint8_t *from = (uint8_t *)text, *to = from, *end = from + size;

	while (from < end) {
		if (from[0] != 0xed || from[1] < 0xa0) {
			*to++ = *from++;
			continue;
		}
		/* U+DC80 to U+DCFF. */
		if (from[1] == 0xb2 || from[1] == 0xb3) {
			*to++ = (uint8_t)(from[1] << 6 | (from[2] & 0x3f));
		} else {
			memcpy(to, "\xef\xbf\xbd", 3);
			to += 3;
		}
		from += 3;
	}
	*to = 0;
	return (size_t)(to - (uint8_t *)text);
}

/* A string as ffi/bytes.ts encodes it, for JS_FreeCString. */
static char *encoded(JSContext *context, JSValueConst value, size_t *size)
{
	char *text = (char *)JS_ToCStringLen(context, size, value);

	if (text && memchr(text, 0xed, *size))
		*size = put_escaped_bytes(text, *size);
	return text;
}

/* Any argument of a system call as what a register holds. -1: an exception. */
static int to_register(JSContext *context, JSValueConst value, long *result,
		       char **text)
{
	int64_t number = 0;
	size_t size;
	int failed = 0;

	if (JS_IsString(value)) {
		*text = encoded(context, value, &size);
		number = (long)*text;
		failed = !*text;
	} else if (JS_IsObject(value)) {
		number = (long)bytes_of(context, value, &size);
		failed = !number && JS_HasException(context);
	} else if (!JS_IsNull(value)) {
		failed = JS_ToInt64Ext(context, &number, value);
	}
	*result = number;
	return failed ? -1 : 0;
}

/* systemCall(number, …): the result, or -errno. */
static JSValue make_system_call(JSContext *context, JSValueConst this, int argc,
				JSValueConst *argv)
{
	long words[1 + MOST_ARGUMENTS] = { 0 };
	char *texts[1 + MOST_ARGUMENTS] = { 0 };
	JSValue result = JS_EXCEPTION;
	int n;

	(void)this;
	if (argc > 1 + MOST_ARGUMENTS)
		return JS_ThrowRangeError(context, "Too many arguments");
	for (n = 0; n < argc; n++)
		if (to_register(context, argv[n], &words[n], &texts[n]))
			break;
	if (n == argc)
		result = JS_NewInt64(context,
				     system_call(words[0], words[1], words[2],
						 words[3], words[4], words[5],
						 words[6]));
	for (n = 0; n < argc; n++)
		if (texts[n])
			JS_FreeCString(context, texts[n]);
	return result;
}

/* address(bytes): where they are. */
static JSValue find_address(JSContext *context, JSValueConst this, int argc,
			    JSValueConst *argv)
{
	uint8_t *start = bytes_of(context, argv[0], NULL);

	(void)this;
	(void)argc;
	if (!start && JS_HasException(context))
		return JS_EXCEPTION;
	return JS_NewBigUint64(context, (uintptr_t)start);
}

/* How many bytes the character has that begins there in UTF-8; 0: none does. */
static size_t character_size(const uint8_t *at, const uint8_t *end)
{
	/* Of the second byte: what is neither too long, nor a surrogate, nor
	   beyond Unicode (The Unicode Standard, table 3-7). */
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (*at < 0x80)
		return 1;
	if (*at < 0xc2 || *at > 0xf4)
		return 0;
	size = *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
	if (size > (size_t)(end - at))
		return 0;
	switch (*at) {
	case 0xe0:
		low = 0xa0;
		break;
	case 0xed:
		high = 0x9f;
		break;
	case 0xf0:
		low = 0x90;
		break;
	case 0xf4:
		high = 0x8f;
		break;
	}
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t n = 2; n < size; n++)
		if (at[n] < 0x80 || at[n] > 0xbf)
			return 0;
	return size;
}

/* decode(bytes): as ffi/bytes.ts does it. */
static JSValue decode(JSContext *context, JSValueConst this, int argc,
		      JSValueConst *argv)
{
	size_t size, length;
	const uint8_t *at = bytes_of(context, argv[0], &size), *start = at;
	const uint8_t *end = at + size;
	char *text, *to;
	JSValue result;

	(void)this;
	(void)argc;
	if (!at)
		return JS_HasException(context) ? JS_EXCEPTION :
						  JS_NewString(context, "");
	while (at < end && (length = character_size(at, end)))
		at += length;
	if (at == end)
		return JS_NewStringLen(context, (const char *)start, size);
	text = to = js_malloc(context, 3 * size);
	if (!text)
		return JS_EXCEPTION;
	for (at = start; at < end; at += length) {
		length = character_size(at, end);
		if (length) {
			memcpy(to, at, length);
			to += length;
			continue;
		}
		/* QuickJS reads a surrogate as it writes one. */
		*to++ = (char)0xed;
		*to++ = (char)(0xb0 | *at >> 6);
		*to++ = (char)(0x80 | (*at & 0x3f));
		length = 1;
	}
	result = JS_NewStringLen(context, text, (size_t)(to - text));
	js_free(context, text);
	return result;
}

/* encode(text): as ffi/bytes.ts does it. */
static JSValue encode(JSContext *context, JSValueConst this, int argc,
		      JSValueConst *argv)
{
	size_t size;
	char *text = encoded(context, argv[0], &size);
	/* The constructor looks at its second and third, given or not. */
	JSValue words[3] = { JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED }, array;

	(void)this;
	(void)argc;
	if (!text)
		return JS_EXCEPTION;
	words[0] = JS_NewArrayBufferCopy(context, (uint8_t *)text, size);
	JS_FreeCString(context, text);
	if (JS_IsException(words[0]))
		return JS_EXCEPTION;
	array = JS_NewTypedArray(context, 3, words, JS_TYPED_ARRAY_UINT8);
	JS_FreeValue(context, words[0]);
	return array;
}

/* isStrictJson(text): json.h. */
static JSValue is_strict_json(JSContext *context, JSValueConst this, int argc,
			      JSValueConst *argv)
{
	size_t size;
	const char *text = JS_ToCStringLen(context, &size, argv[0]);
	bool is_strict;

	(void)this;
	(void)argc;
	if (!text)
		return JS_EXCEPTION;
	is_strict = json_is_strict(text, text + size);
	JS_FreeCString(context, text);
	return JS_NewBool(context, is_strict);
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("systemCall", 1, make_system_call),
	JS_CFUNC_DEF("address", 1, find_address),
	JS_CFUNC_DEF("decode", 1, decode),
	JS_CFUNC_DEF("encode", 1, encode),
	JS_CFUNC_DEF("isStrictJson", 1, is_strict_json),
	JS_PROP_STRING_DEF("arch", ARCH_NAME, 0),
};

int host_define(JSContext *context, char **words)
{
	JSValue object = JS_NewObject(context), list = JS_NewArray(context);
	JSValue global = JS_GetGlobalObject(context);

	JS_SetPropertyFunctionList(context, object, functions,
				   sizeof functions / sizeof *functions);
	for (uint32_t n = 0; words[n]; n++)
		JS_SetPropertyUint32(context, list, n,
				     JS_NewString(context, words[n]));
	JS_SetPropertyStr(context, object, "arguments", list);
	JS_SetPropertyStr(context, global, "krunEngine", object);
	JS_FreeValue(context, global);
	return JS_HasException(context) ? -1 : 0;
}

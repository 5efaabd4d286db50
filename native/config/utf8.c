#include "utf8.h"

#include <stdint.h>

size_t utf8_character(const char *bytes, size_t left)
{
	const uint8_t *at = (const uint8_t *)bytes;
	/* The second byte's range narrows after some first ones. */
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	size = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (left < size)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	if (at[0] == 0xed)
		high = 0x9f;
	if (at[0] == 0xf0)
		low = 0x90;
	if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t n = 2; n < size; n++)
		if ((at[n] & 0xc0) != 0x80)
			return 0;
	return size;
}

bool is_utf8(const char *bytes, size_t size)
{
	while (size) {
		size_t step = utf8_character(bytes, size);

		if (!step)
			return false;
		bytes += step;
		size -= step;
	}
	return true;
}

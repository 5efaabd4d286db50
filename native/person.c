#include "person.h"

/* The words of tools/command_line/mod.ts, each with its NUL, and an empty one. */
static const char words[] = "plan\0diff\0check\0try\0trace\0config\0"
			    "--help\0-h\0--version\0";

bool is_persons(int argc, char **argv)
{
	const char *name;

	if (sys_getpid() != 1)
		return true;
	if (argc < 2)
		return false;
	name = argv[0];
	for (const char *at = name; *at; at++)
		if (*at == '/')
			name = at + 1;
	if (!after(name, "krun-init"))
		return false;
	for (const char *word = words; *word; word += length(word) + 1)
		if (equal(argv[1], word))
			return true;
	return false;
}

#include "handover_record.h"

/* The end of the NUL-terminated string at `at`, or NULL beyond `end`. */
static const char *skip(const char *at, const char *end)
{
	while (at && at < end)
		if (!*at++)
			return at;
	return NULL;
}

bool handover_read(const void *bytes, size_t size, struct handover_view *view)
{
	const struct handover *header = bytes;
	const char *at = (const char *)bytes + sizeof *header;
	const char *end = (const char *)bytes + size;
	uint64_t tables;

	if (size < sizeof *header || header->magic != HANDOVER_MAGIC ||
	    header->version != HANDOVER_VERSION || header->size != size)
		return false;
	tables = header->limits * (uint64_t)sizeof *view->limits +
		 header->groups * (uint64_t)sizeof *view->groups;
	if (tables > size - sizeof *header || !header->arguments)
		return false;

	view->header = header;
	view->limits = (const void *)at;
	view->groups = (const void *)(view->limits + header->limits);
	view->cwd = at + tables;
	view->arguments = at = skip(view->cwd, end);
	for (uint32_t n = 0; at && n < header->arguments; n++)
		at = skip(at, end);
	view->environment = at;
	for (uint32_t n = 0; at && n < header->environment; n++)
		at = skip(at, end);
	return at == end;
}

#include "files_part.h"

/* The path at which the init looks for its config. */
#define CONFIG_PATH "/.krun_config.json"

#define MODE_MAX 07777

struct files list_files(struct pool *pool, const KrunConfigBuilder *builder,
			KrunStr json)
{
	const struct wanted_file own[] = {
		{ KRUN_STR(IMAGE_PATH), builder->image, 0755, true },
		{ KRUN_STR(CONFIG_PATH),
		  { (const uint8_t *)json.data, json.len },
		  0644,
		  true },
	};
	struct files files = { NULL, 0 };

	files.items = pool_take(pool, sizeof own + builder->file_count *
							   sizeof *own);
	if (!files.items)
		return files;
	for (; files.count < 2; files.count++)
		files.items[files.count] = own[files.count];
	for (size_t n = 0; n < builder->file_count; n++) {
		struct wanted_file *file = &files.items[files.count++];

		*file = builder->files[n];
		file->path = copy_word(pool, file->path);
	}
	return files;
}

bool check_files(struct problem *problem, const struct files *files)
{
	for (size_t n = 0; n < files->count; n++) {
		const struct wanted_file *file = &files->items[n];
		struct place at = field("files", n, "path");

		if (!check_normal(problem, file->path, at))
			return false;
		for (size_t m = 0; m < n; m++)
			if (words_equal(files->items[m].path, file->path))
				return report_word(problem,
						   KRUN_CONFIG_DUPLICATE, at,
						   file->path,
						   "is there already");
		if (!check_number(problem, file->mode,
				  field("files", n, "mode"), 0, MODE_MAX))
			return false;
	}
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * capture PID NS_TID THREAD_POINTER [IMAGE]
 *
 * Prints the Python stack of a thread that stands still, and what it took to get it. With IMAGE it
 * is recorded there, for tests without that interpreter.
 */
#include "clock.h"
#include "image.h"
#include "python.h"
#include "remote_process.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 200, PAGES = 1024, MAPS_ROOM = 1 << 20 };

/* The pages that were read. */
struct recording {
	struct remote remote;
	size_t count;
	uint64_t addresses[PAGES];
	uint8_t bytes[PAGES][REMOTE_PAGE];
	/* Which pieces of them are shown. */
	bool shown[PAGES][REMOTE_PAGE / IMAGE_PIECE];
};

static struct recording recording;
static char maps[MAPS_ROOM];

static int record(void *ctx, uint64_t address, void *buf, size_t len)
{
	int err = recording.remote.read(recording.remote.ctx, address, buf, len);

	(void)ctx;
	if (err || recording.count == PAGES)
		return err;
	recording.addresses[recording.count] = address;
	memcpy(recording.bytes[recording.count], buf, len);
	memset(recording.shown[recording.count++], 1, sizeof(recording.shown[0]));
	return 0;
}

static int replay(void *ctx, uint64_t address, void *buf, size_t len)
{
	bool found = false;

	(void)ctx;
	for (size_t i = 0; i < recording.count; i++) {
		if (recording.addresses[i] != address)
			continue;
		memset(buf, 0, len);
		for (size_t j = 0; j < REMOTE_PAGE / IMAGE_PIECE; j++) {
			if (!recording.shown[i][j])
				continue;
			memcpy((uint8_t *)buf + j * IMAGE_PIECE,
			       recording.bytes[i] + j * IMAGE_PIECE, IMAGE_PIECE);
			found = true;
		}
	}
	return found ? 0 : -EFAULT;
}

static void print_stack(FILE *file, const struct python *python)
{
	struct stack stack;
	struct num tid;

	if (python_decode(python, 0, &tid, &stack))
		return;
	for (size_t i = 0; i < stack.count; i++)
		fprintf(file, "%s %s:%d\n", stack.frames[i].symbol, stack.frames[i].file,
			stack.frames[i].line);
	fprintf(file, "%s", stack.truncated ? "...\n" : "");
	stack_clear(&stack);
}

/* The stack as text, for the caller to free; NULL: there is none. */
static char *stack_text(struct python *python, const struct remote *remote,
			const struct python_thread_id *id)
{
	char *text = NULL;
	size_t len;
	FILE *file;

	if (python_capture_thread(python, maps, strlen(maps), remote, id, 0))
		return NULL;
	file = open_memstream(&text, &len);
	print_stack(file, python);
	fclose(file);
	return text;
}

/* Leaves out whatever can be without the stack becoming another one. */
static void shrink(struct python *python, const struct python_thread_id *id)
{
	struct remote remote = {.read = replay};
	char *want = stack_text(python, &remote, id);

	for (size_t i = 0; want && i < recording.count; i++) {
		for (size_t j = 0; j < REMOTE_PAGE / IMAGE_PIECE; j++) {
			char *got;

			recording.shown[i][j] = false;
			got = stack_text(python, &remote, id);
			recording.shown[i][j] = !got || strcmp(got, want);
			free(got);
		}
	}
	free(want);
}

/* The lines of maps that begin a file called like Python, without its directory. */
static size_t shrink_maps(char *text)
{
	size_t len = 0;

	for (char *line = maps, *end; (end = strchr(line, '\n')); line = end + 1) {
		char *path = memchr(line, '/', (size_t)(end - line));
		char *base = path ? memrchr(path, '/', (size_t)(end - path)) : NULL;

		if (!base || !memmem(line, (size_t)(path - line), " 00000000 ", 10) ||
		    (strncmp(base, "/python", 7) && strncmp(base, "/libpython", 10)))
			continue;
		memcpy(text + len, line, (size_t)(path - line));
		len += (size_t)(path - line);
		memcpy(text + len, base, (size_t)(end + 1 - base));
		len += (size_t)(end + 1 - base);
	}
	return len;
}

static void write_image(const char *path, const struct python_thread_id *id)
{
	struct image_head head = {.thread_pointer = id->thread_pointer,
				  .ns_tid = (uint32_t)id->ns_tid};
	static char text[MAPS_ROOM];
	FILE *file = fopen(path, "we");

	memcpy(head.magic, IMAGE_MAGIC, sizeof(head.magic));
	head.maps_len = (uint32_t)shrink_maps(text);
	fwrite(&head, sizeof(head), 1, file);
	fwrite(text, 1, head.maps_len, file);
	for (size_t i = 0; i < recording.count; i++) {
		for (size_t j = 0; j < REMOTE_PAGE / IMAGE_PIECE; j++) {
			struct image_piece piece = {recording.addresses[i] + j * IMAGE_PIECE, {0}};

			if (!recording.shown[i][j])
				continue;
			memcpy(piece.bytes, recording.bytes[i] + j * IMAGE_PIECE, IMAGE_PIECE);
			fwrite(&piece, sizeof(piece), 1, file);
		}
	}
	fclose(file);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void measure(struct python *python, const struct remote *remote,
		    const struct python_thread_id *id)
{
	uint64_t capture[RUNS], decode[RUNS];
	struct stack stack = {0};
	struct num tid;

	for (size_t i = 0; i < RUNS; i++) {
		uint64_t begin = (uint64_t)clock_ns(CLOCK_MONOTONIC), middle;

		python_capture_thread(python, maps, strlen(maps), remote, id, 0);
		middle = (uint64_t)clock_ns(CLOCK_MONOTONIC);
		python_decode(python, 0, &tid, &stack);
		decode[i] = (uint64_t)clock_ns(CLOCK_MONOTONIC) - middle;
		capture[i] = middle - begin;
		if (i < RUNS - 1)
			stack_clear(&stack);
	}
	qsort(capture, RUNS, sizeof(capture[0]), compare);
	qsort(decode, RUNS, sizeof(decode[0]), compare);
	printf("Python %s, %zu frames, %zu calls; capture: median %.0f us, p99 %.0f us; "
	       "decode: median %.0f us, p99 %.0f us\n",
	       python_version(python), stack.count, python_calls(python),
	       (double)capture[RUNS / 2] / 1e3, (double)capture[RUNS * 99 / 100] / 1e3,
	       (double)decode[RUNS / 2] / 1e3, (double)decode[RUNS * 99 / 100] / 1e3);
	stack_clear(&stack);
}

static size_t read_maps(const char *pid)
{
	char path[64];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	len = fread(maps, 1, sizeof(maps) - 1, file);
	fclose(file);
	return len;
}

int main(int argc, char **argv)
{
	struct remote recorder = {.read = record}, remote;
	struct python_thread_id id = {0};
	struct python *python;
	pid_t pid;
	int err;

	if (argc < 4 || !read_maps(argv[1]) || python_new(&python))
		return 2;
	pid = (pid_t)strtol(argv[1], NULL, 10);
	id.ns_tid = (pid_t)strtol(argv[2], NULL, 10);
	id.thread_pointer = strtoull(argv[3], NULL, 0);
	remote = remote_of_process(&pid);
	err = python_capture_thread(python, maps, strlen(maps), &remote, &id, 0);
	if (err) {
		fprintf(stderr, "%s\n", strerror(-err));
		return 1;
	}
	print_stack(stdout, python);
	measure(python, &remote, &id);
	if (argc > 4) {
		recording.remote = remote;
		python_capture_thread(python, maps, strlen(maps), &recorder, &id, 0);
		shrink(python, &id);
		write_image(argv[4], &id);
	}
	python_free(python);
	return 0;
}

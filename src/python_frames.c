// SPDX-License-Identifier: GPL-2.0
#include "python_frames.h"

#include <errno.h>

/* Between two of a program's frames is one of the interpreter's at most. */
#define STEPS_MAX (4 * PYTHON_FRAMES_MAX)
/* References in frames have marks there, from 3.14 on. */
#define REFERENCE_MARKS 7
/* Of code, in bytes. */
#define UNIT_LEN 2
/* Functions that are read together: each is in a page, and so are three objects that it names. */
#define CODES_AT_ONCE 5
/* Of PyASCIIObject.state. */
#define TEXT_WIDTH(state)   ((state) >> 2 & 7)
#define TEXT_COMPACT(state) ((state) >> 5 & 1)
#define TEXT_ASCII(state)   ((state) >> 6 & 1)

/* The function at that address, to be read later. False: there is no room. */
static bool find_code(struct python *python, uint64_t address, uint32_t *ret_index)
{
	for (size_t i = python->code_count; i-- > 0;) {
		if (python->codes[i].address == address) {
			*ret_index = (uint32_t)i;
			return true;
		}
	}
	if (python->code_count == PYTHON_CODES_MAX)
		return false;
	*ret_index = (uint32_t)python->code_count;
	python->codes[python->code_count++] = (struct python_code){.address = address};
	return true;
}

/* What one frame says. */
struct raw_frame {
	uint64_t previous;
	uint64_t code;
	int64_t offset; /* of the instruction */
	uint8_t owner;
};

static int read_instr(struct python *python, uint64_t frame, uint64_t code, int64_t *ret_offset)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t address = frame + layout->frame_instr, pointer;
	int32_t number;
	int err;

	if (layout->instr == PYTHON_INSTR_POINTER) {
		err = remote_memory_read(python->memory, address, &pointer, sizeof(pointer));
		*ret_offset = err ? 0 : (int64_t)(pointer - (code + layout->code_instrs));
		return err;
	}
	err = remote_memory_read(python->memory, address, &number, sizeof(number));
	*ret_offset =
		err ? 0 : (int64_t)number * (layout->instr == PYTHON_INSTR_UNITS ? UNIT_LEN : 1);
	return err;
}

static int read_frame(struct python *python, uint64_t address, struct raw_frame *ret_frame)
{
	const struct python_layout *layout = &python->runtime.layout;
	int err = python_read_u64(python, address, layout->frame_previous, &ret_frame->previous);

	ret_frame->owner = 0;
	if (!err && layout->frame_owner != PYTHON_NO_FIELD)
		err = remote_memory_read(python->memory, address + layout->frame_owner,
					 &ret_frame->owner, sizeof(ret_frame->owner));
	if (!err)
		err = python_read_u64(python, address, layout->frame_code, &ret_frame->code);
	if (err)
		return err;
	ret_frame->code &= ~(uint64_t)REFERENCE_MARKS;
	return read_instr(python, address, ret_frame->code, &ret_frame->offset);
}

/* Goes along the frames as far as they can be read. */
static void walk_frames(struct python *python, uint64_t address, struct python_stack *stack)
{
	struct raw_frame frame;
	uint32_t code;

	for (size_t step = 0; address; step++, address = frame.previous) {
		stack->truncated = true;
		if (step == STEPS_MAX || read_frame(python, address, &frame))
			return;
		if (frame.owner >= PYTHON_OWNER_INTERPRETER)
			continue;
		if (stack->count == PYTHON_RAW_FRAMES_MAX || !find_code(python, frame.code, &code))
			return;
		stack->frames[stack->count++] = (struct python_frame){code, frame.offset};
	}
	stack->truncated = false;
}

/* What the functions name. */
struct code_parts {
	uint64_t name;
	uint64_t file;
	uint64_t lines;
};

static int read_code(struct python *python, struct python_code *code, struct code_parts *ret)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t type;
	int32_t begin = 0;
	int err = python_read_u64(python, code->address, layout->object_type, &type);

	if (!err && python->runtime.code_type && type != python->runtime.code_type)
		return -EINVAL;
	if (!err)
		err = remote_memory_read(python->memory, code->address + layout->code_first_line,
					 &code->first_line, sizeof(code->first_line));
	if (!err && layout->code_begin != PYTHON_NO_FIELD)
		err = remote_memory_read(python->memory, code->address + layout->code_begin, &begin,
					 sizeof(begin));
	code->begin = (int64_t)begin * UNIT_LEN;
	if (!err)
		err = python_read_u64(python, code->address, layout->code_name, &ret->name);
	if (!err)
		err = python_read_u64(python, code->address, layout->code_file, &ret->file);
	if (!err)
		err = python_read_u64(python, code->address, layout->code_lines, &ret->lines);
	code->is_file = !err && ret->name == ret->file;
	return err;
}

/* Copies into the arena; what cannot be stays unknown. -ETIME alone is reported. */
static int keep(struct python *python, uint64_t address, uint64_t len, struct python_bytes *ret)
{
	int err;

	if (len > PYTHON_ARENA_LEN - python->arena_len)
		return 0;
	err = remote_memory_read(python->memory, address, python->arena + python->arena_len, len);
	if (err)
		return err == -ETIME ? err : 0;
	ret->known = true;
	ret->at = (uint32_t)python->arena_len;
	ret->len = (uint32_t)len;
	python->arena_len += len;
	return 0;
}

static int keep_text(struct python *python, uint64_t address, uint64_t len_max,
		     struct python_text *ret)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t len;
	uint32_t state;
	int err = python_read_u64(python, address, layout->text_len, &len);

	if (!err)
		err = remote_memory_read(python->memory, address + layout->text_state, &state,
					 sizeof(state));
	if (err)
		return err == -ETIME ? err : 0;
	ret->width = TEXT_WIDTH(state);
	if (!TEXT_COMPACT(state) || len > INT64_MAX ||
	    (ret->width != 1 && ret->width != 2 && ret->width != 4))
		return 0;
	ret->bytes.cut = len > len_max;
	return keep(python,
		    address + (TEXT_ASCII(state) ? layout->text_ascii_data : layout->text_data),
		    (ret->bytes.cut ? len_max : len) * ret->width, &ret->bytes);
}

static int keep_lines(struct python *python, uint64_t address, struct python_bytes *ret)
{
	const struct python_layout *layout = &python->runtime.layout;
	uint64_t len;
	int err = python_read_u64(python, address, layout->bytes_len, &len);

	if (err)
		return err == -ETIME ? err : 0;
	if (len > INT64_MAX)
		return 0;
	ret->cut = len > PYTHON_LINES_MAX;
	return keep(python, address + layout->bytes_data, ret->cut ? PYTHON_LINES_MAX : len, ret);
}

/* Reads some functions together; returns how many from the first on could be. */
static size_t read_codes_at_once(struct python *python, struct python_code *codes, size_t count)
{
	struct code_parts parts[CODES_AT_ONCE];
	uint64_t addresses[CODES_AT_ONCE * 3];
	size_t read = 0, i;

	for (i = 0; i < count; i++)
		addresses[i] = codes[i].address;
	remote_memory_prefetch(python->memory, addresses, count);
	while (read < count && !read_code(python, &codes[read], &parts[read]))
		read++;
	for (i = 0; i < read; i++) {
		addresses[i * 3] = parts[i].name;
		addresses[i * 3 + 1] = parts[i].file;
		addresses[i * 3 + 2] = parts[i].lines;
	}
	remote_memory_prefetch(python->memory, addresses, read * 3);
	for (i = 0; i < read; i++)
		if (keep_text(python, parts[i].name, PYTHON_NAME_MAX, &codes[i].name) ||
		    keep_text(python, parts[i].file, PYTHON_FILE_MAX, &codes[i].file) ||
		    keep_lines(python, parts[i].lines, &codes[i].lines))
			break;
	return i;
}

/* Reads the functions that were found from `first` on; those that could not be are taken away. */
static void read_codes(struct python *python, size_t first)
{
	for (size_t i = first; i < python->code_count;) {
		size_t left = python->code_count - i;
		size_t count = left < CODES_AT_ONCE ? left : CODES_AT_ONCE;
		size_t read = read_codes_at_once(python, &python->codes[i], count);

		i += read;
		if (read < count)
			python->code_count = i;
	}
}

/*
 * Takes away those that the interpreter makes to create objects, from 3.12 on: functions that never
 * begin, and whose file is their name. So it does with what was not read.
 */
static void drop_frames(const struct python *python, struct python_stack *stack)
{
	size_t count = 0;

	for (size_t i = 0; i < stack->count; i++) {
		struct python_frame frame = stack->frames[i];
		const struct python_code *code = &python->codes[frame.code];

		if (frame.code >= python->code_count || count == PYTHON_FRAMES_MAX) {
			stack->truncated = true;
			break;
		}
		if (!code->is_file || frame.offset >= code->begin)
			stack->frames[count++] = frame;
	}
	stack->count = count;
}

int python_frames_capture(struct python *python, uint64_t frame, struct num tid)
{
	struct python_stack *stack = &python->stacks[python->stack_count];
	size_t first = python->code_count;

	stack->tid = tid;
	stack->count = 0;
	walk_frames(python, frame, stack);
	read_codes(python, first);
	drop_frames(python, stack);
	if (!stack->count)
		return stack->truncated ? -ENODATA : -ESRCH;
	python->stack_count++;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
#include "python_layout.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The lock's holder lies behind a mutex of the C library's, which is longer here. */
#ifdef __aarch64__
#define MUTEX_GROWTH 16
#else
#define MUTEX_GROWTH 0
#endif

/* What has stayed the same, up to 3.12. */
/* clang-format off */
#define OBJECTS \
	.object_type = 8, .bytes_len = 16, .bytes_data = 32, .text_len = 16, .text_state = 32
#define FRAME_OBJECTS \
	OBJECTS, .text_ascii_data = 48, .text_data = 72, \
	.runtime_interpreters = 32, .interp_next = 0, .interp_threads = 8, .thread_next = 8, \
	.thread_pthread = 176, .thread_tid = PYTHON_NO_FIELD, .thread_frame = 24, \
	.cframe_frame = PYTHON_NO_FIELD, .frame_previous = 24, .frame_code = 32, \
	.frame_owner = PYTHON_NO_FIELD, .code_first_line = 40, .code_file = 104, .code_name = 112, \
	.code_lines = 120, .code_begin = PYTHON_NO_FIELD, .code_instrs = PYTHON_NO_FIELD

static const struct python_layout layouts[] = {
	{
		.minor = 8, .instr = PYTHON_INSTR_BYTES, .lines = PYTHON_LNOTAB,
		FRAME_OBJECTS, .runtime_holder = 1368 + MUTEX_GROWTH, .frame_instr = 104,
	}, {
		.minor = 9, .instr = PYTHON_INSTR_BYTES, .lines = PYTHON_LNOTAB,
		FRAME_OBJECTS, .runtime_holder = 568 + MUTEX_GROWTH, .frame_instr = 104,
	}, {
		.minor = 10, .instr = PYTHON_INSTR_UNITS, .lines = PYTHON_LINETABLE,
		FRAME_OBJECTS, .runtime_holder = 568 + MUTEX_GROWTH, .frame_instr = 96,
	}, {
		.minor = 11, .instr = PYTHON_INSTR_POINTER, .lines = PYTHON_LOCATIONS,
		OBJECTS, .text_ascii_data = 48, .text_data = 72,
		.runtime_interpreters = 40, .runtime_holder = 576 + MUTEX_GROWTH,
		.interp_next = 0, .interp_threads = 16,
		.thread_next = 8, .thread_pthread = 152, .thread_tid = 160, .thread_frame = 56,
		.cframe_frame = 8,
		.frame_previous = 48, .frame_code = 32, .frame_instr = 56, .frame_owner = 69,
		.code_first_line = 72, .code_file = 112, .code_name = 120, .code_lines = 136,
		.code_begin = 168, .code_instrs = 184,
	}, {
		.minor = 12, .instr = PYTHON_INSTR_POINTER, .lines = PYTHON_LOCATIONS,
		OBJECTS, .text_ascii_data = 40, .text_data = 56,
		.runtime_interpreters = 40, .runtime_holder = PYTHON_NO_FIELD,
		.interp_next = 0, .interp_threads = 72,
		.thread_next = 8, .thread_pthread = 136, .thread_tid = 144, .thread_frame = 56,
		.cframe_frame = 0,
		.frame_previous = 8, .frame_code = 0, .frame_instr = 56, .frame_owner = 70,
		.code_first_line = 68, .code_file = 112, .code_name = 120, .code_lines = 136,
		.code_begin = 176, .code_instrs = 192,
	},
};
/* clang-format on */

const struct python_layout *python_layout_find(unsigned int minor)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].minor == minor)
			return &layouts[i];
	return NULL;
}

/* What struct _Py_DebugOffsets begins with: the cookie and two numbers. */
enum { OFFSETS_VERSION = 8, OFFSETS_FREE_THREADED = 16 };

/* A field of the layout, and where struct _Py_DebugOffsets of 3.13 to 3.15 has its offset. */
struct offsets_field {
	size_t field;
	uint32_t limit; /* of its offset: that of an interpreter or that of other structures */
	uint16_t at[3];
};

#define FIELD(name) offsetof(struct python_layout, name)

enum { LARGE = 1 << 24, SMALL = 4096 };

/* clang-format off */
static const struct offsets_field offsets_fields[] = {
	{FIELD(runtime_interpreters), LARGE, {40, 40, 40}},
	{FIELD(interp_next),	      LARGE, {64, 64, 64}},
	{FIELD(interp_threads),	      LARGE, {72, 72, 72}},
	{FIELD(thread_next),	      SMALL, {168, 192, 192}},
	{FIELD(thread_frame),	      SMALL, {184, 208, 208}},
	{FIELD(thread_pthread),	      SMALL, {192, 216, 240}},
	{FIELD(thread_tid),	      SMALL, {200, 224, 248}},
	{FIELD(frame_previous),	      SMALL, {232, 256, 320}},
	{FIELD(frame_code),	      SMALL, {240, 264, 328}},
	{FIELD(frame_instr),	      SMALL, {248, 272, 336}},
	{FIELD(frame_owner),	      SMALL, {264, 288, 352}},
	{FIELD(code_file),	      SMALL, {280, 320, 384}},
	{FIELD(code_name),	      SMALL, {288, 328, 392}},
	{FIELD(code_lines),	      SMALL, {304, 344, 408}},
	{FIELD(code_first_line),      SMALL, {312, 352, 416}},
	{FIELD(code_instrs),	      SMALL, {344, 384, 448}},
	{FIELD(object_type),	      SMALL, {360, 408, 472}},
	{FIELD(bytes_len),	      SMALL, {520, 600, 696}},
	{FIELD(bytes_data),	      SMALL, {528, 608, 704}},
	{FIELD(text_state),	      SMALL, {544, 624, 720}},
	{FIELD(text_len),	      SMALL, {552, 632, 728}},
	{FIELD(text_ascii_data),      SMALL, {560, 640, 736}},
};
/* clang-format on */

/* What is not told: before a code's instructions are a pointer and, with padding, this number. */
enum { CODE_BEGIN_LEN = 16 };

/* The lengths of the text in UTF-8 and a pointer to it, which a PyASCIIObject does not have. */
enum { UTF8_FIELDS_LEN = 16 };

static uint64_t number_at(const uint8_t *bytes, size_t at)
{
	uint64_t number;

	memcpy(&number, bytes + at, sizeof(number));
	return number;
}

int python_layout_from_offsets(const uint8_t *bytes, struct python_layout *ret_layout)
{
	uint64_t version = number_at(bytes, OFFSETS_VERSION) >> 16;
	struct python_layout layout = {
		.minor = version & 0xff,
		.instr = PYTHON_INSTR_POINTER,
		.lines = PYTHON_LOCATIONS,
		.runtime_holder = PYTHON_NO_FIELD,
		.cframe_frame = PYTHON_NO_FIELD,
	};

	if (memcmp(bytes, PYTHON_COOKIE, strlen(PYTHON_COOKIE)))
		return -ENOENT;
	if (version >> 8 != 3 || layout.minor < 13 || layout.minor > 15 ||
	    number_at(bytes, OFFSETS_FREE_THREADED))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < sizeof(offsets_fields) / sizeof(offsets_fields[0]); i++) {
		const struct offsets_field *field = &offsets_fields[i];
		uint64_t offset = number_at(bytes, field->at[layout.minor - 13]);

		if (offset >= field->limit)
			return -EINVAL;
		*(uint32_t *)((char *)&layout + field->field) = (uint32_t)offset;
	}
	if (layout.code_instrs < CODE_BEGIN_LEN)
		return -EINVAL;
	layout.code_begin = layout.code_instrs - CODE_BEGIN_LEN;
	layout.text_data = layout.text_ascii_data + UTF8_FIELDS_LEN;
	*ret_layout = layout;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
#include "pressure.h"

#include "lines.h"

/* Takes "NAME=" and the value after it off the line. */
static bool take_value(struct span *line, const char *name, struct span *ret_value)
{
	struct span word, key;

	if (!span_take_word(line, &word) || !span_take_until(&word, '=', &key) ||
	    !span_equals(key, name))
		return false;
	*ret_value = word;
	return true;
}

/* "12.34", whatever the locale. The kernel writes two decimals always. */
static bool take_percent(struct span *line, const char *name, double *ret_percent)
{
	struct span value, whole;
	int64_t integer, hundredths;

	if (!take_value(line, name, &value) || !span_take_until(&value, '.', &whole) ||
	    value.len != 2 || !span_decimal(whole, &integer) || !span_decimal(value, &hundredths) ||
	    integer < 0 || hundredths < 0)
		return false;
	*ret_percent = (double)integer + (double)hundredths / 100;
	return true;
}

static struct pressure_line parse_line(struct span line)
{
	struct pressure_line pressure = {0};
	struct span total;
	int64_t total_us;

	if (!take_percent(&line, "avg10", &pressure.avg10) ||
	    !take_percent(&line, "avg60", &pressure.avg60) ||
	    !take_percent(&line, "avg300", &pressure.avg300) ||
	    !take_value(&line, "total", &total) || !span_decimal(total, &total_us) || total_us < 0)
		return (struct pressure_line){0};
	pressure.total_us = (uint64_t)total_us;
	pressure.known = true;
	return pressure;
}

void pressure_parse(const char *text, size_t len, struct pressure *ret_pressure)
{
	struct span rest = {text, len}, line, kind;

	*ret_pressure = (struct pressure){0};
	while (span_take_line(&rest, &line)) {
		if (!span_take_word(&line, &kind))
			continue;
		if (span_equals(kind, "some"))
			ret_pressure->some = parse_line(line);
		else if (span_equals(kind, "full"))
			ret_pressure->full = parse_line(line);
	}
}

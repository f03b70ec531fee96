/* SPDX-License-Identifier: GPL-2.0 */
/* Diagnostics for people, one line each, on standard error. For main-level code only. */
#ifndef OOMTRACE_LOG_H
#define OOMTRACE_LOG_H

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
};

/* What is more detailed than `level` is dropped; LOG_INFO at first. */
void log_set_level(enum log_level level);

/* "oomtrace: " and the text, in one write. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	 log_line(LOG_DEBUG, __VA_ARGS__)

#endif

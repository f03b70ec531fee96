// SPDX-License-Identifier: GPL-2.0
#include "channel.h"
#include "namer.h"
#include "namer_child.h"
#include "namer_protocol.h"
#include "proc_parse.h"
#include "readfile.h"
#include "temp_root.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>

#include <cmocka.h>

#define START UINT64_C(0x7f0000000000)
#define SIZE  UINT64_C(0x10000)

/* ---- In place of the helper: what a bad one does. It is this program under another name. ---- */

static struct namer_message received;

static void say(enum namer_type type, const void *data, size_t len)
{
	struct patience patience = {.deadline_ns = INT64_MAX};
	struct namer_message message = {.type = type, .data = (uint8_t *)data, .len = len};

	if (channel_send(STDIN_FILENO, &message, &patience))
		_exit(0);
}

static void hear(void)
{
	struct patience patience = {.deadline_ns = INT64_MAX};

	namer_message_clear(&received);
	if (channel_receive(STDIN_FILENO, NAMER_REQUEST_LEN, true, &patience, &received))
		_exit(0);
}

static void take_request(void)
{
	hear();
	say(NAMER_TAKEN, NULL, 0);
}

static void say_stack(const char *symbol, size_t count)
{
	struct stack stack = {.valid = true, .method = UNWIND_CFI, .count = count};
	struct namer_message message = {0};

	stack.frames = calloc(count + 1, sizeof(*stack.frames));
	for (size_t i = 0; i < count; i++)
		stack.frames[i] = (struct frame){.address = START, .symbol = (char *)symbol};
	if (namer_encode_named(&stack, &message))
		_exit(99);
	say(NAMER_NAMED, message.data, message.len);
	namer_message_clear(&message);
	free(stack.frames);
}

static void do_name(void)
{
	for (;;) {
		take_request();
		say_stack("named", 2);
	}
}

/* As if it had been idle for long. */
static void do_name_once(void)
{
	take_request();
	say_stack("named", 2);
	_exit(0);
}

/* How soon the OOM killer takes it. */
static void do_say_adj(void)
{
	char text[64] = "";

	for (;;) {
		FILE *file;

		take_request();
		file = fopen("/proc/self/oom_score_adj", "re");
		if (!file || !fgets(text, sizeof(text), file))
			_exit(99);
		fclose(file);
		say_stack(text, 1);
	}
}

static void do_exit(void)
{
	_exit(0);
}

static void do_crash(void)
{
	take_request();
	raise(SIGSEGV);
}

static void do_hang(void)
{
	take_request();
	for (;;)
		pause();
}

static void do_hang_at_once(void)
{
	for (;;)
		pause();
}

static void do_end_half_way(void)
{
	const uint32_t header[2] = {NAMER_NAMED, 100};

	take_request();
	if (write(STDIN_FILENO, header, sizeof(header)) < 0)
		_exit(99);
	_exit(0);
}

static void do_lie(void)
{
	const uint8_t hostile[] = {1, 0, 0, 0xff, 0xff, 0xff, 0xff};

	take_request();
	say(NAMER_NAMED, hostile, sizeof(hostile));
	do_hang_at_once();
}

static void do_flood(void)
{
	const uint32_t header[2] = {NAMER_NAMED, UINT32_MAX};

	take_request();
	for (;;)
		if (write(STDIN_FILENO, header, sizeof(header)) < 0)
			_exit(0);
}

static void do_answer_untaken(void)
{
	hear();
	say_stack("named", 2);
	do_hang_at_once();
}

static void do_take_again(void)
{
	take_request();
	for (;;)
		say(NAMER_TAKEN, NULL, 0);
}

static void do_say_nonsense(void)
{
	take_request();
	say((enum namer_type)77, NULL, 0);
	do_hang_at_once();
}

static void do_ask_without_end(void)
{
	const struct namer_open open = {.build_id = {1, 2}, .build_id_len = 2};
	struct namer_message message = {0};

	if (namer_encode_open(&open, &message))
		_exit(99);
	take_request();
	for (;;) {
		say(NAMER_OPEN, message.data, message.len);
		hear();
	}
}

static void do_give_up(void)
{
	for (;;) {
		take_request();
		say(NAMER_FAILED, NULL, 0);
	}
}

static void do_name_nothing(void)
{
	take_request();
	say_stack(NULL, 0);
	do_hang_at_once();
}

/* What a debug file says, or the number of the error, in place of a symbol. */
static int ask_for(uint32_t module, const char *debuglink, char *text, size_t len)
{
	const struct namer_open open = {.module = module,
					.build_id = {0xab, 0xcd},
					.build_id_len = debuglink ? 0 : 2,
					.debuglink = (char *)debuglink};
	struct namer_message message = {0};
	ssize_t got = 0;
	int fd;

	if (namer_encode_open(&open, &message))
		_exit(99);
	say(NAMER_OPEN, message.data, message.len);
	namer_message_clear(&message);
	hear();
	fd = namer_decode_opened(&received);
	if (fd > 0)
		got = read(fd, text, len - 1);
	text[got > 0 ? got : 0] = '\0';
	if (fd < 0)
		snprintf(text, len, "%d", fd);
	close(fd);
	return (int)strlen(text);
}

static void do_ask(void)
{
	char text[256];
	int len = 0;

	for (;; len = 0) {
		take_request();
		len += ask_for(0, NULL, text + len, 60);
		text[len++] = ' ';
		len += ask_for(0, "app.debug", text + len, 60);
		text[len++] = ' ';
		len += ask_for(0, "../app.debug", text + len, 60);
		text[len++] = ' ';
		ask_for(77, "app.debug", text + len, 60);
		say_stack(text, 1);
	}
}

/* What it was started with. */
static void do_look(void)
{
	char text[512], *status;
	int files = 0, variables = 0, len;
	size_t status_len;

	for (int fd = 0; fd < 1000; fd++)
		files += fcntl(fd, F_GETFD) >= 0;
	for (char **variable = environ; *variable; variable++)
		variables++;
	if (file_read("/proc/self/status", &status, &status_len, 65536))
		_exit(99);
	take_request();
	len = snprintf(text, sizeof(text), "%d files, %d variables, %.*s", files, variables, 24,
		       strstr(status, "SigBlk:"));
	snprintf(text + len, sizeof(text) - (size_t)len, ", %.7s",
		 strstr(status, "SigIgn:") + strlen("SigIgn:\t000000000"));
	say_stack(text, 1);
	do_hang_at_once();
}

static const struct {
	const char *name;
	void (*run)(void);
} helpers[] = {
	{"name", do_name},
	{"name-once", do_name_once},
	{"say-adj", do_say_adj},
	{"exit", do_exit},
	{"crash", do_crash},
	{"hang", do_hang},
	{"hang-at-once", do_hang_at_once},
	{"end-half-way", do_end_half_way},
	{"lie", do_lie},
	{"flood", do_flood},
	{"answer-untaken", do_answer_untaken},
	{"take-again", do_take_again},
	{"say-nonsense", do_say_nonsense},
	{"ask-without-end", do_ask_without_end},
	{"give-up", do_give_up},
	{"name-nothing", do_name_nothing},
	{"ask", do_ask},
	{"look", do_look},
};

enum { HELPERS = sizeof(helpers) / sizeof(helpers[0]) };

/* Never returns when it knows the name. Each start is noted beside the program. */
static void run_helper(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char starts[256];
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(starts, sizeof(starts), "%.*sstarts", (int)(name - path), path);
	fd = open(starts, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && write(fd, "x", 1) == 1)
		close(fd);
	for (size_t i = 0; i < HELPERS; i++)
		if (!strcmp(name, helpers[i].name))
			helpers[i].run();
}

/* ---- The tests ---- */

static struct temp_root root;
static struct namer *namer;
static struct module module;

static int make_root(void **state)
{
	(void)state;
	temp_root_make(&root);
	module = (struct module){.start = START, .end = START + SIZE, .path = (char *)"/bin/app"};
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	namer_free(namer);
	namer = NULL;
	temp_root_remove(&root);
	return 0;
}

static size_t count_children(void)
{
	char *text;
	size_t count = 0;

	if (file_read("/proc/thread-self/children", &text, NULL, 65536))
		return 0;
	for (const char *c = text; *c; c++)
		count += *c == ' ';
	free(text);
	return count;
}

static void begin_until(const char *program, unsigned int timeout_ms, int stop_fd)
{
	static char path[128];
	struct namer_config config = {
		.root = root.path, .timeout_ms = timeout_ms, .stop_fd = stop_fd};
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(len > 0);
	self[len] = '\0';
	snprintf(path, sizeof(path), "%s/%s", root.path, program);
	symlink(self, path);
	config.program = path;
	assert_int_equal(namer_new(&config, &namer), 0);
}

static void begin_with(const char *program, unsigned int timeout_ms)
{
	begin_until(program, timeout_ms, 0);
}

static void begin(const char *program)
{
	begin_with(program, 60000);
}

static size_t starts(void)
{
	struct stat st;

	return stat(temp_path(&root, "/starts"), &st) ? 0 : (size_t)st.st_size;
}

static struct stack one_frame(void)
{
	struct stack stack = {.valid = true, .method = UNWIND_FRAME_POINTERS, .count = 1};

	stack.frames = calloc(1, sizeof(*stack.frames));
	stack.frames[0].address = START + 0x123;
	return stack;
}

/* The first symbol, or "" when there is none. */
static const char *name_one(void)
{
	static char symbol[512];
	const struct user_state user = {.module_count = 1, .modules = &module};
	struct stack stack = one_frame();

	namer_name_stack(namer, 0, &user, &stack);
	assert_true(stack.valid && stack.count);
	/* Whatever the helper does. */
	assert_string_equal(stack.frames[0].module, "/bin/app");
	assert_true(stack.frames[0].file_offset.known);
	snprintf(symbol, sizeof(symbol), "%s",
		 stack.frames[0].symbol ? stack.frames[0].symbol : "");
	stack_clear(&stack);
	return symbol;
}

static void test_named(void **state)
{
	(void)state;
	begin("name");
	assert_int_equal(starts(), 0);
	for (int i = 0; i < 3; i++)
		assert_string_equal(name_one(), "named");
	assert_int_equal(starts(), 1);
	assert_int_equal(namer_start_error(namer), 0);
}

/* One that has ended meanwhile is replaced, and nobody notices. */
static void test_ended_when_idle(void **state)
{
	(void)state;
	begin("name-once");
	for (size_t i = 1; i <= 5; i++) {
		assert_string_equal(name_one(), "named");
		assert_int_equal(starts(), i);
	}
	assert_int_equal(namer_start_error(namer), 0);
}

static void test_nothing_to_name(void **state)
{
	const struct user_state user = {.module_count = 1, .modules = &module};
	struct stack stack = {.valid = true};

	(void)state;
	begin("name");
	namer_name_stack(namer, 0, &user, &stack);
	assert_int_equal(stack.count, 0);
	assert_int_equal(starts(), 0);
}

/* Registers alone are enough to find frames by. */
static void test_registers(void **state)
{
	const struct user_state user = {.reg_count = 17, .module_count = 1, .modules = &module};
	struct stack stack = {0};

	(void)state;
	begin("name");
	namer_name_stack(namer, 0, &user, &stack);
	assert_true(stack.valid);
	assert_int_equal(stack.method, UNWIND_CFI);
	assert_int_equal(stack.count, 2);
	assert_string_equal(stack.frames[1].symbol, "named");
	stack_clear(&stack);
}

static void assert_located(const struct stack *stack)
{
	assert_int_equal(stack->method, UNWIND_FRAME_POINTERS);
	assert_int_equal(stack->count, 1);
	assert_true(stack->frames[0].address == START + 0x123);
	assert_null(stack->frames[0].symbol);
	assert_int_equal(stack->frames[0].offset.value, 0x5123);
	assert_int_equal(stack->frames[0].file_offset.value, 0x5123);
}

/* The stack is what it was, and this program's are given up after three. */
static void misbehave(const char *program)
{
	const struct user_state user = {.module_count = 1, .modules = &module};
	struct stack stack;

	make_root(NULL);
	module.file_offset = 0x5000;
	begin(program);
	for (size_t i = 1; i <= 5; i++) {
		stack = one_frame();
		namer_name_stack(namer, 0, &user, &stack);
		assert_located(&stack);
		stack_clear(&stack);
		assert_int_equal(starts(), i < 3 ? i : 3);
	}
	assert_int_equal(namer_start_error(namer), 0);
	/* Another's are not. */
	module.inode++;
	assert_string_equal(name_one(), "");
	assert_int_equal(starts(), 4);
	remove_root(NULL);
}

static void test_misbehaves(void **state)
{
	static const char *const programs[] = {
		"crash",	"end-half-way",	   "lie", "flood", "take-again",
		"say-nonsense", "ask-without-end",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		misbehave(programs[i]);
}

static void test_hangs(void **state)
{
	(void)state;
	/* Long enough to start and to take the request, even on a busy machine. */
	begin_with("hang", 3000);
	assert_string_equal(name_one(), "");
	assert_int_equal(starts(), 1);
	assert_int_equal(namer_start_error(namer), 0);
	assert_int_equal(count_children(), 0);
}

/* What says that it cannot is no failure. */
static void test_gives_up(void **state)
{
	(void)state;
	begin("give-up");
	for (int i = 0; i < 5; i++)
		assert_string_equal(name_one(), "");
	assert_int_equal(starts(), 1);
}

static void test_names_nothing(void **state)
{
	const struct user_state user = {.module_count = 1, .modules = &module};
	struct stack stack = one_frame();

	(void)state;
	module.file_offset = 0x5000;
	begin("name-nothing");
	namer_name_stack(namer, 0, &user, &stack);
	assert_located(&stack);
	stack_clear(&stack);
}

static void never_starts(const char *program, unsigned int timeout_ms, int err)
{
	make_root(NULL);
	begin_with(program, timeout_ms);
	for (int i = 0; i < 5; i++) {
		/* Of another program each time: it is not that one's fault. */
		module.inode++;
		assert_string_equal(name_one(), "");
		assert_int_equal(namer_start_error(namer), err);
	}
	/* One that is killed early may not have noted that it was started. */
	assert_true(starts() <= 3);
	remove_root(NULL);
}

static void test_never_starts(void **state)
{
	(void)state;
	never_starts("exit", 60000, -EPIPE);
	never_starts("answer-untaken", 60000, -EPROTO);
	never_starts("hang-at-once", 100, -ETIMEDOUT);
}

static void test_no_program(void **state)
{
	const struct namer_config config = {.root = "", .program = "/none"};

	(void)state;
	assert_int_equal(namer_new(&config, &namer), 0);
	assert_string_equal(name_one(), "");
	assert_int_equal(namer_start_error(namer), -ENOENT);
}

/* Below the process's own root first, then below the host's. */
static void test_debug_files(void **state)
{
	(void)state;
	temp_text(&root, "/usr/lib/debug/.build-id/ab/cd.debug", "by-id");
	temp_text(&root, "/bin/.debug/app.debug", "by-name");
	begin("ask");
	assert_string_equal(name_one(), "by-id by-name -22 -22");
}

static void test_process_root(void **state)
{
	struct user_state user = {.module_count = 1, .modules = &module};
	struct stack stack = one_frame();
	char link[64];

	(void)state;
	temp_text(&root, "/container/usr/lib/debug/.build-id/ab/cd.debug", "inner");
	temp_text(&root, "/bin/app.debug", "outer");
	temp_text(&root, "/container/x", "");
	begin("ask");
	user.root_fd = open(temp_path(&root, "/container"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	namer_name_stack(namer, 0, &user, &stack);
	assert_string_equal(stack.frames[0].symbol, "inner outer -22 -22");
	stack_clear(&stack);
	close(user.root_fd);

	/* By its pid, when there is no descriptor. */
	snprintf(link, sizeof(link), "/proc/%d/root", 4711);
	temp_parents(&root, link);
	assert_int_equal(symlink(temp_path(&root, "/container"), temp_path(&root, link)), 0);
	stack = one_frame();
	user.root_fd = 0;
	namer_name_stack(namer, 4711, &user, &stack);
	assert_string_equal(stack.frames[0].symbol, "inner outer -22 -22");
	stack_clear(&stack);
}

static void begin_with_debuginfod(const char *program, const char *script, int stop_fd)
{
	static char path[128], find[128];
	char text[256], self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const struct namer_config config = {
		.root = root.path,
		.program = path,
		.debuginfod = true,
		.debuginfod_program = find,
		.timeout_ms = 60000,
		.stop_fd = stop_fd,
	};

	assert_true(len > 0);
	self[len] = '\0';
	snprintf(path, sizeof(path), "%s/%s", root.path, program);
	assert_int_equal(symlink(self, path), 0);
	snprintf(find, sizeof(find), "%s/find", root.path);
	snprintf(text, sizeof(text), "#!/bin/sh\necho $2 >>%s/asked\n%s\n", root.path, script);
	temp_text(&root, "/find", text);
	chmod(find, 0755);
	assert_int_equal(namer_new(&config, &namer), 0);
}

/* Asked for a build id that is nowhere here, and for nothing else. */
static void test_debuginfod(void **state)
{
	char script[128], *asked;

	(void)state;
	temp_text(&root, "/fetched", "fetched");
	snprintf(script, sizeof(script), "echo %s/fetched", root.path);
	begin_with_debuginfod("ask", script, 0);
	assert_string_equal(name_one(), "fetched -2 -22 -22");
	temp_text(&root, "/usr/lib/debug/.build-id/ab/cd.debug", "by-id");
	assert_string_equal(name_one(), "by-id -2 -22 -22");
	assert_int_equal(file_read(temp_path(&root, "/asked"), &asked, NULL, 4096), 0);
	assert_string_equal(asked, "abcd\n");
	free(asked);
}

/* When it is time to stop nobody waits for a server, and for a helper not long. */
static void test_stop(void **state)
{
	int stop_fd = eventfd(1, EFD_CLOEXEC);

	(void)state;
	begin_with_debuginfod("ask", "sleep 1000", stop_fd);
	assert_string_equal(name_one(), "-2 -2 -22 -22");
	close(stop_fd);
}

/* What was not named in the time that is left then stays without a name, and nobody is blamed. */
static void test_stop_in_time(void **state)
{
	int stop_fd = eventfd(1, EFD_CLOEXEC);

	(void)state;
	begin_until("hang-at-once", 100, stop_fd);
	for (int i = 0; i < 5; i++) {
		assert_string_equal(name_one(), "");
		assert_int_equal(namer_start_error(namer), 0);
	}
	assert_true(starts() <= 1);
	close(stop_fd);
}

static void show_memory(bool enough)
{
	struct sysinfo info;
	char text[128];

	assert_int_equal(sysinfo(&info), 0);
	snprintf(text, sizeof(text), "MemTotal: %llu kB\nMemAvailable: %d kB\n",
		 (unsigned long long)info.totalram * info.mem_unit / 1024, enough ? 1 << 20 : 0);
	temp_text(&root, "/proc/meminfo", text);
}

/* Whom a helper would be killed for. */
static void test_no_memory(void **state)
{
	int stop_fd = eventfd(0, EFD_CLOEXEC);
	const uint64_t one = 1;
	int status;
	pid_t pid;

	(void)state;
	show_memory(true);
	begin_until("name", 60000, stop_fd);
	assert_string_equal(name_one(), "named");
	assert_int_equal(count_children(), 1);
	show_memory(false);
	pid = fork();
	if (!pid) {
		usleep(50000);
		show_memory(true);
		_exit(0);
	}
	/* There is some again, for another. */
	assert_string_equal(name_one(), "named");
	assert_int_equal(starts(), 2);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* There is none, and no time to wait for it. */
	show_memory(false);
	assert_int_equal(write(stop_fd, &one, sizeof(one)), sizeof(one));
	assert_string_equal(name_one(), "");
	assert_int_equal(count_children(), 0);
	assert_int_equal(starts(), 2);
	assert_int_equal(namer_start_error(namer), 0);
	close(stop_fd);
}

static void test_killed_first(void **state)
{
	char path[64], *pid, *adj;

	(void)state;
	begin("say-adj");
	for (int i = 0; i < 3; i++) {
		assert_string_equal(name_one(), "1000\n");
		assert_int_equal(file_read("/proc/thread-self/children", &pid, NULL, 64), 0);
		snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", atoi(pid));
		assert_int_equal(file_read(path, &adj, NULL, 64), 0);
		assert_string_equal(adj, "0\n");
		free(pid);
		free(adj);
	}
	assert_int_equal(starts(), 1);
}

static void test_surroundings(void **state)
{
	sigset_t all, before;
	int extra = dup(STDERR_FILENO);

	(void)state;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	setenv("SECRET", "x", 1);
	begin("look");
	assert_string_equal(name_one(), "3 files, 0 variables, SigBlk:\t0000000000000000, 0000000");
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(extra);
}

static void test_leaves_nothing(void **state)
{
	(void)state;
	begin("name");
	assert_string_equal(name_one(), "named");
	assert_int_equal(count_children(), 1);
	namer_free(namer);
	namer = NULL;
	assert_int_equal(count_children(), 0);
	namer_free(NULL);
}

/* ---- With the real helper, on this very program ---- */

__attribute__((noinline, noclone, used)) static int target(int n)
{
	return n * 3 + 1;
}
enum { TARGET_LINE = __LINE__ - 3 };

/* The code that is mapped here, as the tracer captures it. */
static void own_modules(struct user_state *user)
{
	struct proc_mapping mapping;
	struct span rest;
	char *text;
	size_t len;

	assert_int_equal(file_read("/proc/self/maps", &text, &len, 16 << 20), 0);
	rest = (struct span){text, len};
	user->modules = calloc(256, sizeof(*user->modules));
	while (user->module_count < 256 && proc_next_mapping(&rest, &mapping)) {
		struct module *one = &user->modules[user->module_count];

		if (!mapping.executable || !mapping.name.len || *mapping.name.at == '[')
			continue;
		*one = (struct module){.start = mapping.start,
				       .end = mapping.end,
				       .file_offset = mapping.file_offset,
				       .inode = mapping.inode,
				       .dev = mapping.dev,
				       .path = strndup(mapping.name.at, mapping.name.len),
				       .same_file = true};
		one->fd = open(one->path, O_PATH | O_CLOEXEC);
		assert_true(one->fd > 0);
		user->module_count++;
	}
	user->all_modules = true;
	free(text);
}

static const struct module *module_of(const struct user_state *user, uint64_t address)
{
	for (size_t i = 0; i < user->module_count; i++)
		if (address >= user->modules[i].start && address < user->modules[i].end)
			return &user->modules[i];
	fail_msg("no module has the address");
	return NULL;
}

static void check_real(const struct user_state *user)
{
	const uint64_t address = (uint64_t)(uintptr_t)target;
	const struct module *own = module_of(user, address);
	struct stack stack = one_frame();

	stack.frames[0].address = address;
	namer_name_stack(namer, getpid(), user, &stack);
	assert_int_equal(namer_start_error(namer), 0);
	assert_int_equal(stack.count, 1);
	assert_string_equal(stack.frames[0].symbol, "target");
	assert_int_equal(stack.frames[0].offset.value, 0);
	assert_string_equal(stack.frames[0].module, own->path);
	assert_int_equal(stack.frames[0].file_offset.value,
			 (int64_t)(address - own->start + own->file_offset));
	assert_int_equal(stack.frames[0].line, TARGET_LINE);
	stack_clear(&stack);
}

/* Files may be a path alone: then it is the build id, or the inode, that says it is the one. */
static void test_real_helper(void **state)
{
	const struct namer_config config = {.root = "", .timeout_ms = 60000};
	struct user_state user = {0};

	(void)state;
	own_modules(&user);
	assert_int_equal(namer_new(&config, &namer), 0);
	check_real(&user);
	check_real(&user);
	assert_int_equal(count_children(), 1);
	for (size_t i = 0; i < user.module_count; i++) {
		close(user.modules[i].fd);
		user.modules[i].fd = 0;
		user.modules[i].same_file = false;
	}
	check_real(&user);
	user_state_clear(&user);
}

/* A file of nothing but what an ELF file begins with costs a name and no more. */
static void test_real_helper_damaged(void **state)
{
	const struct namer_config config = {.root = root.path, .timeout_ms = 60000};
	char *image;
	size_t len;

	(void)state;
	assert_int_equal(file_read("/proc/self/exe", &image, &len, 256 << 20), 0);
	memset(image + 64, 0xff, 8192 - 64);
	temp_write(&root, "/bin/app", image, 8192);
	free(image);
	module.fd = open(temp_path(&root, "/bin/app"), O_PATH | O_CLOEXEC);
	module.same_file = true;
	assert_int_equal(namer_new(&config, &namer), 0);
	assert_string_equal(name_one(), "");
	assert_int_equal(namer_start_error(namer), 0);
	close(module.fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_named, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_ended_when_idle, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_nothing_to_name, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_registers, make_root, remove_root),
		cmocka_unit_test(test_misbehaves),
		cmocka_unit_test_setup_teardown(test_hangs, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_gives_up, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_names_nothing, make_root, remove_root),
		cmocka_unit_test(test_never_starts),
		cmocka_unit_test_setup_teardown(test_no_program, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_debug_files, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_process_root, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_debuginfod, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_stop, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_stop_in_time, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_no_memory, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_killed_first, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_surroundings, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_leaves_nothing, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_real_helper, make_root, remove_root),
		cmocka_unit_test_setup_teardown(test_real_helper_damaged, make_root, remove_root),
	};

	if (namer_child_wanted(argc, argv)) {
		run_helper(argv[0]);
		_exit(namer_child_run());
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Calls through a function that it has put into anonymous memory, and tells its name in /tmp/perf-PID.map as
 * compilers at run time do.
 */
#include "victim.h"

#include <string.h>

/* Calls what is in its first argument, with a frame pointer, and runs wherever it is put. */
extern const char template_begin[], template_end[];
__asm__(".pushsection .rodata\n"
	"template_begin:\n"
#ifdef __aarch64__
	"	stp x29, x30, [sp, -16]!\n"
	"	mov x29, sp\n"
	"	blr x0\n"
	"	ldp x29, x30, [sp], 16\n"
	"	ret\n"
#else
	"	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	call *%rdi\n"
	"	pop %rbp\n"
	"	ret\n"
#endif
	"template_end:\n"
	".popsection\n");

STANDS_IN_STACKS static void grow(char *room, size_t size)
{
	memset(room, 1, size); /* LINE:grow */
	NO_TAIL_CALL();
}

STANDS_IN_STACKS static void handle(void)
{
	grow(get_room(MORE_THAN_ALLOWED), MORE_THAN_ALLOWED); /* LINE:handle */
	NO_TAIL_CALL();
}

/* Behind a function that is never called, so that where it begins matters. */
static void *compile(void)
{
	size_t size = template_end - template_begin;
	char path[64];
	char *code = get_room(4096);
	FILE *map;

	memcpy(code + 1024, template_begin, size);
	if (mprotect(code, 4096, PROT_READ | PROT_EXEC))
		exit(1);
	__builtin___clear_cache(code, code + 4096);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "w");
	if (!map)
		exit(1);
	fprintf(map, "%lx 400 LazyCompile:~never called.js:1\n", (unsigned long)code);
	fprintf(map, "%lx %zx LazyCompile:*fill shop.js:7\n", (unsigned long)code + 1024, size);
	fclose(map);
	return code + 1024;
}

STANDS_IN_STACKS static void serve(void (*compiled)(void (*)(void)))
{
	compiled(handle); /* LINE:serve */
	NO_TAIL_CALL();
}

int main(void)
{
	void *code = compile();
	void (*compiled)(void (*)(void));

	memcpy(&compiled, &code, sizeof(compiled));
	serve(compiled); /* LINE:main */
	return 0;
}

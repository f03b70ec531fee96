# SPDX-License-Identifier: GPL-2.0
# Tests: unit (no root), host (this machine's kernel), vm (Debian's kernels under QEMU).

SANITIZE	:= -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FIXTURES	:= $(abspath tests/fixtures)
FUZZ_SECONDS	?= 60

LIB_SRC		:= $(filter-out src/main.c,$(SRC))
TEST_OBJ	:= $(LIB_SRC:src/%.c=$(O)/test/obj/%.o)
FUZZ_OBJ	:= $(LIB_SRC:src/%.c=$(O)/fuzz/obj/%.o)
UNIT_TESTS	:= $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(wildcard tests/unit/test_*.c))
FUZZERS		:= $(patsubst tests/fuzz/%.c,$(O)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
PROGS		:= $(patsubst tests/progs/%.c,$(O)/tests/progs/%,$(wildcard tests/progs/*.c)) \
		   $(patsubst tests/bench/%.c,$(O)/tests/progs/%,$(wildcard tests/bench/*.c))
# Tests link dynamically whatever STATIC says: the sanitizers want it.
TEST_LIBS	:= $(shell $(PKG_CONFIG) --libs $(LIBS)) -pthread

$(O)/test/obj/%.o: src/%.c | $(SKEL)
	$(say) 'CC test' $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(WARN) -O1 -g $(SANITIZE) -MMD -MP -c -o $@ $<

$(O)/test/liboomtrace.a: $(TEST_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(O)/tests/unit/%: tests/unit/%.c $(O)/test/liboomtrace.a
	$(say) TEST $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(WARN) -DFIXTURES='"$(FIXTURES)"' -O1 -g $(SANITIZE) -MMD -MP \
		-MF $(O)/test/$(*F).d -o $@ $< $(O)/test/liboomtrace.a -lcmocka $(TEST_LIBS)

$(O)/fuzz/obj/%.o: src/%.c | $(SKEL)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
		-fno-sanitize-recover=undefined -MMD -MP -c -o $@ $<

$(O)/fuzz/liboomtrace.a: $(FUZZ_OBJ)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $^

$(O)/tests/fuzz/%: tests/fuzz/%.c $(O)/fuzz/liboomtrace.a
	$(say) FUZZ $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $< $(O)/fuzz/liboomtrace.a $(TEST_LIBS)

# Victims run on machines that have no libraries.
PROG_CFLAGS := -std=c11 $(WARN) -O1 -g -fno-omit-frame-pointer -static -pthread

$(O)/tests/progs/%: tests/progs/%.c
	$(say) PROG $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROG_CFLAGS) -o $@ $<

$(O)/tests/progs/%: tests/bench/%.c
	$(say) PROG $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(PROG_CFLAGS) -o $@ $<

# The program that runs where nothing else is installed, built beside the usual one.
$(O)/static/oomtrace: FORCE
	$(Q)$(MAKE) --no-print-directory STATIC=1 O=$(O)/static $@

-include $(wildcard $(O)/test/obj/*.d $(O)/fuzz/obj/*.d $(O)/test/*.d)

.PHONY: progs arm64

progs: $(PROGS)

# The program and the victims for the machine that is not this one; what it takes is make deps-arm64's.
arm64:
	$(Q)$(MAKE) --no-print-directory CROSS_COMPILE=aarch64-linux-gnu- ARCH=arm64 STATIC=1 O=$(O)/arm64 \
		all progs

# Nothing where that is not to be had.
ARM64	:= $(and $(shell command -v aarch64-linux-gnu-gcc),$(wildcard /usr/lib/aarch64-linux-gnu/libdw.a),arm64)

test: test-build
	$(Q)O=$(O) tests/run all

test-build: $(O)/oomtrace $(O)/static/oomtrace $(UNIT_TESTS) $(PROGS) $(ARM64)

test-unit: $(UNIT_TESTS)
	$(Q)O=$(O) tests/run unit

test-host: $(O)/oomtrace $(PROGS)
	$(Q)O=$(O) tests/run host

# KERNEL=path/to/vmlinuz: that image alone, in place of Debian's.
test-vm: $(O)/static/oomtrace $(PROGS) $(ARM64)
	$(Q)O=$(O) KERNEL=$(KERNEL) tests/run vm

# KERNEL=path/to/vmlinuz: on that image alone.
bench: $(O)/static/oomtrace $(PROGS)
	$(Q)O=$(O) tests/bench/run $(KERNEL)

fuzz: $(FUZZERS)
	$(Q)for fuzzer in $(FUZZERS); do \
		mkdir -p $(O)/corpus/$${fuzzer##*/}; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 $(O)/corpus/$${fuzzer##*/} || exit 1; \
	done

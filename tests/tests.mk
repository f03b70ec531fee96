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
include tests/progs/stacks/programs.mk
PROGS		:= $(patsubst tests/progs/%.c,$(O)/tests/progs/%,$(wildcard tests/progs/*.c)) \
		   $(patsubst tests/bench/%.c,$(O)/tests/progs/%,$(wildcard tests/bench/*.c)) \
		   $(STACK_PROGS)
# Tests link dynamically whatever STATIC says: the sanitizers want it.
TEST_LIBS	:= $(shell $(PKG_CONFIG) --libs $(LIBS)) $(LIBIBERTY) -pthread

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
	$(Q)$(CC) $(CPPFLAGS_ALL) $(WARN) -DFIXTURES='"$(FIXTURES)"' \
		-DSTACKS='"$(abspath $(O)/tests/stacks)"' \
		-DTARGET_SOURCE='"$(abspath tests/stacks/target.c)"' -O1 -g $(SANITIZE) -MMD -MP \
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
	$(Q)$(CLANG) $(CPPFLAGS_ALL) -DFIXTURES='"$(FIXTURES)"' -DSTACKS='"$(abspath $(O)/tests/stacks)"' \
		-O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=undefined -o $@ $< $(O)/fuzz/liboomtrace.a $(TEST_LIBS)

# Programs whose stacks the unit tests unwind: each has its call frame information, its symbols and
# its lines elsewhere.
UNWIND_CFLAGS	:= -D_GNU_SOURCE $(WARN) -O2 -g -fomit-frame-pointer -pthread
UNWIND_NAMES	:= pie no-pie static static-pie frame-pointers debug-frame no-rules clang c++ stripped \
		   linked mini dwz debug-frame-stripped
UNWIND_TARGETS	:= $(UNWIND_NAMES:%=$(O)/tests/stacks/%)

$(O)/tests/stacks/%: tests/stacks/target.c
	$(say) STACK $@
	@mkdir -p $(@D)
	$(Q)$(UNWIND_CC) $(UNWIND_CFLAGS) $(UNWIND_FLAGS) -o $@ $<

$(O)/tests/stacks/%: UNWIND_CC = $(CC)
$(O)/tests/stacks/no-pie: UNWIND_FLAGS := -no-pie -fno-pie
$(O)/tests/stacks/static: UNWIND_FLAGS := -static
$(O)/tests/stacks/static-pie: UNWIND_FLAGS := -static-pie -fPIE
$(O)/tests/stacks/frame-pointers: UNWIND_FLAGS := -fno-omit-frame-pointer
$(O)/tests/stacks/debug-frame: UNWIND_FLAGS := -fno-asynchronous-unwind-tables -fno-unwind-tables
# Nothing to unwind it by but its frame pointers.
$(O)/tests/stacks/no-rules: UNWIND_FLAGS := -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-fno-omit-frame-pointer -g0
$(O)/tests/stacks/no-id: UNWIND_FLAGS := -Wl,--build-id=none
# clang writes no table of addresses and none of siblings.
$(O)/tests/stacks/clang: UNWIND_CC := $(CLANG)
$(O)/tests/stacks/c++: UNWIND_CC := $(CLANG) -x c++

$(O)/tests/stacks/%.debug: $(O)/tests/stacks/%
	$(Q)objcopy --only-keep-debug $< $@

$(O)/tests/stacks/stripped: $(O)/tests/stacks/pie $(O)/tests/stacks/pie.debug
	$(Q)objcopy --strip-all $< $@

$(O)/tests/stacks/debug-frame-stripped: $(O)/tests/stacks/debug-frame $(O)/tests/stacks/debug-frame.debug
	$(Q)objcopy --strip-all $< $@

$(O)/tests/stacks/linked: $(O)/tests/stacks/no-id $(O)/tests/stacks/no-id.debug
	$(Q)objcopy --strip-all --add-gnu-debuglink=$(O)/tests/stacks/no-id.debug $< $@

# Symbols alone, compressed, in a section of the program.
$(O)/tests/stacks/mini: $(O)/tests/stacks/pie $(O)/tests/stacks/pie.debug
	$(Q)objcopy --strip-debug $(O)/tests/stacks/pie.debug $@.symbols
	$(Q)xz -9 -k -f $@.symbols
	$(Q)objcopy --strip-all --add-section .gnu_debugdata=$@.symbols.xz $< $@

# What it has in common with another program is in a third file.
$(O)/tests/stacks/dwz: $(O)/tests/stacks/pie $(O)/tests/stacks/no-pie
	$(Q)cp $< $@.tmp
	$(Q)cp $(O)/tests/stacks/no-pie $@.other
	$(Q)dwz -m $@.alternate -M alternate $@.tmp $@.other
	$(Q)mv $@.tmp $@

$(O)/tests/unit/test_symbolize $(O)/tests/unit/test_symbol_cache $(O)/tests/fuzz/fuzz_unwind \
		$(O)/tests/fuzz/fuzz_object: | $(UNWIND_TARGETS)

# Without sanitizers: it measures.
$(O)/tests/python/%: tests/python/%.c $(OBJ)
	$(say) TEST $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(WARN) -O2 -g -MMD -MP -MF $(O)/test/$(*F).d -o $@ $< \
		$(filter-out $(O)/obj/main.o,$(OBJ)) $(TEST_LIBS)

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
bench: $(O)/oomtrace $(O)/static/oomtrace $(PROGS) $(O)/tests/big/big
	$(Q)O=$(O) tests/bench/run $(KERNEL)

fuzz: $(FUZZERS)
	$(Q)for fuzzer in $(FUZZERS); do \
		mkdir -p $(O)/corpus/$${fuzzer##*/}; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 $(O)/corpus/$${fuzzer##*/} || exit 1; \
	done

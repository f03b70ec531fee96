# SPDX-License-Identifier: GPL-2.0
# Victims whose stacks the cases compare, built the ways that programs are built and delivered. Unlike the other
# victims they have no frame pointers and most take their libraries from the machine.

STACKS		:= $(O)/tests/progs/stacks
STACKS_SRC	:= tests/progs/stacks
STACKS_FLAGS	:= -Wall -Wextra -Werror -O2 -g -fomit-frame-pointer
STACKS_CFLAGS	:= -std=c11 -D_GNU_SOURCE $(STACKS_FLAGS)
RUSTC		?= rustc

# One source of many kinds...
CHAINS		:= chain_pie chain_fixed chain_static chain_static_pie chain_kept
ifeq ($(ARCH),arm64)
CHAINS		+= chain_signed
endif
# ... of which some have been stripped: with the debug information in a file that is found by the build id or by
# .gnu_debuglink, with symbols alone in .gnu_debugdata, with nothing but what it exports, with nothing.
STRIPPED	:= chain_by_id chain_by_link chain_mini chain_exports chain_bare
ifeq ($(CROSS_COMPILE),)
STACK_PROGS	:= $(addprefix $(STACKS)/,$(CHAINS) $(STRIPPED) \
		   thread deep deep_kept signal callback steps jit cplus)
STACK_PROGS	+= $(patsubst $(STACKS_SRC)/%.py,$(STACKS)/%.py,$(wildcard $(STACKS_SRC)/*.py))
ifneq ($(shell command -v $(RUSTC)),)
STACK_PROGS	+= $(STACKS)/rust_grow $(STACKS)/rust_v0
endif
else
# On another machine the main cases alone run, and its compiler is for C.
STACK_PROGS	:= $(addprefix $(STACKS)/,$(CHAINS))
endif

LINK_chain_fixed	:= -fno-pie -no-pie
LINK_chain_static	:= -fno-pie -static
LINK_chain_static_pie	:= -fPIE -static-pie
# Return addresses are signed on the stack.
LINK_chain_signed	:= -mbranch-protection=standard
LINK_chain_kept		:= -fno-omit-frame-pointer
LINK_deep_kept		:= -fno-omit-frame-pointer
# Each its own, or the debug file of one would be found for all.
LINK_chain_by_id	:= -Wl,--build-id=0x8d1f3a5c7e9b0d2f4a6c8e1b3d5f7a9c0e2d4b6f
LINK_chain_mini		:= -Wl,--build-id=0x1b3d5f7a9c0e2d4b6f8d1f3a5c7e9b0d2f4a6c8e
LINK_chain_bare		:= -Wl,--build-id=0x5c7e9b0d2f4a6c8e1b3d5f7a9c0e2d4b6f8d1f3a
LINK_chain_by_link	:= -Wl,--build-id=none
LINK_chain_exports	:= -rdynamic

define stack_program
$(STACKS)/$(1): $(STACKS_SRC)/$(2).c $(STACKS_SRC)/victim.h $(STACKS_SRC)/programs.mk
	$$(say) PROG $$@
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(STACKS_CFLAGS) -fPIE -pie -pthread $$(LINK_$(notdir $(1))) -o $$@ $$<
endef

# Below whole/ stands what a stripped program was, for the checker.
$(foreach name,$(CHAINS),$(eval $(call stack_program,$(name),chain)))
$(foreach name,$(STRIPPED),$(eval $(call stack_program,whole/$(name),chain)))
$(foreach name,thread deep signal callback steps jit,$(eval $(call stack_program,$(name),$(name))))
$(eval $(call stack_program,deep_kept,deep))

$(STACKS)/cplus: $(STACKS_SRC)/cplus.cpp $(STACKS_SRC)/victim.h
	$(say) PROG $@
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 $(STACKS_FLAGS) -fPIE -pie -o $@ $<

$(STACKS)/rust_grow $(STACKS)/rust_v0: $(STACKS_SRC)/rust_grow.rs
	$(say) PROG $@
	@mkdir -p $(@D)
	$(Q)MAKEFLAGS= $(RUSTC) -C opt-level=2 -g $(RUST_$(@F)) --crate-name $(@F) -o $@ $<
	$(Q)$(OBJCOPY) --compress-debug-sections=zlib $@

RUST_rust_v0 := -C symbol-mangling-version=v0

$(STACKS)/chain_bare $(STACKS)/chain_exports: $(STACKS)/%: $(STACKS)/whole/%
	$(Q)$(OBJCOPY) --strip-all $< $@

$(STACKS)/%.py: $(STACKS_SRC)/%.py
	@mkdir -p $(@D)
	$(Q)cp $< $@

# debug/ lies as it does below /usr/lib.
$(STACKS)/chain_by_id: $(STACKS)/%: $(STACKS)/whole/%
	$(Q)id=$$(readelf -n $< | sed -n 's/.*Build ID: //p') && \
		file=$(STACKS)/debug/.build-id/$$(printf '%.2s' $$id)/$${id#??}.debug && \
		rm -rf $(STACKS)/debug/.build-id && mkdir -p $${file%/*} && \
		$(OBJCOPY) --only-keep-debug $< $$file && chmod 644 $$file
	$(Q)$(OBJCOPY) --strip-all $< $@

$(STACKS)/chain_by_link: $(STACKS)/%: $(STACKS)/whole/%
	@mkdir -p $(STACKS)/debug
	$(Q)$(OBJCOPY) --only-keep-debug $< $(STACKS)/debug/$*.debug && chmod 644 $(STACKS)/debug/$*.debug
	$(Q)$(OBJCOPY) --strip-all --add-gnu-debuglink=$(STACKS)/debug/$*.debug $< $@

# As gdb's manual has it: the functions' names that .dynsym lacks, compressed, in a section of their own.
$(STACKS)/chain_mini: $(STACKS)/%: $(STACKS)/whole/%
	$(Q)nm -D $< --format=posix --defined-only | cut -d ' ' -f 1 | sort >$<.dynsyms
	$(Q)nm $< --format=posix --defined-only | sed -n 's/ [TtD] .*//p' | sort >$<.syms
	$(Q)comm -13 $<.dynsyms $<.syms >$<.keep
	$(Q)$(OBJCOPY) --only-keep-debug $< $<.debug
	$(Q)$(OBJCOPY) -S --remove-section .gdb_index --remove-section .comment \
		--keep-symbols=$<.keep $<.debug $<.debugdata
	$(Q)xz -f $<.debugdata
	$(Q)$(OBJCOPY) --strip-all --add-section .gnu_debugdata=$<.debugdata.xz $< $@
	$(Q)rm -f $<.dynsyms $<.syms $<.keep $<.debug $<.debugdata.xz

# Some 100 MB of debug information, for benchmarks alone; main() and department_0_enter() to department_47_enter()
# are on its stack. On the way there the directory takes twice as much.
BIG_FILES	:= 48

$(O)/tests/big/big: tests/bench/big_sources
	$(say) PROG $@
	@rm -rf $(@D)/sources && mkdir -p $(@D)
	$(Q)tests/bench/big_sources $(@D)/sources $(BIG_FILES) 100 1000
	$(Q)for file in $(@D)/sources/*.c; do \
		$(CC) -O1 -g -fomit-frame-pointer -c -o $${file%.c}.o $$file && rm $$file || exit 1; \
	done
	$(Q)$(CC) -g -o $@ $(@D)/sources/*.o
	@rm -rf $(@D)/sources

# SPDX-License-Identifier: GPL-2.0
# Everything built lies below $(O).
O	?= build
PREFIX	?= /usr/local
DESTDIR	?=
VERSION	:= 0.1.0

# The prefix of the tools that build for another machine: aarch64-linux-gnu-.
CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC	:= $(CROSS_COMPILE)gcc
endif
ifneq ($(CROSS_COMPILE),)
CXX	:= $(CROSS_COMPILE)g++
endif
OBJCOPY	?= $(CROSS_COMPILE)objcopy
CLANG	?= clang
BPFTOOL	?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
STRIP	?= llvm-strip
TRIPLET	:= $(shell $(CC) -dumpmachine)
ifeq ($(CROSS_COMPILE),)
PKG_CONFIG ?= pkg-config
else
# Debian's directories of libraries for other machines.
PKG_CONFIG ?= PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLET)/pkgconfig:/usr/share/pkgconfig pkg-config
endif

# A full dump of a kernel's types to build the BPF side against, in place of the trimmed header.
VMLINUX_H ?=
# 1: one static program.
STATIC	?=

ifeq ($(V),1)
Q	:=
say	:= @:
else
Q	:= @
say	:= @printf '  %-8s %s\n'
endif

# The target's, as the kernel calls it.
ARCH	?= $(shell echo $(TRIPLET) | sed 's/-.*//; s/x86_64/x86/; s/aarch64/arm64/')

WARN	:= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS	?= -O2 -g
CPPFLAGS_ALL := -std=c11 -D_GNU_SOURCE -DOOMTRACE_VERSION='"$(VERSION)"' -iquote src -iquote bpf -iquote $(O)/gen
LIBS	:= libbpf libdw libelf zlib jansson libcap
# Of the toolchain's, which has no .pc file: the demangler.
LIBIBERTY := -liberty
ifeq ($(STATIC),1)
LDFLAGS_ALL := -static
# libdw reads compressed debug files and its .pc file does not name all it takes from.
LDLIBS_ALL := -Wl,--start-group $(shell $(PKG_CONFIG) --static --libs $(LIBS)) $(LIBIBERTY) -llzma -lbz2 -lz -Wl,--end-group -pthread
else
LDFLAGS_ALL :=
LDLIBS_ALL := $(shell $(PKG_CONFIG) --libs $(LIBS)) $(LIBIBERTY) -pthread
endif

BPF_SRC	:= $(wildcard bpf/*.bpf.c)
SKEL	:= $(BPF_SRC:bpf/%.bpf.c=$(O)/gen/%.skel.h)
SRC	:= $(wildcard src/*.c)
OBJ	:= $(SRC:src/%.c=$(O)/obj/%.o)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all deps deps-arm64 demo test test-build test-unit test-host test-vm bench fuzz install uninstall \
	clean format FORCE

all: $(O)/oomtrace

include tests/tests.mk

$(O)/oomtrace: $(OBJ) $(O)/.link
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LDFLAGS_ALL) -o $@ $(OBJ) $(LDLIBS_ALL)

# Changes when the way to link or the kernel types do, so that what depends on them is made anew.
$(O)/.link: FORCE
	@mkdir -p $(O)
	@echo '$(CC) $(CFLAGS) $(LDFLAGS) $(STATIC)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(LDFLAGS) $(STATIC)' > $@

$(O)/.vmlinux: FORCE
	@mkdir -p $(O)
	@echo '$(VMLINUX_H)' | cmp -s - $@ || echo '$(VMLINUX_H)' > $@

$(O)/obj/%.o: src/%.c | $(SKEL)
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(WARN) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The kernel's types: the trimmed header, or a copy of the dump under the same name.
ifeq ($(VMLINUX_H),)
VMLINUX_DIR := vmlinux
else
VMLINUX_DIR := $(O)/vmlinux
$(O)/vmlinux/vmlinux.h: $(VMLINUX_H) $(O)/.vmlinux
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BPF_SRC:bpf/%.bpf.c=$(O)/bpf/%.bpf.o): $(O)/vmlinux/vmlinux.h
endif

$(O)/bpf/%.bpf.o: bpf/%.bpf.c $(O)/.vmlinux
	$(say) BPF $@
	@mkdir -p $(@D)
	$(Q)$(CLANG) -target bpf -D__TARGET_ARCH_$(ARCH) -g -O2 -Wall -Wextra -Werror \
		-Wno-unused-parameter -I$(VMLINUX_DIR) -Ibpf -I/usr/include/$(TRIPLET) \
		-MMD -MP -c -o $@ $<
	$(Q)$(STRIP) -g $@

$(O)/gen/%.skel.h: $(O)/bpf/%.bpf.o
	$(say) SKEL $@
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@

# What building and testing take from Debian.
BUILD_PACKAGES := gcc make clang llvm libbpf-dev bpftool pkg-config libelf-dev libdw-dev zlib1g-dev \
	libjansson-dev libcap-dev liblzma-dev libbz2-dev \
	libiberty-dev libc6-dev
TEST_PACKAGES := libcmocka-dev python3 qemu-system-x86 busybox-static cpio libbpf-tools bpftrace \
	libcap2-bin util-linux procps kmod runc g++ rustc binutils dwz xz-utils

deps:
	@command -v apt-get >/dev/null || { \
		printf '%s\n' 'make deps knows only Debian and its derivatives. Install by hand:' \
			'  to build: gcc make clang llvm-strip bpftool pkg-config, and the headers of' \
			'            libbpf (1.1) libelf libdw zlib libiberty jansson libcap' \
			'  to test:  cmocka python3 qemu-system-x86_64 busybox (static) cpio runc g++ rustc xz' >&2; exit 1; }
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
		$(BUILD_PACKAGES) $(TEST_PACKAGES)

# What building for arm64 and running it there takes besides: has Debian's package manager know a further machine.
ARM64_PACKAGES := gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm \
	$(addsuffix :arm64,libbpf-dev libelf-dev libdw-dev zlib1g-dev libjansson-dev libcap-dev \
		liblzma-dev libbz2-dev libiberty-dev libc6-dev)

deps-arm64:
	dpkg --add-architecture arm64
	apt-get update -q
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $(ARM64_PACKAGES)

demo: $(O)/oomtrace $(O)/tests/progs/eat
	$(Q)O=$(O) tests/demo

install: $(O)/oomtrace
	install -D -m 0755 $(O)/oomtrace $(DESTDIR)$(PREFIX)/bin/oomtrace
	install -D -m 0644 oomtrace.8 $(DESTDIR)$(PREFIX)/share/man/man8/oomtrace.8

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/oomtrace $(DESTDIR)$(PREFIX)/share/man/man8/oomtrace.8

format:
	clang-format -i src/*.[ch] bpf/*.[ch] tests/unit/*.c tests/fuzz/*.c tests/progs/*.c \
		tests/stacks/*.c tests/python/*.[ch] tests/progs/stacks/*.[ch] tests/progs/stacks/*.cpp

clean:
	rm -rf $(O)

-include $(wildcard $(O)/obj/*.d $(O)/bpf/*.d)

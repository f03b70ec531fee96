# What the cases share. Sourced by each; runs under dash and busybox ash.
#
# A case says in its header where it makes sense ("#: KEY WORD..."):
#
#   environments   host, guest
#   cgroups        v1, v2, none (no memory controller at all)
#   tiers          each (once per tier), best (the first tier), none (does not trace)
#   needs          memcg (may set limits), sys_resource (may lower oom_score_adj), rust (a victim written in it),
#                  preempt_rt (a kernel of that kind), python (an interpreter)
#   set            main (runs on the kernels that do not run all), best (in the best tier alone there)
#   ooms           how many times the OOM killer may be invoked, when more than three
#   when           last (disturbs the machine; run after the others)
#
# Then it does something, and writes down what must have come of it (expect); tests/check/check.py compares.
# shellcheck shell=sh

set -u

RUN=$(mktemp -d /tmp/oomtrace-case.XXXXXX)
chmod 777 "$RUN"
STARTED=''
UNDO=''

clean_up() {
	trap '' INT TERM HUP
	trap - EXIT
	for pid in $STARTED; do
		kill -KILL "$pid" 2>/dev/null
	done
	for pid in $STARTED; do
		wait "$pid" 2>/dev/null
	done
	eval "$UNDO"
	rm -rf "$RUN"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# on_exit COMMAND: what must be undone, the latest first.
on_exit() {
	UNDO="$1; $UNDO"
}

die() {
	echo "failed: $*"
	exit 1
}

expect() {
	printf '%s\n' "$*" >>"$OUT/expect"
}

# assert WHAT COMMAND...: a check that only the case itself can make.
assert() {
	what=$1
	shift
	if "$@"; then
		printf 'ok %s\n' "$what" >>"$OUT/asserts"
	else
		printf 'not %s\n' "$what" >>"$OUT/asserts"
	fi
}

uptime_seconds() {
	read -r up _ </proc/uptime
	echo "${up%.*}"
}

# until_true SECONDS COMMAND...: polls until COMMAND succeeds; 1 when the time is up.
until_true() {
	deadline=$(($(uptime_seconds) + $1))
	shift
	until "$@"; do
		[ "$(uptime_seconds)" -lt "$deadline" ] || return 1
		sleep 0.02
	done
}

must() {
	until_true 60 "$@" || die "never came true: $*"
}

is_not() {
	! "$@"
}

# cgroups, named relative to the cgroup made for the tests.

cg_dir() {
	printf '%s' "$CGROOT/$CGTOP/$1"
}

# The path as the kernel names it, from the root of the hierarchy.
cg_path() {
	printf '%s' "/$CGTOP/$1"
}

# cg NAME [LIMIT]: makes a cgroup, with what leads to it.
cg() {
	cg_at=$CGROOT/$CGTOP
	cg_left=$1
	while [ -n "$cg_left" ]; do
		cg_next=${cg_left%%/*}
		case $cg_left in
		*/*) cg_left=${cg_left#*/} ;;
		*) cg_left='' ;;
		esac
		cg_at=$cg_at/$cg_next
		[ -d "$cg_at" ] || mkdir "$cg_at" || die "mkdir $cg_at"
		[ "$CGROUP" != v2 ] || [ -z "$cg_left" ] || echo +memory >"$cg_at/cgroup.subtree_control" ||
			die "subtree_control of $cg_at"
	done
	[ -z "${2:-}" ] || cg_limit "$1" "$2"
}

cg_limit() {
	cg_at=$(cg_dir "$1")
	if [ "$CGROUP" = v2 ]; then
		echo "$2" >"$cg_at/memory.max" || die "memory.max of $1"
	else
		echo "$2" >"$cg_at/memory.limit_in_bytes" || die "limit of $1"
	fi
	# Where the machine has swap, the test would wait for it to fill up first.
	grep -q '^SwapTotal: *0 kB' /proc/meminfo || cg_swap_limit "$1" 0 "$2"
}

# cg_swap_limit NAME SWAP MEMORY-AND-SWAP: each version limits its own way.
cg_swap_limit() {
	cg_at=$(cg_dir "$1")
	if [ "$CGROUP" = v2 ]; then
		echo "$2" >"$cg_at/memory.swap.max"
	else
		echo "$3" >"$cg_at/memory.memsw.limit_in_bytes"
	fi
}

# Victims.

# eat CGROUP ACTION...: starts tests/progs/eat in a cgroup ('-' for none); PID is its pid.
eat() {
	eat_cgroup=$1
	shift
	[ "$eat_cgroup" = - ] || set -- "cgroup=$(cg_dir "$eat_cgroup")" "$@"
	"$PROGS/eat" "$@" &
	PID=$!
	STARTED="$STARTED $PID"
}

# fall CGROUP PROGRAM [ARG...]: runs one of tests/progs/stacks there, until it is killed.
fall() {
	fall_cgroup=$1
	fall_program=$2
	shift 2
	"$PROGS/klog" calm 9
	eat "$fall_cgroup" exec "$PROGS/stacks/$fall_program" "$@"
	reap "$PID"
	assert "$fall_program was killed" [ "$STATUS" = 137 ]
}

# Python.

# pythons: this machine's interpreter, and those that were fetched for the tests.
pythons() {
	for python in /usr/bin/python3.? /usr/bin/python3.?? "$PROGS"/../../python/*/run; do
		[ ! -x "$python" ] || echo "$python"
	done
}

# python_name INTERPRETER: as a record has it.
python_name() {
	python_version=${1%/run}
	python_version=${python_version##*/}
	echo "Python ${python_version#python}"
}

# run_python CGROUP INTERPRETER ARG...: starts it there, without what a user or a distribution added to it.
run_python() {
	run_python_cgroup=$1
	run_python=$2
	shift 2
	"$PROGS/klog" calm 9
	eat "$run_python_cgroup" exec "$run_python" -s -S "$@"
}

# expect_chain NAME N: the stack that tests/progs/stacks/chain.c has.
expect_chain() {
	expect frames "$1" "$2" trigger.user_stack grow@chain.c:LINE:grow reorder@chain.c:LINE:reorder! \
		restock@chain.c:LINE:restock! handle@chain.c:LINE:handle serve@chain.c:LINE:serve \
		main@chain.c:LINE:main
}

# ready NAME: waits for the action ready=$RUN/NAME and keeps what /proc shows of that process. READY_PID and
# READY_TID are the process and the thread that performed it.
ready() {
	must test -s "$RUN/$1"
	read -r READY_PID READY_TID <"$RUN/$1"
	# A first thread that has ended has a cgroup no longer, so the other one is asked for it.
	for ready_file in stat status oom_score_adj "task/$READY_TID/cgroup"; do
		cat "/proc/$READY_PID/$ready_file" >"$OUT/proc.$READY_PID.${ready_file##*/}"
	done
}

gate() {
	mkfifo "$RUN/$1" && chmod 666 "$RUN/$1"
}

# go NAME: lets pass who waits at that gate.
go() {
	: >"$RUN/$1"
}

# reap PID: waits for the end of a process started here; STATUS is how it ended (137 when killed, for memory
# unless the case has a hand in it).
reap() {
	wait "$1"
	STATUS=$?
	[ "$STATUS" != 137 ] || note_killed "$1"
}

# note_killed PID: the case has seen that this one was killed for memory; see tests/check/matrix.py.
note_killed() {
	echo "$1" >>"$OUT/dead"
}

# cling PID [OTHER]: from now on PID cannot end, until CLING is killed: see tests/progs/cling.c.
cling() {
	"$PROGS/cling" "$1" "$RUN/seized" "$RUN/held" ${2:+"$2"} &
	CLING=$!
	STARTED="$STARTED $CLING"
	must test -e "$RUN/seized"
}

is_gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
}

# The kernel's own account, of what it has no counter for and no line in its log.

# kernel_trace NAME FUNCTION...: from now on, calls of these functions are written down in the buffer of that name.
kernel_trace() {
	TRACING=/sys/kernel/tracing/instances/$1
	kernel_trace_name=$1
	shift
	mkdir "$TRACING" || die "no trace buffer"
	for function in "$@"; do
		echo "p:$kernel_trace_name/$function $function" >>/sys/kernel/tracing/kprobe_events ||
			die "$function cannot be traced"
		on_exit "echo -:$kernel_trace_name/$function >>/sys/kernel/tracing/kprobe_events"
	done
	on_exit "rmdir $TRACING"
	echo mono >"$TRACING/trace_clock"
	echo 1 >"$TRACING/options/record-tgid"
	for function in "$@"; do
		echo 1 >"$TRACING/events/$kernel_trace_name/$function/enable"
	done
}

# watch_ways: which way each invocation of the OOM killer takes, for tests/check/ways.py. Begins before the tracer.
watch_ways() {
	kernel_trace ways out_of_memory oom_kill_process __oom_kill_process dump_header
	echo 1 >"$TRACING/events/oom/mark_victim/enable"
}

# end_ways NAME: that was all; the tracer NAME, which has ended, must have reported the same.
end_ways() {
	cat /sys/kernel/tracing/instances/ways/trace >"$OUT/ways"
	assert "the kernel's account is whole" [ -z "$(
		grep -h '^overrun: [1-9]' /sys/kernel/tracing/instances/ways/per_cpu/cpu*/stats)" ]
	expect ways "$1"
}

# The tracer. NAME stands for one run of it: its output is $OUT/NAME.out, its messages $OUT/NAME.err, its
# exit status $OUT/NAME.status.

# tracer NAME COMMAND...: starts it and waits until it is ready.
tracer() {
	tracer_name=$1
	shift
	"$PROGS/bounded" 3600 "$@" </dev/null >"$OUT/$tracer_name.out" 2>"$OUT/$tracer_name.err" &
	eval "tracer_$tracer_name=$!"
	STARTED="$STARTED $!"
	tracer_is_up $!
}

tracer_is_up() {
	until_true 150 ready_or_gone "$1" "$OUT/$tracer_name.err" || die "$tracer_name was never ready"
	grep -q '^oomtrace: ready' "$OUT/$tracer_name.err" || die "$tracer_name ended before it was ready"
}

ready_or_gone() {
	grep -q '^oomtrace: ready' "$2" || is_gone "$1"
}

# trace NAME json|text [OPTION...]: the usual start of it.
trace() {
	trace_name=$1
	trace_kind=$2
	shift 2
	expect stream "$trace_name" "$trace_kind"
	if [ "$trace_kind" = json ]; then
		set -- --json "$@"
	fi
	tracer "$trace_name" "$OOMTRACE" --hook "$TIER" "$@"
}

# why_no_hold: what keeps the kernel from waiting in this tier, as records say it; nothing where it may wait.
why_no_hold() {
	case $TIER,$(uname -mv) in
	tracepoint,*) echo tracepoint ;;
	kprobe,*aarch64) echo interrupts_off ;;
	kprobe,*PREEMPT_RT*) echo preempt_rt ;;
	esac
}

# Debian's level 3 of perf_event_paranoid keeps kprobes for CAP_SYS_ADMIN; upstream's levels do not.
allow_perf() {
	paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
	[ "$paranoid" -gt 2 ] || return 0
	echo 2 >/proc/sys/kernel/perf_event_paranoid
	on_exit "echo $paranoid >/proc/sys/kernel/perf_event_paranoid"
}

# Kernels before 5.11 count BPF maps as locked memory.
maps_are_locked() {
	case $(uname -r) in
	5.[0-9].* | 5.10.*) return 0 ;;
	esac
	return 1
}

allow_maps() {
	! maps_are_locked || ulimit -l unlimited
}

# The capabilities that tracing takes. Before 5.13 kernel symbols take CAP_SYSLOG, and without them the
# tracepoint tier cannot tell how it came to the kill.
tracing_caps() {
	caps=bpf,perfmon,sys_ptrace,dac_read_search
	case $TIER,$(uname -r) in
	tracepoint,5.[0-9].* | tracepoint,5.1[0-2].*) caps=$caps,syslog ;;
	esac
	echo "$caps"
}

# records NAME N: waits until it has written N incidents.
records() {
	must has_records "$OUT/$1.out" "$2"
}

has_records() {
	[ "$(grep -c '"type": *"oom"' "$1")" -ge "$2" ]
}

# end NAME [SIGNAL]: ends it; it must exit 0.
end() {
	eval "end_pid=\$tracer_$1"
	kill "-${2:-TERM}" "$end_pid"
	wait "$end_pid"
	echo $? >"$OUT/$1.status"
	expect status "$1" 0
}

# ended NAME STATUS[,STATUS]: waits for it to end by itself.
ended() {
	eval "end_pid=\$tracer_$1"
	wait "$end_pid"
	echo $? >"$OUT/$1.status"
	expect status "$1" "$2"
}

# once NAME STATUS[,STATUS] COMMAND...: runs a command to its end.
once() {
	once_name=$1
	expect status "$1" "$2"
	shift 2
	"$PROGS/bounded" 60 "$@" </dev/null >"$OUT/$once_name.out" 2>"$OUT/$once_name.err"
	echo $? >"$OUT/$once_name.status"
}

# own_pid NAME: the pid of the tracer itself, from its start record.
own_pid() {
	must grep -q '"type":"start"' "$OUT/$1.out"
	sed -n '1s/.*"pid":\([0-9]*\),"hooks".*/\1/p' "$OUT/$1.out"
}

# What the cases share. Sourced by each; runs under dash and busybox ash.
#
# A case says in its header where it makes sense ("#: KEY WORD..."):
#
#   environments   host, guest
#   cgroups        v1, v2, none (no memory controller at all)
#   tiers          each (once per tier), best (the first tier), none (does not trace)
#   needs          memcg (may set limits), sys_resource (may lower oom_score_adj)
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

# reap PID: waits for the end of a process started here; STATUS is how it ended (137 when killed).
reap() {
	wait "$1"
	STATUS=$?
}

is_gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null
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
	until_true 60 ready_or_gone "$1" "$OUT/$tracer_name.err" || die "$tracer_name was never ready"
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

# Debian's level 3 of perf_event_paranoid keeps kprobes for CAP_SYS_ADMIN; upstream's levels do not.
allow_perf() {
	paranoid=$(cat /proc/sys/kernel/perf_event_paranoid)
	[ "$paranoid" -gt 2 ] || return 0
	echo 2 >/proc/sys/kernel/perf_event_paranoid
	on_exit "echo $paranoid >/proc/sys/kernel/perf_event_paranoid"
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

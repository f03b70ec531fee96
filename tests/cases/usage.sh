#: environments host guest
#: cgroups v1 v2 none
#: tiers none
# Wrong usage: one line on standard error, nothing on standard output, and a status that tells.
. "$CASES/lib.sh"

wrong() {
	wrong_name=$1
	wrong_status=$2
	wrong_word=$3
	shift 3
	once "$wrong_name" "$wrong_status" "$OOMTRACE" "$@"
	expect stderr_lines "$wrong_name" 1
	expect stderr_has "$wrong_name" "$wrong_word"
	expect stdout_empty "$wrong_name"
}

wrong option 2 no-such-option --no-such-option
wrong letter 2 Z -Z
wrong verb 2 no-such-verb no-such-verb
wrong hook 2 no-such-hook --hook no-such-hook
wrong count 2 many --count many
wrong negative 2 -1 --duration -1
wrong pid 2 12x --pid 12x
wrong label 2 without-value --label without-value
wrong argument 2 count --count
wrong rank_pid 2 12x rank 12x
wrong rank_hold 2 hold rank --hold 5
wrong top 2 top --top many
# Where no hierarchy is mounted that is what is wrong.
word=no-such-cgroup
[ "$CGROUP" != none ] || word=cgroup
wrong cgroup 1,2 "$word" --cgroup /no-such-cgroup
wrong output 1,2 no-such-directory --output /no-such-directory/file
wrong directory 1,2 /proc --output /proc

once version 0 "$OOMTRACE" --version
expect stdout_lines version 1
expect stderr_lines version 0
once help 0 "$OOMTRACE" --help
expect says_out help --json --output --cgroup --pid --count --duration --hook --label check rank --top
expect stderr_lines help 0

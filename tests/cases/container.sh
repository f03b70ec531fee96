#: environments guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Containers of runc: one of a Kubernetes pod, with what containerd keeps about it, and one started by hand.
. "$CASES/lib.sh"
. "$CASES/runc"

id=0c5f0f6d1b7e4f6aa1d3e1c2b4a59687968574a3b2c1d0e9f8a7b6c5d4e3f201
sandbox=9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f5e4d3c2b1a0f9e8d
uid=6f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
pod_cgroup=/kubepods/burstable/pod$uid/$id
hand_cgroup=/by-hand/$CGTOP
bundle=/run/containerd/io.containerd.runtime.v2.task/k8s.io/$id
state=/run/containerd/runc/k8s.io

# inside NAME PID: waits for the action ready=/shared/NAME of the process that has this pid outside; NS_PID is
# what it has inside.
inside() {
	must test -s "$RUN/$1"
	read -r NS_PID _ <"$RUN/$1"
	echo "$2 $2" >"$RUN/$1"
	ready "$1"
}

prepare_runc
on_exit "rm -rf /run/containerd"
make_bundle "$bundle" "$pod_cgroup" '
	"io.kubernetes.cri.container-name": "matrix",
	"io.kubernetes.cri.container-type": "container",
	"io.kubernetes.cri.image-name": "registry.example/matrix:1.4",
	"io.kubernetes.cri.sandbox-id": "'$sandbox'",
	"io.kubernetes.cri.sandbox-name": "matrix-7d9f8",
	"io.kubernetes.cri.sandbox-namespace": "shop",
	"io.kubernetes.cri.sandbox-uid": "'$uid'"' \
	'"/bin/eat", "ready=/shared/a", "wait=/shared/go-a", "anon=128M"'
make_bundle "$RUN/bundle" "$hand_cgroup" '' \
	'"/bin/sh", "-c", "/bin/eat ready=/shared/b wait=/shared/go-b anon=128M; exit 0"'

# Of a machine whose /run is not to be seen, only what the path of the cgroup tells is known.
mkdir -p "$RUN/host/proc" "$RUN/host/sys"
for dir in proc sys; do
	mount --rbind "/$dir" "$RUN/host/$dir" || die "mount /$dir elsewhere"
	on_exit "umount -l $RUN/host/$dir"
done

gate go-a
gate go-b
trace json json --hold 200
trace text text
trace other json --root "$RUN/host"

run_container "$id" "$bundle" "$state"
pod_init=$INIT
inside a "$pod_init"
assert "the pod's process is the first of its namespace" [ "$NS_PID" = 1 ]
go go-a
must is_gone "$pod_init"
records json 1

run_container worker "$RUN/bundle" /run/runc
hand_init=$INIT
must test -s "$RUN/b"
read -r child _ <"/proc/$hand_init/task/$hand_init/children"
inside b "$child"
go go-b
must is_gone "$hand_init"
records json 2
records other 2
must grep -q '^OOM KILL #2' "$OUT/text.out"
end json
end text
end other

expect is json 1 victim.pid "$pod_init"
expect is json 1 victim.ns_pid 1
expect is json 1 victim.uid 1000
expect is json 1 victim.exe /bin/eat
expect is json 1 victim.cmdline /bin/eat ready=/shared/a wait=/shared/go-a anon=128M
expect is json 1 victim.cgroup "$pod_cgroup"
expect is json 1 limit.cgroup "$pod_cgroup"
expect is json 1 limit.limit_bytes 67108864
expect is json 1 victim.container.runtime containerd
expect is json 1 victim.container.id "$id"
expect is json 1 victim.container.name matrix
expect is json 1 victim.container.image registry.example/matrix:1.4
expect is json 1 victim.container.pod_uid "$uid"
expect is json 1 victim.container.pod_name matrix-7d9f8
expect is json 1 victim.container.pod_namespace shop
# Its programs are found by way of the process, and without the hold that may be gone.
! grep '"incident":1,' "$OUT/json.out" | grep -q '"state":"acknowledged"' ||
	expect user_stack json 1 touch_pages grow_heap perform main

expect is json 2 victim.pid "$child"
expect is json 2 victim.ppid "$hand_init"
expect is json 2 victim.ns_pid "$NS_PID"
expect is json 2 victim.exe /bin/eat
expect is json 2 victim.cmdline /bin/eat ready=/shared/b wait=/shared/go-b anon=128M
expect is json 2 victim.cgroup "$hand_cgroup"
expect is json 2 victim.container.runtime runc
expect is json 2 victim.container.id worker
expect is json 2 victim.container.name None
expect is json 2 victim.container.pod_uid None

expect is other 1 victim.container.id "$id"
expect is other 1 victim.container.pod_uid "$uid"
for field in runtime name image pod_name pod_namespace; do
	expect is other 1 "victim.container.$field" None
done
expect is other 2 victim.container None

assert "the report names container and pod" grep -q \
	'^  Ran in  *containerd matrix, image .*, pod shop/matrix-7d9f8$' "$OUT/text.out"
assert "the report names the container started by hand" grep -q '^  Ran in  *runc worker$' "$OUT/text.out"

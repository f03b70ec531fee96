#: environments guest
#: cgroups v1 v2
#: tiers best
#: needs memcg
# Containers of runc: one of a Kubernetes pod, with what containerd keeps about it, and one started by hand.
. "$CASES/lib.sh"

id=0c5f0f6d1b7e4f6aa1d3e1c2b4a59687968574a3b2c1d0e9f8a7b6c5d4e3f201
sandbox=9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f5e4d3c2b1a0f9e8d
uid=6f1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d
pod_cgroup=/kubepods/burstable/pod$uid/$id
hand_cgroup=/by-hand/$CGTOP
bundle=/run/containerd/io.containerd.runtime.v2.task/k8s.io/$id
state=/run/containerd/runc/k8s.io

# The parents of a container's cgroup are not runc's to remove.
remove_parents() {
	for hierarchy in $hierarchies; do
		find "$hierarchy/kubepods" "$hierarchy/by-hand" -depth -type d -exec rmdir {} \;
	done
}

restore_controllers() {
	after=$(cat "$CGROOT/cgroup.subtree_control")
	for controller in $after; do
		case " $before " in
		*" $controller "*) ;;
		*) echo "-$controller" >"$CGROOT/cgroup.subtree_control" ;;
		esac
	done
}

hierarchies=$CGROOT
if [ "$CGROUP" = v1 ]; then
	# runc makes no container that it could not keep from the machine's devices.
	devices=${CGROOT%/*}/devices
	mkdir "$devices" || die "mkdir $devices"
	mount -t cgroup -o devices none "$devices" || die "no devices controller"
	on_exit "umount $devices; rmdir $devices"
	hierarchies="$hierarchies $devices"
else
	# runc turns on every controller there is, which the other cases do without.
	before=$(cat "$CGROOT/cgroup.subtree_control")
	on_exit restore_controllers
fi
on_exit remove_parents

# make_bundle DIR CGROUP ANNOTATIONS ARGUMENTS: config.json and a root of two programs; lists as JSON has them.
make_bundle() {
	mkdir -p "$1/rootfs/bin" "$1/rootfs/dev" "$1/rootfs/proc" "$1/rootfs/shared" || die "mkdir $1"
	cp "$PROGS/eat" /bin/busybox "$1/rootfs/bin/" || die "cp to $1"
	ln -s busybox "$1/rootfs/bin/sh"
	namespaces='{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}'
	# The kubelet gives containers one of these with version 2 alone.
	[ "$CGROUP" != v2 ] || namespaces="$namespaces, {\"type\": \"cgroup\"}"
	cat >"$1/config.json" <<-END
		{
			"ociVersion": "1.0.2",
			"process": {
				"user": {"uid": 1000, "gid": 1000},
				"args": [$4],
				"env": ["PATH=/bin"],
				"cwd": "/"
			},
			"root": {"path": "rootfs", "readonly": false},
			"hostname": "matrix",
			"mounts": [
				{"destination": "/proc", "type": "proc", "source": "proc"},
				{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["mode=755"]},
				{"destination": "/shared", "type": "bind", "source": "$RUN", "options": ["bind"]}
			],
			"annotations": {$3},
			"linux": {
				"cgroupsPath": "$2",
				"resources": {"memory": {"limit": 67108864}},
				"namespaces": [$namespaces]
			}
		}
	END
}

# run_container ID BUNDLE STATE: starts it; INIT is the pid of its first process. The machine's root is its
# initramfs, which pivot_root(2) cannot put aside.
run_container() {
	on_exit "runc --root $3 delete --force $1"
	runc --root "$3" run --detach --no-pivot --pid-file "$RUN/$1.pid" --bundle "$2" "$1" </dev/null ||
		die "runc run $1"
	INIT=$(cat "$RUN/$1.pid")
}

# inside NAME PID: waits for the action ready=/shared/NAME of the process that has this pid outside; NS_PID is
# what it has inside.
inside() {
	must test -s "$RUN/$1"
	read -r NS_PID _ <"$RUN/$1"
	echo "$2 $2" >"$RUN/$1"
	ready "$1"
}

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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Hundreds of network namespaces, each with several mounts of toyfs that appear
# at once, are used, and go in every order with descriptors, sockets and the
# namespace itself. TOYFS_MOUNTSTORM=25 is the number of rounds of each of four.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl

[ "$(id -u)" -eq 0 ] || tap_skip_all "needs root"
unshare -nm true 2>/dev/null || tap_skip_all "no namespaces"
rounds=${TOYFS_MOUNTSTORM:-25}
workers=4

# Network namespaces that there are, dying ones too. What is left of one is
# freed as the next one goes.
namespaces()
{
	local cache=/sys/kernel/slab/net_namespace

	unshare -n true
	[ ! -e $cache/shrink ] || echo 1 >$cache/shrink
	awk '$1 == "net_namespace" { print $2 }' /proc/slabinfo
}

# As many as before, or what a processor keeps of a slab
namespaces_settled()
{
	[ "$(namespaces)" -le $((before_namespaces + $(nproc) * 8)) ]
}

storm()
{
	local i pids=()

	for ((i = 0; i < workers; i++)); do
		mkdir -p "$TAP_DIR/$i"/{0,1,2,3}
		"$TAP_LIB/toyfs-mounter" "$i" "$1" "$TAP_DIR/$i" \
			>"$TAP_DIR/storm.$i" 2>&1 &
		pids+=($!)
	done
	wait "${pids[@]}"
	sort "$TAP_DIR"/storm.? | uniq -c | awk '{ $1 = $1; print }'
}

# Everybody who tries is told that the module is in use.
cat >"$TAP_DIR/rmmod" <<'EOF'
while [ ! -e "$1" ]; do
	rmmod toy 2>&1 && echo 'unloaded!'
	sleep 0.05
done
EOF

tap_plan 6

storm 2 >/dev/null
tap_until toyfs_is 0
before_refs=$(toy_refcnt)
before_namespaces=$(namespaces)

tap_start rmmod sh "$TAP_DIR/rmmod" "$TAP_DIR/stop"
started=$SECONDS
tap_is 'storm: nothing unexpected' "$(storm "$rounds")" "$workers done"
echo "# $((workers * rounds)) namespaces in $((SECONDS - started)) s"
touch "$TAP_DIR/stop"
wait "$TAP_PID"
tap_is 'rmmod: the module was in use all the time' \
	"$(sed 's/.*Module toy is in use.*/in use/' "$TAP_DIR/rmmod.out" |
	   sort -u)" 'in use'
tap_is 'left: no mount' "$(grep -c "$TAP_DIR" /proc/mounts)" 0
tap_ok 'left: the module has as many users' \
	tap_until toy_refcnt_is "$before_refs"
tap_ok 'left: no namespace' tap_until namespaces_settled
echo "# namespaces: $before_namespaces before, $(namespaces) after"
tap_is 'left: no socket here' "$(toyfs_count)" 0

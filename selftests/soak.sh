#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything at once, again and again, and what it costs in the end. Each round
# loads the module, makes two namespaces with a cable that loses and delays frames,
# and has for a while
#
#	- pairs, listeners and crowds within the namespace (stress),
#	- streams and seqpackets over the cable, both ways, all of it checksummed,
#	- somebody who opens every file of toyfs, one who dumps all sockets (toyss),
#	- namespaces with mounts and connections that come and go,
#	- the cable unplugged now and then,
#
# then takes all that down and the module out. Memory, namespaces and references are
# the same after the last round as after the first one.
#
#	scripts/vm --smp 4 --mem 2G --timeout 3000 -- selftests/soak.sh [ROUNDS]
#
# SOAK_SECONDS=60 is how long a round's load lasts. SOAK_PLANT=memory, namespace,
# reference or data: whether it would be seen.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tc mount unshare

ROUNDS=${1:-10}
SOAK_SECONDS=${SOAK_SECONDS:-60}
BUILD=${BUILD:-$(dirname "$0")/../build}
TOYSS=$BUILD/tools/toyss
STRESS=$BUILD/selftests/stress
# Seconds that what is told to stop may take for it.
LATE=$((300 * ${TOY_TEST_SLOW:-1}))
# How much more there may be after the last round than after the first one, in KB.
# Documentation/testing says why.
MORE_USED=6144
MORE_SLAB=3072
MORE_PERCPU=512

[ -x "$TOYSS" ] && [ -x "$STRESS" ] || tap_skip_all "not built"
[ -r "${TOY_KO:-}" ] || tap_skip_all "no toy.ko to load"

# ---- who loads it: each works until STOP is there, and prints what went wrong

# bulk_end NUMBER FILE WORD...: one end of a transfer
bulk_end()
{
	in_net "$1" "$TAP_LIB/toy-bulk" "${@:3}" >"$2" 2>&1
}

# What an end sent, and what it got, must be what the other one got and sent.
bulk_agree()
{
	local said=$1

	[ "${SOAK_PLANT:-}" != data ] || sed -i 's/^got 1/got 2/' "$said.client"
	[ "$(grep ^sent "$said.server" | cut -d' ' -f2-)" = \
		"$(grep ^got "$said.client" | cut -d' ' -f2-)" ] &&
		[ "$(grep ^got "$said.server" | cut -d' ' -f2-)" = \
		"$(grep ^sent "$said.client" | cut -d' ' -f2-)" ] &&
		grep -q '^got ' "$said.server"
}

# carry NAME TYPE PORT: transfers over the cable, one after the other, from either
# end in turn
carry()
{
	local said=$TAP_DIR/carry.$1 from=0 to=1 server n=0

	until [ -e "$STOP" ]; do
		: >"$said.server"
		bulk_end $to "$said.server" server "$2" "$3" 200000 &
		server=$!
		tap_until grep -q . "$said.server"
		bulk_end $from "$said.client" client "$2" $((2 + to)) "$3" 200000
		wait $server
		if ! bulk_agree "$said"; then
			echo "$1: what was got is not what was sent:"
			grep -H . "$said.server" "$said.client"
			return 1
		fi
		n=$((n + 1))
		from=$to
		to=$((1 - from))
	done
	echo "$n" >"$TAP_DIR/count.$1"
}

dumps()
{
	local n=0

	until [ -e "$STOP" ]; do
		"$TOYSS" -apieom >"$TAP_DIR/dump" 2>&1 &&
			n0 "$TOYSS" -a >>"$TAP_DIR/dump" 2>&1 || {
			echo 'toyss failed:'
			tail -n 3 "$TAP_DIR/dump"
			return 1
		}
		n=$((n + 1))
		sleep 0.2
	done
	echo "$n" >"$TAP_DIR/count.dumps"
}

walks()
{
	local out

	out=$("$TAP_LIB/toyfs-storm" "$STOP" 2>"$TAP_DIR/storm")
	[ -z "$out" ] || echo "walk: $out"
	sed -n 's/.* \([0-9]*\) files opened.*/\1/p' "$TAP_DIR/storm" \
		>"$TAP_DIR/count.walks"
}

churn()
{
	local n=0 out

	until [ -e "$STOP" ]; do
		out=$("$TAP_LIB/toyfs-mounter" "$1$n" 2 "$TAP_DIR/churn" 2>&1)
		[ "$out" = 'done' ] || echo "namespaces: $out"
		n=$((n + 2))
	done
	echo "$n" >"$TAP_DIR/count.churn"
}

# Not so often that nothing gets through; the devices are up in the end.
flaps()
{
	local n=0

	until [ -e "$STOP" ]; do
		sleep 3
		in_net $((n % 2)) ip link set "toy$((n % 2))" down
		sleep 0.3
		in_net $((n % 2)) ip link set "toy$((n % 2))" up
		n=$((n + 1))
	done
	echo "$n" >"$TAP_DIR/count.flaps"
}

stresses()
{
	TOY_STRESS_SECONDS=$SOAK_SECONDS "$STRESS" >"$TAP_DIR/stress" 2>&1 ||
		grep -B 5 '^not ok' "$TAP_DIR/stress"
	grep -c '^ok' "$TAP_DIR/stress" >"$TAP_DIR/count.stress"
}

# ---- a round

# soak_load NAME COMMAND...: in the background; what it says is a complaint
soak_load()
{
	"${@:2}" >"$TAP_DIR/load.$1" 2>&1 &
	LOADS+=($!)
}

loads_over()
{
	local pid

	for pid in "${LOADS[@]}"; do
		! kill -0 "$pid" 2>/dev/null || return 1
	done
}

# Netem makes the cable worth it; not every kernel has it.
load_all()
{
	local i

	STOP=$TAP_DIR/stop
	LOADS=()
	rm -f "$STOP" "$TAP_DIR"/count.* "$TAP_DIR"/load.*
	mkdir -p "$TAP_DIR"/churn/{0,1,2,3}
	for i in 0 1; do
		in_net $i tc qdisc add dev toy$i root netem loss 0.5% delay 2ms
	done 2>/dev/null
	soak_load stream carry stream 1 9801
	soak_load seqpacket carry seqpacket 5 9802
	soak_load dumps dumps
	soak_load walks walks
	soak_load churn churn "$1"
	soak_load flaps flaps
	soak_load stress stresses
	sleep "$SOAK_SECONDS"
	touch "$STOP"
	TAP_PATIENCE=$LATE tap_until loads_over
}

# kill_loads: those that did not stop, which is a failure of its own
kill_loads()
{
	local pid

	for pid in "${LOADS[@]}"; do
		! kill -KILL "$pid" 2>/dev/null || echo "did not stop: $pid"
	done
}

no_references()
{
	[ "$(cat /sys/module/toy/refcnt)" -eq 0 ]
}

# Back to a machine without the module.
take_down()
{
	local i

	for i in 0 1; do
		umount "$(ether_fs $i)" && rmdir "$(ether_fs $i)"
		ip netns del "$ETHER_NET-$i"
	done
	umount /net/toy
	TAP_PATIENCE=$LATE tap_until no_references
	rmmod toy
}

# plant WHAT: something that stays of this round
plant()
{
	case $1 in
	memory)
		# shellcheck disable=SC2016
		tap_start plant perl -e 'my $x = "x" x 20e6; sleep(1e6)'
		sleep 2
		;;
	namespace) tap_start plant unshare -n sleep 100000 ;;
	reference) tap_start plant perl -I"$TAP_LIB" -MSocket -MToy \
		-e 'my $s = toy_socket(SOCK_STREAM); sleep(1e6)' ;;
	esac
}

# ---- what there is

# What is free counts as in use until the caches are shrunk.
settle()
{
	local cache

	unshare -n true
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for cache in /sys/kernel/slab/*/shrink; do
		echo 1 >"$cache"
	done 2>/dev/null
	sleep 1
}

# "USED SLAB PERCPU NAMESPACES": KB, and objects. Memory of the tmpfs is not the
# kernel's.
measure_once()
{
	settle
	awk -v nets="$(awk '$1 == "net_namespace" { print $2 }' /proc/slabinfo)" '
		{ sub(/:/, "", $1); kb[$1] = $2 }
		END {
			print kb["MemTotal"] - kb["MemFree"] - kb["Buffers"] - \
				kb["Cached"], kb["Slab"], kb["Percpu"], nets + 0
		}' /proc/meminfo
}

# The least of some: what is about to be freed is not what stays.
measure()
{
	local i

	for i in 1 2 3 4; do
		measure_once
	done | awk '
		{ for (i = 1; i <= 4; i++)
			if (NR == 1 || $i < least[i]) least[i] = $i }
		END { print least[1], least[2], least[3], least[4] }'
}

count_of()
{
	cat "$TAP_DIR/count.$1" 2>/dev/null || echo 0
}

soak_round()
{
	local n=$1 start=$SECONDS said

	eval "insmod \"\$TOY_KO\" $TOY_PARAMS"
	mkdir -p /net/toy && mount -t toyfs none /net/toy
	ether_scene >/dev/null
	load_all "$n"
	said=$(kill_loads; cat "$TAP_DIR"/load.*)
	tap_is "round $n: all data as it was sent, nothing unexpected" "$said" ''
	tap_ok "round $n: every load was at work" test \
		"$(count_of stream)" -gt 0 -a "$(count_of seqpacket)" -gt 0 -a \
		"$(count_of dumps)" -gt 0 -a "$(count_of walks)" -gt 0 -a \
		"$(count_of churn)" -gt 0 -a "$(count_of stress)" -gt 0
	plant "${SOAK_PLANT:-}"
	tap_ok "round $n: nothing keeps the module" take_down
	read -r used slab percpu nets <<<"$(measure)"
	printf '# %5d %4d %7d %7d %6d %7d %6d %6d | %8d %7d %7d %6d\n' "$n" \
		$((SECONDS - start)) "$(count_of stream)" \
		"$(count_of seqpacket)" "$(count_of dumps)" "$(count_of walks)" \
		"$(count_of churn)" "$(count_of flaps)" \
		"$used" "$slab" "$percpu" "$nets"
}

# no_more WHAT FIRST LAST TOLERANCE
no_more()
{
	tap_ok "$1: $2 after one round, $3 after $ROUNDS, may be $4 more" \
		test "$3" -le $(($2 + $4))
}

! mountpoint -q /net/toy || umount /net/toy
[ ! -d /sys/module/toy ] || rmmod toy || tap_skip_all 'the module is in use'
tap_plan $((3 * ROUNDS + 5))
echo '# round    s streams seqpkts  dumps   files  netns  flaps |  used KB slab KB percpu  netns'
for ((round = 1; round <= ROUNDS; round++)); do
	soak_round $round
	[ $round -gt 1 ] || first=("$used" "$slab" "$percpu" "$nets")
done
no_more 'memory in use, KB' "${first[0]}" "$used" $MORE_USED
no_more 'slabs, KB' "${first[1]}" "$slab" $MORE_SLAB
no_more 'memory of each processor, KB' "${first[2]}" "$percpu" $MORE_PERCPU
no_more 'network namespaces' "${first[3]}" "$nets" 0
tap_is 'no slab of the family is left' "$(grep -cw TOY /proc/slabinfo)" 0

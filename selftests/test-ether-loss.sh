#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Streams and seqpackets over a cable that loses, doubles, reorders, spoils,
# delays frames or is slow: what arrives is what was sent, both ways at once, to
# the byte and the message. The scene is lib/ether.sh's, the cable's mistakes are
# those of the queueing discipline netem at both ends. All of it twice: with large
# frames, which netem loses and delays whole; then "cut", without segmentation
# offload, and with netem behind the device that receives (by an ifb), as before the
# one that sends frames are still large.
#
#	scripts/vm --env ETHER_FULL=1 --timeout 7200 -- \
#		selftests/run -T 7000 test-ether-loss
#
# sends 100 MB each way over cables that lose up to 1 %, 10 MB at 5 %, 256 KB at
# 30 %, which takes hours. By default it is a hundredth and some of the cables; all of
# them with ETHER_ALL=1 (ten minutes). One alone: ETHER_ONLY='loss of 1 %',
# ETHER_ONLY='cut: loss of 1 %'.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tc ethtool

# With 30 % lost each way every other exchange fails, and each failure in a row
# doubles the wait for the next one: ten of them are 200 s, and nobody's mistake.
PATIENCE=$((120 * ${TOY_TEST_SLOW:-1}))
LONG_PATIENCE=$((600 * ${TOY_TEST_SLOW:-1}))
[ -z "${ETHER_FULL:-}" ] || PATIENCE=3600 LONG_PATIENCE=7200
# Where netem is, and what names of cables begin with.
WIRE=(toy0 toy1)
CUT=

# sizes MANY SOME FEW: bytes each way, but for ETHER_FULL
sizes()
{
	[ -z "${ETHER_FULL:-}" ] || set -- 100000000 10000000 256000
	MANY=$1
	SOME=$2
	FEW=$3
}

# netem WORD...: how the cable is from now on, both ways; without words: perfect
netem()
{
	n0 tc qdisc del dev "${WIRE[0]}" root 2>/dev/null
	n1 tc qdisc del dev "${WIRE[1]}" root 2>/dev/null
	[ $# -eq 0 ] || {
		n0 tc qdisc add dev "${WIRE[0]}" root netem "$@" &&
			n1 tc qdisc add dev "${WIRE[1]}" root netem "$@"
	}
}

# cable NAME BYTES WORD...: both types over a cable like that
cable()
{
	local name=$CUT$1 bytes=$2 patience=$PATIENCE

	[ "$1" != 'loss of 30 %' ] || patience=$LONG_PATIENCE
	shift 2
	if [ "${ETHER_ONLY:-$name}" != "$name" ]; then
		tap_skip "$name: stream" 'not wanted'
		tap_skip "$name: seqpacket" 'not wanted'
		return
	fi
	if ! netem "$@"; then
		tap_skip "$name: stream" "netem cannot: $*"
		tap_skip "$name: seqpacket" "netem cannot: $*"
		return
	fi
	ether_start "$name: stream" 1 "$bytes"
	ether_finish "$patience"
	ether_start "$name: seqpacket" 5 "$bytes"
	ether_finish "$patience"
	netem
}

# Frames dropped for their checksum, at both ends.
spoilt()
{
	echo $(($(ether_stat 0 DroppedChecksum) + \
		$(ether_stat 1 DroppedChecksum)))
}

cables()
{
	local before

	cable 'perfect' "$MANY"
	cable 'loss of 0.1 %' "$MANY" loss 0.1%
	cable 'loss of 1 %' "$MANY" loss 1%
	cable 'loss of 5 %' "$SOME" loss 5%
	cable 'loss of 30 %' "$FEW" loss 30%
	cable 'losses in a row' "$SOME" loss gemodel 1% 30%
	cable 'doubles' "$MANY" duplicate 10%
	cable 'reordered' "$MANY" delay 2ms reorder 75% 50%
	cable 'late by chance' "$MANY" delay 4ms 4ms
	before=$(spoilt)
	cable 'spoilt' "$MANY" corrupt 1%
	if [ "${ETHER_ONLY:-${CUT}spoilt}" = "${CUT}spoilt" ]; then
		tap_ok "${CUT}spoilt: some were dropped for it" \
			test "$before" -lt "$(spoilt)"
	else
		tap_skip "${CUT}spoilt: some were dropped for it" 'not wanted'
	fi
	cable 'far away' "$MANY" delay 50ms
	cable 'slow' "$MANY" rate 10mbit
	cable 'slow, little room' "$MANY" rate 10mbit limit "$ROOM"
	cable 'all of it' "$SOME" delay 3ms 2ms loss 2% duplicate 2% \
		corrupt 0.5% reorder 90% 25% rate 20mbit
}

# Those where single frames make a difference.
some_cables()
{
	few_cables
	cable 'loss of 5 %' "$SOME" loss 5%
	cable 'loss of 30 %' "$FEW" loss 30%
	cable 'spoilt' "$MANY" corrupt 1%
}

# What each change has to pass.
few_cables()
{
	cable 'loss of 1 %' "$MANY" loss 1%
	cable 'reordered' "$MANY" delay 2ms reorder 75% 50%
	cable 'all of it' "$SOME" delay 3ms 2ms loss 2% duplicate 2% \
		corrupt 0.5% reorder 90% 25% rate 20mbit
}

# cut_at NUMBER: the device sends single frames, what it receives goes by "wire"
cut_at()
{
	in_net "$1" ethtool -K "toy$1" gso off tso off tx-sctp-segmentation off &&
		in_net "$1" ip link add wire type ifb &&
		in_net "$1" ip link set wire up &&
		in_net "$1" tc qdisc add dev "toy$1" ingress &&
		in_net "$1" tc filter add dev "toy$1" parent ffff: matchall \
			action mirred egress redirect dev wire
}

ether_scene
n0 tc qdisc add dev toy0 root netem 2>/dev/null || tap_skip_all 'no netem'
CABLES=few_cables
RESULTS=6
CUT_CABLES=few_cables
CUT_RESULTS=6
if [ -n "${ETHER_ALL:-}${ETHER_FULL:-}${ETHER_ONLY:-}" ]; then
	CABLES=cables
	RESULTS=29
	CUT_CABLES=some_cables
	CUT_RESULTS=12
fi
if [ -n "${ETHER_FULL:-}${ETHER_ONLY:-}" ]; then
	CUT_CABLES=cables
	CUT_RESULTS=29
fi
tap_plan $((RESULTS + 1 + CUT_RESULTS + 1 + ETHER_ENDED))

ROOM=10
sizes 500000 60000 12000
$CABLES

# All of it again with single frames.
cut()
{
	CUT='cut: '
	tap_ok 'cut: no segmentation offload' eval 'cut_at 0 && cut_at 1'
	WIRE=(wire wire)
	# Frames, not large ones: a first window fits.
	ROOM=20
	sizes 200000 50000 10000
	$CUT_CABLES
}

modprobe -aq ifb sch_ingress act_mirred cls_matchall
if n0 ip link add wire type ifb 2>/dev/null && n0 ip link del wire; then
	cut
else
	for ((i = 0; i <= CUT_RESULTS; i++)); do
		tap_skip "cut: result $i" 'no ifb'
	done
fi
tap_is 'no connection was reset for it' "$(ether_stat 0 Resets)" 0
ether_ended

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Streams and seqpackets over a cable that loses, doubles, reorders, spoils,
# delays frames or is slow: what arrives is what was sent, both ways at once, to
# the byte and the message. The scene is lib/ether.sh's, the cable's mistakes are
# those of the queueing discipline netem at both ends.
#
#	scripts/vm --env ETHER_FULL=1 --timeout 7200 -- \
#		selftests/run -T 7000 test-ether-loss
#
# sends 100 MB each way over cables that lose up to 1 %, 10 MB at 5 %, 256 KB at
# 30 %, which takes hours. By default it is a hundredth. One cable alone:
# ETHER_ONLY='loss of 1 %'.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tc

MANY=1000000
SOME=100000
FEW=30000
PATIENCE=$((120 * ${TOY_TEST_SLOW:-1}))
if [ -n "${ETHER_FULL:-}" ]; then
	MANY=100000000
	SOME=10000000
	FEW=256000
	PATIENCE=3600
fi

# netem WORD...: how the cable is from now on, both ways; without words: perfect
netem()
{
	n0 tc qdisc del dev toy0 root 2>/dev/null
	n1 tc qdisc del dev toy1 root 2>/dev/null
	[ $# -eq 0 ] || {
		n0 tc qdisc add dev toy0 root netem "$@" &&
			n1 tc qdisc add dev toy1 root netem "$@"
	}
}

# cable NAME BYTES WORD...: both types over a cable like that
cable()
{
	local name=$1 bytes=$2

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
	ether_finish "$PATIENCE"
	ether_start "$name: seqpacket" 5 "$bytes"
	ether_finish "$PATIENCE"
	netem
}

ether_scene
n0 tc qdisc add dev toy0 root netem 2>/dev/null || tap_skip_all 'no netem'
tap_plan $((30 + ETHER_ENDED))

cable 'perfect' $MANY
cable 'loss of 0.1 %' $MANY loss 0.1%
cable 'loss of 1 %' $MANY loss 1%
cable 'loss of 5 %' $SOME loss 5%
cable 'loss of 30 %' $FEW loss 30%
cable 'losses in a row' $SOME loss gemodel 1% 30%
cable 'doubles' $MANY duplicate 10%
cable 'reordered' $MANY delay 2ms reorder 75% 50%
cable 'late by chance' $MANY delay 4ms 4ms
spoilt=$(($(ether_stat 0 DroppedChecksum) + $(ether_stat 1 DroppedChecksum)))
cable 'spoilt' $MANY corrupt 1%
now=$(($(ether_stat 0 DroppedChecksum) + $(ether_stat 1 DroppedChecksum)))
if [ "${ETHER_ONLY:-spoilt}" = spoilt ]; then
	tap_ok 'spoilt: some were dropped for it' test "$spoilt" -lt "$now"
else
	tap_skip 'spoilt: some were dropped for it' 'not wanted'
fi
cable 'far away' $MANY delay 50ms
cable 'slow' $MANY rate 10mbit
cable 'slow, little room' $MANY rate 10mbit limit 10
cable 'all of it' $SOME delay 3ms 2ms loss 2% duplicate 2% corrupt 0.5% \
	reorder 90% 25% rate 20mbit
tap_is 'no connection was reset for it' "$(ether_stat 0 Resets)" 0
ether_ended

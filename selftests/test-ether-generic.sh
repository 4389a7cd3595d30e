#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The generic tests of sockets once more, with the two ends in two namespaces and a
# cable between (lib/ether.sh): toy_pair() makes such pairs where TOY_WIRE is set.
# What ought to be otherwise over a cable is listed below, with the reason.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need

BUILD=${BUILD:-$(dirname "$0")/../build}/selftests
PROGRAMS='every_type_data every_type_poll every_type_io every_type_iov
	every_type_signal'

# Tests whose AF_TOY variants fail over a cable, and have to.
differs()
{
	cat <<-'END'
	# The kernel of the peer acknowledges it, read or not, as with TCP; what
	# a device has sent of datagrams is nobody's any more, as with UDP.
	every_type_data.*.siocoutq__not_yet_taken_by_the_peer
	every_type_data.*.siocoutq__is_exact_where_there_is_a_connection
	every_type_data.*.siocoutq__is_0_once_the_peer_is_closed
	# A peer that closed may still take what we send, as far as we know.
	every_type_poll.*.pollers_for_pollhup_alone__wake
	every_type_poll.*.poll__of_a_closed_connection
	# A datagram is one frame, and waits for nobody's room.
	every_type_io.toy_dgram.sendmmsg__takes_1024_a_call
	every_type_io.toy_dgram.eagain__on_full
	every_type_io.toy_dgram.bytes__*
	every_type_io.*.sendmmsg__returns_the_part_that_fitted
	# What the window kept at the sender comes after what was there is read.
	every_type_signal.toy_seqpacket.eintr__of_a_send
	# The longest message is what the peer took when the call was made.
	every_type_io.toy_seqpacket.bytes__larger_message_with_larger_buffers
	END
}

# is_different TEST
is_different()
{
	local pattern

	while read -r pattern; do
		# shellcheck disable=SC2254 # a pattern it is
		case $1 in
		$pattern) return 0 ;;
		esac
	done < <(differs | grep -v '^#')
	return 1
}

# run PROGRAM VARIANT: 'ok NAME' or 'not ok NAME' for each of its tests
run()
{
	TOY_WIRE=/run/netns/$ETHER_NET- "$BUILD/$1" -v "$2" 2>&1 |
		sed -nE 's/^((not )?ok) [0-9]+ (#.*)?([a-z_]+[.]toy_[^ ]*).*/\1 \4/p'
}

ether_scene
for program in $PROGRAMS; do
	run "$program" toy_stream
	run "$program" toy_seqpacket
done >"$TAP_DIR/results"
# Datagrams have more of their own (ether_dgram.c) than in common.
run every_type_data toy_dgram >>"$TAP_DIR/results"
run every_type_io toy_dgram >>"$TAP_DIR/results"
tap_plan "$(wc -l <"$TAP_DIR/results")"
while read -r line; do
	name=${line#*ok }
	if [ "$line" = "ok $name" ]; then
		tap_pass "$name"
	elif is_different "$name"; then
		tap_pass "$name: differs, as it has to"
	else
		tap_fail "$name"
	fi
done <"$TAP_DIR/results"

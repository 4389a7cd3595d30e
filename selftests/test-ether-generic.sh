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
	every_type_signal every_type_file every_type_uring every_type_thread
	messages stream'

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
	every_type_signal.*.eintr__of_a_send
	every_type_signal.*.sa_restart__of_a_send
	# The longest message is what the peer took when the call was made.
	every_type_io.toy_seqpacket.bytes__larger_message_with_larger_buffers
	# What was sent is the sender's until the kernel of the peer has it, not
	# until it is read: two queues are full when a sender waits, and what a
	# read makes room for is known here a moment later.
	bounded.*.zero_length__are_bounded
	bounded.*.large__of_so_sndbuf_less_32
	bounded.*.pollout__follows_capacity
	bounded.*.pollout__is_never_a_lie
	bounded.*.full__reading_wakes_a_blocked_sender
	bounded.*.full__sndbuf_enlarged_lets_more_in
	stream.*.blocked_writer_peer_closes__nothing_sent_is_an_error
	stream.*.sndbuf_enlarged__unblocks_a_writer
	urgent.*.send_oob__full_is_eagain
	# Nobody tells the sender that the peer reads no more, but a reset.
	bounded.*.shutdown__of_reading_is_epipe_for_the_sender
	seqpacket.*.end_of_file__after_the_last_message
	seqpacket.*.blocked_writer__peer_closes
	stream.*.peer_closes_clean__poll_bits
	# With windows of a few bytes both ends wait for timers, as TCP does.
	stream.*.blocking_write_larger_than_the_buffer__small_sndbuf
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

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The generic tests' TCP and UDP once more, run by toyrun: what is expected of the
# yardsticks is expected of AF_TOY that passes for them. What is otherwise is listed
# below, with the reason.

. "$(dirname "$0")/lib/tap.sh"
tap_need

BUILD=${BUILD:-$(dirname "$0")/../build}
PROGRAMS='choices choices_oob every_type_addr every_type_data every_type_file
	every_type_io every_type_iov every_type_opts every_type_poll
	every_type_signal every_type_socket listening messages regressions'

[ -x "$BUILD/tools/toyrun" ] || tap_skip_all 'no toyrun: make tools'

# What toyrun does not hide; see Documentation/differences.md.
differs()
{
	cat <<-'END'
	# Ports are chosen from net.toy.port_range, which the test leaves alone.
	every_type_addr.udp.port_0__none_left_eaddrinuse
	# Sends without an address go to the kernel as they are.
	every_type_poll.udp.shutdown__own_send_epipe_and_sigpipe
	# Within a node a close is known to both ends at once.
	every_type_poll.tcp.poll__of_a_closed_connection
	# EINVAL is AF_TOY's errno; TCP's is EISCONN.
	listening.tcp.connect__on_a_listener
	listening.tcp.connect__a_listener_to_itself
	END
}

# is_different TEST
is_different()
{
	differs | grep -qx "$1"
}

# run PROGRAM VARIANT: 'ok NAME' or 'not ok NAME' for each of its tests
run()
{
	tap_timed "$BUILD/tools/toyrun" "$BUILD/selftests/$1" -v "$2" 2>&1 |
		sed -nE 's/^((not )?ok) [0-9]+ (#.*)?([a-z_]+[.](tcp|udp)[.][^ ]*).*/\1 \4/p'
}

for program in $PROGRAMS; do
	run "$program" tcp
	run "$program" udp
done >"$TAP_DIR/results"
tap_plan $(($(wc -l <"$TAP_DIR/results") + 1))
tap_ok 'there are as many as there ought to be' \
	test "$(wc -l <"$TAP_DIR/results")" -gt 350
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

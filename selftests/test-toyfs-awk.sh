#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Awk as a client and as a server, by nothing but files: every awk there is.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need perl busybox

awks=()
for awk in mawk gawk original-awk 'busybox awk'; do
	command -v "${awk%% *}" >/dev/null && awks+=("$awk")
done

# Some reuse a file by its name, whatever it was opened for: data has two. Some
# wait until their buffer is full: they hear (talk=0) when all has been said.
cat >"$TAP_DIR/client.awk" <<'EOF'
function hear(i) {
	answer = ""
	getline answer < from
	heard = heard "," (answer == toupper(text[i]) ? "same" : answer)
}
BEGIN {
	tree = "/net/toy/" type
	getline n < (tree "/clone")
	ctl = tree "/" n "/ctl"
	to = tree "/" n "/data"
	from = tree "/" n "/./data"
	print "connect 1:" port > ctl
	close(ctl)
	long = sprintf("%3000s", "")
	gsub(" ", "x", long)
	text[1] = "one"; text[2] = "a longer line"; text[3] = long
	for (i = 1; i <= 3; i++) {
		print text[i] > to
		fflush(to)
		if (talk)
			hear(i)
	}
	if (!talk) {
		print "shutdown wr" > ctl
		close(ctl)
		for (i = 1; i <= 3; i++)
			hear(i)
	}
	print substr(heard, 2)
}
EOF

# Awk as a server, one caller after the other: two of them, then it ends
cat >"$TAP_DIR/server.awk" <<'EOF'
BEGIN {
	tree = "/net/toy/" type
	getline n < (tree "/clone")
	ctl = tree "/" n "/ctl"
	print "announce *:" port > ctl
	close(ctl)
	for (calls = 0; calls < 2; calls++) {
		getline c < (tree "/" n "/listen")
		from = tree "/" c "/data"
		to = tree "/" c "/./data"
		getline line < from
		print "awk heard " line > to
		close(from)
		close(to)
		close(tree "/" n "/listen")
	}
}
EOF

# reads_ahead AWK: whether it waits for a full buffer
reads_ahead()
{
	[[ $1 = @(mawk|original-awk) ]]
}

# client_of AWK: in each type a conversation with sockets
client_of()
{
	local type talk=1

	reads_ahead "$1" && talk=0
	for type in stream seqpacket dgram; do
		if [ $type = dgram ] && [ $talk = 0 ]; then
			tap_skip "$1: $type" 'there is no end to read to'
			continue
		fi
		# shellcheck disable=SC2086 # busybox awk is two words
		tap_is "$1: a client of sockets, $type" "$(tap_timed $1 \
			-v type=$type -v port=9800 -v talk=$talk \
			-f "$TAP_DIR/client.awk" 2>&1)" same,same,same
	done
}

# server_of AWK: called by a socket, then by files
server_of()
{
	local server

	# shellcheck disable=SC2086
	tap_start server.awk $1 -v type=stream -v port=9801 \
		-f "$TAP_DIR/server.awk"
	server=$TAP_PID
	tap_ok "$1: a server listens" tap_until toyfs_listens stream 9801
	tap_is "$1: a server of sockets" "$(caller 9801 1 hello)" \
		'awk heard hello'
	# shellcheck disable=SC2016
	tap_is "$1: a server of files" "$(tap_timed bash -c '
		T=/net/toy/stream
		exec 3<>$T/clone; read n <&3; echo "connect 1:9801" >&3
		exec 4<>$T/$n/data; echo again >&4; echo "shutdown wr" >&3
		read -r r <&4; echo "$r"' 2>&1)" 'awk heard again'
	tap_ok "$1: the server ends" tap_until gone "$server"
	tap_stop "$server"
}

tap_plan $((7 * ${#awks[@]} + 1))

upper 1 9800
upper 5 9800
upper 2 9800
for awk in "${awks[@]}"; do
	client_of "$awk"
	server_of "$awk"
done
tap_until toyfs_is 3
tap_is 'all: nothing is left but the servers' "$(toyfs_count)" 3

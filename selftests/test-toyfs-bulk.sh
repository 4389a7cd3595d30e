#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Much data through the files of toyfs, by programs that copy files: nothing is
# lost, doubled or exchanged. TOY_BULK_MB=100 is the size of the big file.

export TAP_PATIENCE=${TAP_PATIENCE:-200}
. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyfs.sh"
toyfs_need dd busybox perl python3 sha256sum socat

megabytes=${TOY_BULK_MB:-100}
port=9900

# Two connected ends by files: near and far are the paths of their directories.
# Descriptors 6 and 7 keep them.
pair()
{
	local tree=$TOYFS/$1 n c

	port=$((port + 1))
	exec 3<>"$tree/clone"
	read -r n <&3
	echo "announce 1:$port" >&3
	exec 6<>"$tree/clone"
	read -r c <&6
	near=$tree/$c
	echo "connect 1:$port" >&6
	exec 7<>"$tree/$n/listen"
	read -r c <&7
	far=$tree/$c
	exec 3>&-
}

unpair()
{
	exec 6>&- 7>&-
}

# send FILE-END COMMAND...: a writer in the background, then end of file; the
# reader is whoever reads the other end
send()
{
	local end=$1

	shift
	# Its descriptors are not the test's: who hangs up is us alone.
	{
		"$@" 2>"$TAP_DIR/send.err"
		echo $? >"$TAP_DIR/send.rc"
		echo 'shutdown wr' >"$end/ctl"
	} 6>&- 7>&- &
	sender=$!
}

# sent NAME GOT WANT: the sums, and whether the writer was content
sent()
{
	local rc

	wait "$sender"
	rc=$(cat "$TAP_DIR/send.rc")
	tap_is "$1" "$2" "$3"
	[ "$rc" = 0 ] || sed 's/^/# the writer: /' "$TAP_DIR/send.err"
	tap_is "$1: the writer is content" "$rc" 0
}

# There, back and both ways at once.
big_ways()
{
	local type=$1

	pair "$type"
	send "$near" sh -c "cat '$TAP_DIR/big' >'$near/data'"
	sent "$type: $megabytes MB by cat, to who accepted" \
		"$(tap_timed cat "$far/data" | sum)" "$want"
	send "$far" sh -c "cat '$TAP_DIR/big' >'$far/data'"
	sent "$type: $megabytes MB by cat, to who connected" \
		"$(tap_timed cat "$near/data" | sum)" "$want"
	tap_is "$type: status counts nothing as waiting" \
		"$(sed 's/.* \(rq=[0-9]*\) .*/\1/' "$far/status")" rq=0
	unpair
}

both_ways()
{
	local type=$1 near_pid

	pair "$type"
	send "$near" sh -c "cat '$TAP_DIR/some' >'$near/data'"
	near_pid=$sender
	tap_timed cat "$near/data" 6>&- 7>&- | sum >"$TAP_DIR/near.sum" &
	{
		cat "$TAP_DIR/other" >"$far/data"
		echo 'shutdown wr' >"$far/ctl"
	} 6>&- 7>&- &
	tap_is "$type: both ways at once, one way" \
		"$(tap_timed cat "$far/data" | sum)" "$want_some"
	wait "$near_pid"
	tap_until test -s "$TAP_DIR/near.sum"
	tap_is "$type: both ways at once, the other way" \
		"$(cat "$TAP_DIR/near.sum")" "$want_other"
	unpair
	wait
}

# One program writes or reads in a way of its own.
writes()
{
	local name=$1 type=$2

	pair "$type"
	send "$near" sh -c "$3"
	sent "$type: $name" "$(tap_timed cat "$far/data" | sum)" "$want_some"
	unpair
}

reads()
{
	local name=$1 type=$2

	pair "$type"
	send "$near" sh -c "cat '$TAP_DIR/some' >'$near/data'"
	sent "$type: $name" "$(tap_timed sh -c "$3" | sum)" "$want_some"
	unpair
}

# For the commands of those two, which sh expands where both ends are known
export near far some=$TAP_DIR/some

cat >"$TAP_DIR/splice.py" <<'EOF'
# splice.py FROM TO SIZE: FROM or TO is a pipe, the other a file of toyfs
import os, sys

source = os.open(sys.argv[1], os.O_RDONLY)
sink = os.open(sys.argv[2], os.O_WRONLY)
size = int(sys.argv[3])
while os.splice(source, sink, size):
    pass
EOF

cat >"$TAP_DIR/sendfile.py" <<'EOF'
import os, sys

source = os.open(sys.argv[1], os.O_RDONLY)
sink = os.open(sys.argv[2], os.O_WRONLY)
while os.sendfile(sink, source, None, 77777):
    pass
EOF
export splice=$TAP_DIR/splice.py sendfile=$TAP_DIR/sendfile.py

tap_plan 66

head -c "$((megabytes * 1000000))" /dev/urandom >"$TAP_DIR/big"
head -c 3000017 "$TAP_DIR/big" >"$TAP_DIR/some"
tail -c 2999993 "$TAP_DIR/big" >"$TAP_DIR/other"
want=$(sum <"$TAP_DIR/big")
want_some=$(sum <"$TAP_DIR/some")
want_other=$(sum <"$TAP_DIR/other")

big_ways stream
rm "$TAP_DIR/big"

# Message types keep what a file's reader leaves of a message.
for type in stream seqpacket; do
	both_ways "$type"
	# shellcheck disable=SC2016 # expanded by the sh that runs them
	{
	writes 'dd writes 777 bytes at a time' $type \
		'dd if=$some of=$near/data bs=777 status=none'
	writes 'dd writes 65537 bytes at a time' $type \
		'dd if=$some of=$near/data bs=65537 status=none'
	writes 'busybox cat writes (sendfile)' $type \
		'busybox cat $some >$near/data'
	writes 'sendfile' $type 'python3 $sendfile $some $near/data'
	writes 'splice from a pipe' $type \
		'cat $some | python3 $splice /dev/stdin $near/data 50001'
	writes 'tee writes' $type 'tee $near/data <$some >/dev/null'
	writes 'socat writes' $type \
		'socat -u -b 10007 OPEN:$some OPEN:$near/data'
	reads 'dd reads 777 bytes at a time' $type \
		'dd if=$far/data bs=777 status=none'
	reads 'dd reads 1000003 bytes at a time' $type \
		'dd if=$far/data bs=1000003 status=none'
	reads 'dd reads whole blocks' $type \
		'dd if=$far/data bs=50021 iflag=fullblock status=none'
	reads 'splice to a pipe' $type \
		'python3 $splice $far/data /dev/stdout 50001 | cat'
	reads 'busybox cat reads' $type 'busybox cat $far/data'
	reads 'tee reads' $type 'tee /dev/null <$far/data'
	}
done

# --- messages one by one

# messages NAME WANT SETTING COMMAND: what a reader gets of 'first', 'second'
messages()
{
	pair seqpacket
	[ -z "$3" ] || echo "$3" >&7
	printf 'first' >"$near/data"
	printf 'second' >"$near/data"
	echo 'shutdown wr' >&6
	tap_is "seqpacket: $1" "$(tap_timed sh -c "$4" 2>&1)" "$2"
	unpair
}

# shellcheck disable=SC2016
{
messages 'a read gives one message' first '' \
	'dd if=$far/data bs=100 count=1 status=none'
messages 'a short read keeps the rest' 'fir,st,sec' '' \
	'for i in 1 2 3; do dd if=$far/data bs=3 count=1 status=none
	 [ $i = 3 ] || printf ,; done'
messages 'a short read discards the rest if told so' 'fir,sec' 'short discard' \
	'for i in 1 2; do dd if=$far/data bs=3 count=1 status=none
	 [ $i = 2 ] || printf ,; done'
messages 'headers tell whose it is' '1:PORT first' 'headers on' \
	'dd if=$far/data bs=100 count=1 status=none | sed "s/:[0-9]* /:PORT /"'
}

tap_until toyfs_is 0
tap_is 'all: nothing is left' "$(toyfs_count)" 0

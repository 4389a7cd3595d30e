#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 10 'The handshake and the close in a capture'

# What each frame of the connection says, in order: who, flags, Seq, Ack, Len. What
# was sent again, as it may be on a slow machine, counts once; PSH says nothing here.
frames()
{
	perl -ne 'next unless /(\d+):\d+ → \d+:\d+ \[(.*?)\] (.*)/;
		my ($node, $flags, $rest) = ($1, $2, $3);
		$flags =~ s/PSH, //;
		my ($seq) = $rest =~ /Seq=(\d+)/;
		my $ack = $rest =~ /Ack=(\d+)/ ? $1 : "-";
		my ($len) = $rest =~ /Len=(\d+)/;
		my $line = "$node $flags $seq $ack $len";
		print("$line\n") unless $seen{$line}++;' frames.txt
}

# shown FRAME...: these come in this order
shown()
{
	frames | perl -e 'while (<STDIN>) {
			print;
			chomp;
			shift(@ARGV) if @ARGV && $_ eq $ARGV[0];
		}
		exit(@ARGV != 0);' -- "$@"
}

# numbers FLAGS COLUMN: the number itself, of the first frame with these flags
numbers()
{
	awk -F '\t' -v flags="[$1]" -v column="$2" \
		'index($2, flags) { print $column; exit }' frames.txt
}

# counts_one NUMBER NEXT: modulo 2^32
counts_one()
{
	[ $((($1 + 1) & 0xffffffff)) -eq "$2" ]
}

# in_state STATE COUNT: so many are in that state, in a
in_state()
{
	[ "$(a toyss -H state "$1" | wc -l)" -eq "$2" ]
}

say 'A connection begins and ends with frames that carry no data. They are on the wire
for whoever listens there. This lab catches a whole connection, from the first frame to
the last, and reads it.'
two_nodes
say 'dumpcap writes down what passes the device of b. 0x88b5 is the EtherType of the
family.'
try 'b dumpcap -q -i eth0 -f "ether proto 0x88b5" -w frames.pcapng 2>dumpcap.log &'
wait_for 200 grep -q File: dumpcap.log

say 'A client in a, a server in b. Descriptor 3 listens, 4 calls, 5 is what the server
accepts; 6 and 7 are the data of both ends.'
conversation
try 'echo hello >&6; read -r line <&7; echo "$line"'
promise_like 'the word is there' '^hello$'

say 'The client says its end; close(2) would do the same. The server has not said its own
yet: the connection is closed in one direction.'
try 'echo "shutdown wr" >&4'
look 'FIN-WAIT-2 in a, "I have said my end", and CLOSE-WAIT in b, "you have, and I have
not".'
wait_for 60 in_state fin-wait-2 1
try 'a toyss -a; b toyss'
promise_like 'the client waits for the other end' '^toy_str +FIN-WAIT-2 '
promise_like 'the server has yet to close' '^toy_str +CLOSE-WAIT '

say 'Now the server closes, and that was it; the client need not keep its descriptors.'
try 'exec 5>&- 7>&-; exec 4>&- 6>&-'
wait_for 60 in_state time-wait 1
look 'the one who said its end first. It keeps the pair of addresses for a minute (lab 14).'
try 'a toyss -ao; b toyss'
promise_like 'who was first is in TIME-WAIT' \
	'^toy_str +TIME-WAIT .* 2:[0-9]+ +3:80 +timer:\(timewait,'
promise 'the other one has nothing left' tried_lacks ' 3:80 +2:[0-9]+'

say 'A datagram marks the end of the capture: one frame, without any of this.'
try 'exec 8<>/net/a/dgram/clone; read u <&8; echo "headers on" >&8
echo "3:9 that was all" >/net/a/dgram/$u/data'
wait_for 200 grep -qs 'that was all' frames.pcapng
try 'kill %?dumpcap'
wait_for 60 grep -q Packets dumpcap.log

say 'tshark reads the file, with a plugin that knows the protocol. It is one line for a
frame: seconds, from where to where, flags, numbers. At its end are the sequence and
acknowledgement numbers as they really are.'
try <<'END'
tshark -X lua_script:$LAB_TOP/tools/wireshark/toy.lua -r frames.pcapng -T fields \
  -e frame.time_relative -e _ws.col.Info -e toy.seq_raw -e toy.ack_raw \
  >frames.txt 2>/dev/null
cut -f 1,2 frames.txt
END
say 'Before anything: node 2 asks everybody where node 3 is, as ARP does.'
promise_like 'who has node 3?' 'Who has node 3\? Tell node 2'
promise_like 'node 3 says where it is' 'Node 3 is at 02:00:00:00:00:03'

say 'The handshake. SYN: I call, my bytes are counted from this number on. SYN ACK: I
have that, and mine from this one. ACK: I have that, too. Each side has then said where
it begins and knows that the other one has heard it; two frames would not be enough for
that.'
promise 'three frames open: SYN, SYN ACK, ACK' \
	shown '2 SYN 0 - 0' '3 SYN, ACK 0 1 0' '2 ACK 1 1 0'
promise_like 'a SYN says how large segments may be' '\[SYN\] .*MSS=1464'
promise_like 'and that SACK may be used' '\[SYN, ACK\] .*SACK_PERM'

say 'The data. "hello" and a newline are 6 bytes, of which the first is number 1. The ACK
names the byte that is expected next: 7. So all before it have arrived.'
promise 'six bytes, acknowledged as 7' shown '2 ACK 1 1 6' '3 ACK 1 7 0'

say 'The close, four frames. FIN: I have said all. It is acknowledged by itself, since
the other side may have a lot to say still. Then the same the other way.'
promise 'four frames close: FIN, ACK, FIN, ACK' \
	shown '2 FIN, ACK 7 1 0' '3 ACK 1 8 0' \
	'3 FIN, ACK 1 8 0' '2 ACK 8 2 0'

look 'Ack, which is one more than Seq of the SYN although it has no payload. SYN and FIN
take a number each, so that they can be acknowledged, and sent again, like a byte. And
the beginnings are no small numbers: a stranger who wants to put something into a
connection has to guess them.'
try 'grep -E "SYN|FIN" frames.txt | cut -f 2-4'
promise 'SYN takes one number' counts_one \
	"$(numbers SYN 3)" "$(numbers 'SYN, ACK' 4)"
promise 'so does the SYN of the answer' counts_one \
	"$(numbers 'SYN, ACK' 3)" "$(numbers ACK 4)"
promise 'the two ends begin at different numbers' \
	test "$(numbers SYN 3)" != "$(numbers 'SYN, ACK' 3)"

look 'how little a datagram needs, and what comes back when nobody has the port.'
try 'tail -n 2 frames.txt | cut -f 2'
promise_like 'a datagram is one frame' '2:[0-9]+ → 3:9 Len=13'
promise_like 'and it is refused' '3:9 → 2:[0-9]+ refused'

say 'Which rule says what: 10-handshake.md, beside this script.'
lab_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 12 'Flow control, and a window of zero'

# probed COUNT: so many probes have been sent while the window was shut
probed()
{
	a toyss -o | grep -qE "timer:\(persist,[^,]*,($1|[1-9][0-9])\)"
}

# over PID: it has come to its end
over()
{
	! kill -0 "$1"
}

# windows: what b announced, one a line, in order, each once in a row
windows()
{
	sed -n 's/.*[[:space:]]3:80 → .*Win=\([0-9]*\).*/\1/p' frames.txt | uniq
}

# falls: the first one is some room, then there is none, at last there is again
falls()
{
	windows | awk 'NR == 1 { first = $1 }
		first && !$1 { shut = 1 }
		shut && $1 >= first / 2 { open = 1 }
		END { exit !open }'
}

# probes COUNT: so many ACKs of a that name a byte which b has had, so that b answers;
# behind each is an answer that says: no room
probes()
{
	awk -v least="$1" '
		{ seq = ack = 0 }
		match($0, / Seq=[0-9]+/) { seq = substr($0, RSTART + 5) + 0 }
		match($0, / Ack=[0-9]+/) { ack = substr($0, RSTART + 5) + 0 }
		/[[:space:]]3:80 → / { if (probe && / Win=0 /) n++
			      probe = 0; had = ack }
		/ → 3:80 / && / Len=0/ { probe = seq == had - 1 }
		END { exit n < least }' frames.txt
}

say 'A sender may be faster than a reader. What the reader has not taken lies in its
receive buffer, and that has an end. So each acknowledgement says how much room is left:
the window. No sender goes beyond it.'
two_nodes
say 'All frames are written down, for later.'
try 'b dumpcap -q -i eth0 -f "ether proto 0x88b5" -w frames.pcapng 2>dumpcap.log &'
wait_for 200 grep -q File: dumpcap.log
say 'The server has a small receive buffer, of which half is window; it has to be set
before there is a connection.'
conversation 'set rcvbuf 32768'
say 'The client has a file to send that is much larger. cat does not come to its end:
nobody reads.'
try 'seq 100000 >numbers; wc -c numbers
cat numbers >&6 & writer=$!'
wait_for 250 probed 4

look 'Recv-Q of b: what waits there to be read; it is exactly the window. Send-Q of a:
what is still in the send buffer. And the timer persist.'
try 'a toyss -o; b toyss'
promise_like 'the receive buffer is full' '^toy_str +ESTAB +32768 +0 +3:80 '
promise_like 'much more waits with the sender' '^toy_str +ESTAB +0 +[0-9]{6} +2:'
promise_like 'the sender asks from time to time' 'timer:\(persist,'

look 'what cat does: it sleeps, in the write() that found no room.'
try 'grep State /proc/$writer/status; cat /proc/$writer/wchan; echo'
promise_like 'cat sleeps' '^State:.*sleeping'
promise 'it has not written all' kill -0 "$writer"

say 'Why does the sender ask? When there is room again the reader says so, in an
acknowledgement, and that can be lost. Then one side would wait for the news and the
other for data, for ever. So the sender probes: it sends an ACK with a number that the
other one has had already. Such a thing is answered, and the answer has the window in
it.'

say 'Now somebody reads.'
try 'cat <&7 >copy & reader=$!'
wait_for 200 over "$writer"
try 'echo "shutdown wr" >&4'
wait_for 200 over "$reader"
try 'ls -l numbers copy; cmp numbers copy && echo the same'
promise_like 'all of it has arrived' '^the same$'

try 'exec 8<>/net/a/dgram/clone; read u <&8; echo "headers on" >&8
echo "3:9 that was all" >/net/a/dgram/$u/data'
wait_for 200 grep -qs 'that was all' frames.pcapng
try 'kill %?dumpcap'
wait_for 60 grep -q Packets dumpcap.log
look 'Win, the window. b, port 80, has less and less room, then none. Then a asks: an
ACK whose Seq is one less than what b expects. b answers, Win=0. At last b speaks
unasked: somebody has read, and there is room.'
try <<'END'
tshark -X lua_script:$LAB_TOP/tools/wireshark/toy.lua -r frames.pcapng -T fields \
  -e frame.time_relative -e _ws.col.Info -Y "toy.type == 5" >frames.txt 2>/dev/null
head -n 24 frames.txt
END
promise 'the window falls to 0, and opens again' falls
promise 'at least two probes were answered: no room' probes 2

say 'This is flow control: it protects the reader. What protects the path between them
is another thing, congestion control: lab 13. Which rule says what: 12-window.md, beside
this script.'
lab_end

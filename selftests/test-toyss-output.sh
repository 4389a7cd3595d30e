#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# toyss where there is no socket and no module: how it prints what the kernel
# would have told.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/toyss.sh"
for program in perl script; do
	command -v $program >/dev/null || tap_skip_all "no $program"
done
python3 -c 'import json' 2>/dev/null || tap_skip_all "no python3 with json"
toyss_build
toyss_replay
export PYTHONIOENCODING=utf-8

# prints NAME LINE OPTIONS WANT: all of the output, for one socket
prints()
{
	toyss_record <<<"$2"
	# shellcheck disable=SC2086 # a list of words
	tap_is "$1" "$(toyss -aH $3 2>&1)" "$4"
}

# shows NAME LINE OPTIONS WANT: what stands after the addresses
shows()
{
	toyss_record <<<"$2"
	# shellcheck disable=SC2086
	tap_is "$1" "$(toyss -aHO $3 2>&1 | sed 's/^[^:]*:[^:]*:[^ ]* *//')" \
		"$4"
}

columns()
{
	local want

	want='Netid   State  Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
toy_str LISTEN 2      128                *:80               *:*
toy_seq ESTAB  0      70000              1:32768            1:80
toy_dgr UNCONN 0      0         4294967295:65535            *:*'
	toyss_record <<'END'
state=10 local=0:80 queues=2/128
type=5 state=1 local=1:32768 remote=1:80 queues=0/70000
type=2 local=4294967295:65535
END
	tap_is 'columns: a table' "$(toyss -a)" "$want"
	tap_is 'columns: without options the same' "$(toyss -aOn)" "$want"
	tap_is 'columns: -H' "$(toyss -aH | head -n 1)" \
		'toy_str LISTEN 2 128            *:80    *:*'
	tap_is 'columns: no trailing blank' \
		"$(toyss -aempio | grep -c '[[:blank:]]$')" 0
	toyss_record </dev/null
	tap_is 'columns: no socket' "$(toyss -a)" \
		'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process'
	tap_is 'columns: no socket, no header' "$(toyss -aH)" ''
	prints 'columns: what is not known' 'type=9 state=17' '' \
		'toy_??? UNKNOWN 0 0 *:* *:*'
	prints 'columns: the largest numbers' \
		'queues=4294967295/4294967295' '' \
		'toy_str UNCONN 4294967295 4294967295 *:* *:*'
}

details()
{
	shows '-e' 'ino=7 cookie=255 id=3 uid=0 drops=0' -e \
		'ino:7 sk:ff id:3 <->'
	shows '-e: all of it' \
		'ino=7 cookie=4294967296 id=3 uid=1000 drops=5 peer=8 shutdown=3' \
		-e 'uid:1000 ino:7 sk:100000000 id:3 peer:8 drops:5 ---'
	shows '-e: sends only' 'shutdown=1' -e 'ino:0 sk:1 id:0 -->'
	shows '-e: receives only' 'shutdown=2' -e 'ino:0 sk:1 id:0 <--'
	shows '-e: last error' 'error=111 ECONNREFUSED connect 1:80: nobody' \
		-e 'ino:0 sk:1 id:0 <-> error:"111 ECONNREFUSED connect 1:80: nobody"'
	shows '-e: an error that would be a row' \
		$'error=a\033[31m"\\\tb' -e \
		'ino:0 sk:1 id:0 <-> error:"a\033[31m\042\134\011b"'
	shows '-m' 'mem=1,2,3,4,5,6,7,8,9' -m \
		'skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)'
	shows '-m: of an older kernel' 'mem=1,2' -m \
		'skmem:(r1,rb2,t0,tb0,f0,w0,o0,bl0,d0)'
	shows '-o: none' '' -o ''
	shows '-o: retransmit' 'timer=1/3/200' -o 'timer:(on,200ms,3)'
	shows '-o: keepalive' 'timer=2/0/7199000' -o \
		'timer:(keepalive,119min,0)'
	shows '-o: time-wait' 'timer=3/0/59999' -o 'timer:(timewait,59sec,0)'
	shows '-o: probe' 'timer=4/0/90000' -o 'timer:(persist,1min30sec,0)'
	shows '-o: another' 'timer=9/0/1500' -o 'timer:(unknown,1.500sec,0)'
	shows '-i: nothing' 'backend=local info=0:C:1' -i 'backend:local'
	shows '-i: numbers' 'backend=local info=28:L:212960,296:Q:5000000000,304:Q:7,312:Q:2,320:Q:1,36:L:3' \
		-i 'backend:local max_message:212960 bytes_sent:5000000000 bytes_received:7 segs_out:2 segs_in:1 drop_filter:3'
	shows '-i: times' 'info=4:L:44702,8:L:25903,12:L:200000' -i \
		'rto:200 rtt:44.702 rttvar:25.903'
	shows '-i: a network' 'info=2:C:2,16:L:10,20:L:7,24:L:1448,40:L:9' \
		-i 'mss:1448 cwnd:10 ssthresh:7 backoff:2 drop_other:9'
	shows '-i: histograms' 'info=100:L:5,112:L:7,200:L:1' -i \
		'queue_delay:(1us=5,8us=7) accept_wait:(2us=1)'
	prints 'a line of its own' 'mem=1,2,3,4,5,6,7,8,9 id=4' '-em' \
		$'toy_str UNCONN 0 0 *:* *:* ino:0 sk:1 id:4 <->\n\t skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)'
	prints '-O: none' 'mem=1,2,3,4,5,6,7,8,9 id=4' '-emO' \
		'toy_str UNCONN 0 0 *:* *:* ino:0 sk:1 id:4 <-> skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)'
	prints 'long options' 'mem=1,2,3,4,5,6,7,8,9 id=4' \
		'--extended --memory --oneline --info --options --numeric' \
		'toy_str UNCONN 0 0 *:* *:* ino:0 sk:1 id:4 <-> skmem:(r1,rb2,t3,tb4,f5,w6,o7,bl8,d9)'
}

# on_terminal WIDTH OPTIONS: the output of a terminal
on_terminal()
{
	tap_timed script -qec "stty cols $1; '$TOYSS' $2" /dev/null </dev/null |
		tr -d '\r'
}

terminal()
{
	toyss_record <<<'state=1 local=1:32768 remote=1:80 id=4'
	tap_is 'terminal: fills it' "$(on_terminal 100 '')" \
		'Netid       State     Recv-Q     Send-Q     Local Address:Port      Peer Address:Port     Process
toy_str     ESTAB     0          0                      1:32768                1:80'
	tap_is 'terminal: narrow' "$(on_terminal 60 -e)" \
		'Netid   State Recv-Q Send-Q Local Address:Port  Peer Address:Port Process
toy_str ESTAB 0      0                  1:32768            1:80
	ino:0 sk:1 id:4 <->'
	tap_is 'terminal: narrow, one line' "$(on_terminal 60 -eOH)" \
		'toy_str ESTAB 0 0 1:32768 1:80 ino:0 sk:1 id:4 <->'
	tap_is 'terminal: no trailing blank' \
		"$(on_terminal 150 -e | grep -c '[[:blank:]]$')" 0
}

json()
{
	local line='type=5 state=1 ino=7 cookie=18446744073709551615 id=3 uid=4294967294 drops=1 peer=8 shutdown=2 local=1:2 remote=3:4 queues=5/6 mem=1,2,3,4,5,6,7,8,9 timer=2/1/100 backend=local info=296:Q:18446744073709551615,4:L:1500,100:L:9'

	toyss_record <<<"$line"
	tap_is 'json: a socket' "$(toyss -aj | json_get 'j')" \
		"[{'netid': 'toy_seq', 'state': 'ESTAB', 'recv_q': 5, 'send_q': 6, 'local': {'node': 1, 'port': 2}, 'peer': {'node': 3, 'port': 4}}]"
	tap_is 'json: -e' \
		"$(toyss -aje | json_get '[j[0][k] for k in ("uid", "ino", "sk", "id", "peer_ino", "drops", "shutdown")]')" \
		"[4294967294, 7, 'ffffffffffffffff', 3, 8, 1, 2]"
	tap_is 'json: -m' "$(toyss -ajm | json_get 'j[0]["skmem"]')" \
		"{'r': 1, 'rb': 2, 't': 3, 'tb': 4, 'f': 5, 'w': 6, 'o': 7, 'bl': 8, 'd': 9}"
	tap_is 'json: -o' "$(toyss -ajo | json_get 'j[0]["timer"]')" \
		"{'name': 'keepalive', 'expires_ms': 100, 'retrans': 1}"
	tap_is 'json: -i' \
		"$(toyss -aji | json_get 'j[0]["backend"], j[0]["info"]["bytes_sent"], j[0]["info"]["rtt"], j[0]["info"]["segs_in"], j[0]["info"]["queue_delay"][0], len(j[0]["info"]["queue_delay"])')" \
		"('local', 18446744073709551615, 1.5, 0, 9, 24)"
	tap_is 'json: -p' "$(toyss -ajp | json_get 'j[0]["users"]')" '[]'
	tap_is 'json: only what was asked for' \
		"$(toyss -aj | json_get 'len(j[0])')" 6
	printf 'id=%d\n' {1..500} | toyss_record
	tap_is 'json: many' "$(toyss -aje --json | json_get '[s["id"] for s in j] == list(range(1, 501))')" \
		True
	toyss_record </dev/null
	tap_is 'json: none' "$(toyss -aj | json_get j)" '[]'
	printf 'error=%b\n' 'q"\\\\\001\033[0m\177ü\302\205\377\300\200x' |
		toyss_record
	tap_is 'json: any bytes' "$(toyss -aje | json_get 'ascii(j[0]["error"])')" \
		"'q\"\\\\\\\\\\x01\\x1b[0m\\x7f\\xfc\\x85\\ufffd\\ufffd\\ufffdx'"
	tap_is 'json: no byte that a terminal obeys' \
		"$(toyss -aje | LC_ALL=C grep -c $'[\001-\037\177]')" 0
}

summary()
{
	toyss_record <<'END'
state=1
state=1
state=10
type=5 state=6
type=5 state=8
type=2 state=7
END
	tap_is 'summary' "$(toyss -s)" \
'Total: 6
TOY:   6 (estab 2, closed 1, listen 1, timewait 1)

Transport Total   Estab   Listen  Closed  Other
toy_str   3       2       1       0       0
toy_seq   2       0       0       0       2
toy_dgr   1       0       0       1       0
toy_raw   0       0       0       0       0
TOY       6       2       1       1       2'
	tap_is 'summary: and a list' "$(toyss -sHA toy_dgr state all | tail -n 1)" \
		'toy_dgr UNCONN 0 0 *:* *:*'
	tap_is 'summary: json' \
		"$(toyss -sj | json_get 'j["total"]["total"], j["toy_seq"]["timewait"]')" \
		'(6, 1)'
}

# answer NAME LINES WANT-STATUS WANT-STDERR (a pattern)
answer()
{
	local got

	toyss_record <<<"$2"
	got=$(toyss -ae 2>&1 >/dev/null; echo "status $?")
	tap_like "answer: $1" "$got" "${4:+*$4*}status $3"
}

answers()
{
	answer 'of another type' 'msgtype=99' 1 'makes no sense'
	answer 'too short' 'trunc=27' 1 'makes no sense'
	answer 'without attributes' 'trunc=28' 0
	answer 'an attribute that is too short' 'raw=0500010001000000' 1 \
		'makes no sense'
	answer 'a timer that is too short' 'raw=0800080001000000' 1 \
		'makes no sense'
	answer 'a text without an end' 'raw=05000b0041000000' 1 'makes no sense'
	answer 'a text of no bytes' 'raw=04000b00' 1 'makes no sense'
	answer 'attributes of a newer kernel' \
		'raw=080063000100000004007000 id=4' 0
	answer 'an info that has grown' \
		"raw=54010900$(printf '00%.0s' {1..336})" 0
	answer 'interrupted by changes' 'flags=18' 0 'may be missing'
	tap_is 'answer: and is listed all the same' "$(toyss -aH 2>&- | wc -l)" 1
	printf 'garbage' >"$TAP_DIR/answer"
	tap_is 'answer: garbage' "$(toyss_status -a)" 1
	printf '\20\0\0\0\3\0\2\0\1\0\0\0\1\0\0\0more' >"$TAP_DIR/answer"
	tap_is 'answer: what follows the end is not read' "$(toyss_status -a)" 0
	printf '\24\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\376\377\377\377' \
		>"$TAP_DIR/answer"
	tap_like 'answer: ENOENT' "$(toyss -a 2>&1)" '*is the module toy loaded*'
	tap_is 'answer: ENOENT is an error' "$(toyss_status -a)" 1
	printf '\24\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\377\377\377\377' \
		>"$TAP_DIR/answer"
	tap_like 'answer: EPERM' "$(toyss -a 2>&1)" '*Operation not permitted'
	tap_is 'answer: JSON all the same' "$(toyss -aj 2>&- | json_get j)" '[]'
	tap_is 'answer: no file' \
		"$(TOYDIAG_FILE=$TAP_DIR/none toyss_status -a)" 1
}

# What a record yields is what it was made of.
records()
{
	printf 'id=%d type=%d local=1:%d\n' {1..300} |
		sed 's/type=[0-9]*/type=2/' | toyss_record
	toyss -aeD "$TAP_DIR/kept"
	tap_is '-D: all' "$(TOYDIAG_FILE=$TAP_DIR/kept toyss -ae)" "$(toyss -ae)"
	toyss -aD - sport = :3 >"$TAP_DIR/kept"
	tap_is '-D: those that a filter chose' \
		"$(TOYDIAG_FILE=$TAP_DIR/kept toyss -aH | wc -l)" \
		"$(toyss -aH sport = :3 | wc -l)"
	tap_is '-D: no such place' "$(toyss_status -aD /nowhere/file)" 1
}

status()
{
	toyss_record </dev/null
	tap_is 'status: good' "$(toyss_status -a)" 0
	tap_is 'status: no such option' "$(toyss_status -Q)" 2
	tap_is 'status: no such long option' "$(toyss_status --bogus)" 2
	tap_is 'status: no argument' "$(toyss_status -N)" 2
	tap_is 'status: no such expression' "$(toyss_status bogus)" 2
	tap_is 'status: -K of a file' "$(toyss_status -K)" 2
	tap_is 'status: -E and -K' "$(toyss_status -EK)" 2
	tap_is 'status: -K and -s' "$(toyss_status -Ks)" 2
	tap_is 'status: -D and -j' "$(toyss_status -jD /dev/null)" 2
	tap_is 'status: no such namespace' "$(toyss_status -N /nowhere)" 1
	tap_is 'status: full' "$(toyss -a 2>&1 >/dev/full; echo "$?")" \
		"toyss: output: No space left on device
1"
	tap_is 'status: -h' "$(toyss_status -h)" 0
	tap_like 'status: -h is for stdout' "$(toyss -h)" 'Usage: toyss *'
	tap_is 'status: -V' "$(toyss_status --version)" 0
}

tap_plan 83
columns
details
terminal
json
summary
answers
records
status

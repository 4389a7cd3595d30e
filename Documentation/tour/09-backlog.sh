#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 9 'A backlog that fills up'

# How often a connect has found no place, since the machine was booted.
found_full()
{
	awk '$1 == "backlog_full" { print $2 }' /net/toy/stats
}
full=$(found_full)

say 'connect() does not wait for accept(). Calls that came and were not accepted stand in
a queue, the backlog, whose length is the argument of listen(). In toyss it is Send-Q of
the listener, and Recv-Q is how many stand there.'
try <<'END'
T=/net/toy/stream
exec 3<>$T/clone; read n <&3; echo "announce *:80 2" >&3
toyss -l
END
promise_like 'an empty backlog of 2' '^toy_str LISTEN 0 +2 +\*:80 '

say 'Clients call, and the server does not accept.'
look 'Recv-Q of the listener: 1, 2, 3. A backlog of n admits n + 1, here as with TCP.'
try <<'END'
for i in 1 2 3; do
	exec {client}<>$T/clone
	echo "connect 1:80" >&$client
	read first[$i] <&$client
	toyss -l | tail -n 1
done
END
promise 'it fills up' test "$(awk '{ print $3 }' <<<"$TRIED" | paste -sd' ')" = '1 2 3'

say 'There is no place for a fourth. Its connect would wait; with a limit of a tenth of a
second it fails.'
look 'EAGAIN, not ECONNREFUSED: there is a server, and later there may be a place.'
try <<'END'
exec 4<>$T/clone; read m <&4
printf 'set sndtimeo 100\nconnect 1:80\n' >&4
cat $T/$m/err
END
promise_like 'it would have to wait' '^11 EAGAIN connect 1:80: '

say 'Now it waits as long as it takes.'
try <<'END'
(printf 'set sndtimeo 0\nconnect 1:80\n' >&4; echo connected >waited) &
END
wait_for 60 grep -q 'state=syn_sent' "$T/$m/status"
try 'toyss -a; ls waited'
promise_like 'the fourth waits' '^toy_str SYN-SENT '
promise 'it is not connected' test ! -e waited

say 'The server accepts one call, the oldest.'
look 'that the number is that of the first one, and that the fourth has its place at
once: Recv-Q is 3 again.'
try 'exec 5<>$T/$n/listen; read c <&5; cat $T/$c/remote'
wait_for 60 test -e waited
promise 'the first one was served' \
	test "$(cat "$T/${first[1]}/local")" = "$(cat "$T/$c/remote")"
promise 'the fourth one is connected' test -e waited
try 'toyss -l; grep backlog_full /net/toy/stats'
promise_like 'the backlog is full again' '^toy_str LISTEN 3 +2 '
promise 'and the connects that found it so were counted' test "$(found_full)" -ge $((full + 2))

say 'A server that goes resets the calls that it has not accepted. The one that it did
accept lives on.'
try <<'END'
exec 3>&-
dd if=$T/${first[1]}/data iflag=nonblock count=1 status=none
dd if=$T/${first[2]}/data iflag=nonblock count=1 status=none
cat $T/${first[2]}/err
END
promise_like 'the first has nothing to read' 'Resource temporarily unavailable'
promise_like 'the second is reset' '^104 ECONNRESET recv 1:80: .*never accepted'
lab_end

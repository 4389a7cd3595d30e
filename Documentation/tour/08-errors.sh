#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 8 'Five errors, each caused once'

say 'A call that fails leaves a number, errno, and few say more than its name. AF_TOY
remembers the reason of the last failure with each socket: err in toyfs, "toyss -e" for
all, getsockopt(TOY_LAST_ERROR) for a program.'

say 'ECONNREFUSED: there is the node, but nobody listens at the port.'
try <<'END'
T=/net/toy/stream
exec 4<>$T/clone; read m <&4
echo "connect 1:81" >&4
cat $T/$m/err
END
promise_like 'the shell knows the name' '^bash: echo: write error: Connection refused$'
promise_like 'err knows the reason' '^111 ECONNREFUSED connect 1:81: nothing listens'

say 'EAGAIN: the call would have to wait, and was told not to. Here somebody does listen;
the connection stands, but no byte has come.'
try <<'END'
exec 3<>$T/clone; read n <&3; echo "announce *:80" >&3
echo "connect 1:80" >&4
dd if=$T/$m/data iflag=nonblock count=1 status=none
cat $T/$m/err
END
promise_like 'the name' '^dd: .*Resource temporarily unavailable$'
promise_like 'the reason' '^11 EAGAIN recv 1:80: there is nothing to read$'

say 'ECONNRESET: the peer has thrown away what it was sent. The client says hello; the
server accepts, does not read, and closes. Had it read all, the client would see an
ordinary end of file.'
try <<'END'
exec 6<>$T/$m/data; echo hello >&6
exec 5<>$T/$n/listen; read c <&5; exec 5>&-
dd count=1 status=none <&6
cat $T/$m/err
END
promise_like 'the name' '^dd: .*Connection reset by peer$'
promise_like 'the reason' '^104 ECONNRESET recv 1:80: the peer closed with data unread'

say 'EPIPE: to write where nobody will ever read. The connection of before is over, and
the error of a reset is told once. trap keeps SIGPIPE from ending the shell (lab 3).'
try <<'END'
(trap '' PIPE; echo more >&6)
cat $T/$m/err
END
promise_like 'the name' '^bash: echo: write error: Broken pipe$'
promise_like 'the reason' '^32 EPIPE send 1:80: '

say 'ETIMEDOUT: no answer at all. That takes a second node; within one node there is
always an answer.'
two_nodes
say 'A server in b, a client in a; they can reach each other. Then the device of b loses
every frame that it would send. The client gives up after half a second, as it was told to
by user_timeout.'
try <<'END'
exec 7<>/net/b/stream/clone; echo "announce *:80" >&7
exec 8<>/net/a/stream/clone; read k <&8
echo "connect 3:80" >&8 && echo disconnect >&8 && echo "that worked"
b tc qdisc add dev eth0 root netem loss 100%
printf 'set user_timeout 500\nconnect 3:80\n' >&8
cat /net/a/stream/$k/err
END
promise_like 'the two can reach each other' '^that worked$'
promise_like 'the name' '^bash: printf: write error: Connection timed out$'
promise_like 'the reason' '^110 ETIMEDOUT connect 3:80: '
lab_end

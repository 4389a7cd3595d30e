#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 17 'Who may'

say 'Some things take a right: to be the server of a well known port, to see and send
frames as they are, to speak through the socket of somebody else. This lab does each of
them twice: as somebody who may, and as somebody who may not. That is the user nobody,
without a capability.'
quiet 'chmod 755 .'
try 'nobody="setpriv --reuid nobody --regid nogroup --clear-groups"; $nobody id'
promise_like 'an ordinary user' '^uid=[0-9]+\(nobody\)'

say 'Ports below 1024. A small script takes a port, and says what became of it; err has
the reason in words.'
try <<'END'
cat >port <<'SH'
exec 3<>/net/toy/stream/clone; read n <&3
echo "bind *:$1" >&3 && echo "has port $1" || cat /net/toy/stream/$n/err
SH
bash port 80
END
promise_like 'root has port 80' '^has port 80$'
try '$nobody bash port 80'
promise_like 'nobody has not' '^13 EACCES bind \*:80: '
try '$nobody bash port 1024'
promise_like 'but port 1024' '^has port 1024$'
look 'what it is about: not the name of the user, but one capability.'
try '$nobody --inh-caps +net_bind_service --ambient-caps +net_bind_service bash port 80'
promise_like 'nobody with CAP_NET_BIND_SERVICE has port 80' '^has port 80$'
try 'setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service bash port 80'
promise_like 'root without it has not' '^13 EACCES bind \*:80: '

say 'Raw sockets hear every frame of a link and may say that they are any node.'
try '$nobody bash -c "exec 3<>/net/toy/raw/clone && echo open"'
promise_like 'nobody makes no raw socket' 'Operation not permitted$'
try '$nobody --inh-caps +net_raw --ambient-caps +net_raw \
	bash -c "exec 3<>/net/toy/raw/clone && echo open"'
promise_like 'with CAP_NET_RAW he does' '^open$'

say 'The files of a socket. Root has a conversation with itself, port 4000: 3 listens, 4
calls, 5 is accepted.'
try <<'END'
T=/net/toy/stream
exec 3<>$T/clone; read s <&3; echo "announce *:4000" >&3
exec 4<>$T/clone; read c <&4; echo "connect 1:4000" >&4
exec 5<>$T/$s/listen; read d <&5
ls -l $T/$c
END
promise_like 'ctl is of root alone' '^prw------- +1 root +root .* ctl$'
promise_like 'data, too' '^prw------- +1 root +root .* data$'
promise_like 'status is for all' '^-r--r--r-- .* status$'
try '$nobody cat $T/$c/status'
promise_like 'nobody may look at it' "^id=$c type=stream state=established "
try 'echo "echo hello >$T/$c/data" >hello; $nobody bash hello'
promise_like 'but not speak in it' 'Permission denied$'
look 'all three, although chmod was told of one: they are one door.'
try 'chmod 666 $T/$c/data; ls -l $T/$c'
promise_like 'data is open' '^prw-rw-rw- .* data$'
promise_like 'and so is ctl' '^prw-rw-rw- .* ctl$'
try '$nobody bash hello; exec 7<>$T/$d/data; read -r -t 60 line <&7; echo "$line"'
promise_like 'now he speaks' '^hello$'
say 'Or it is given away: to one user, and to nobody else. (Here that user is nobody.)'
try 'chmod 600 $T/$c/data; chown nobody $T/$c; ls -l $T/$c; $nobody bash hello
read -r -t 60 line <&7; echo "$line"'
promise_like 'data is his' '^prw------- +1 nobody .* data$'
promise_like 'and he speaks' '^hello$'

say 'Programs that make a socket by socket(2) do not know of toyfs. Theirs are closed to
all, root included, until they say otherwise.'
try <<'END'
perl -e 'socket($s, 18, 1, 0); bind($s, pack("SSL", 18, 4001, 0)); sleep' & p=$!
END
wait_for 100 grep -q ' \*:4001 ' /proc/net/toy
n=$(awk '$3 == "*:4001" { print $1 }' /proc/net/toy)
try "ls -l \$T/$n; echo 'hangup' >\$T/$n/ctl"
promise_like 'no bit at all' '^p--------- .* ctl$'
promise_like 'not even for root' 'Operation not permitted$'

say 'A network namespace is another network: its own ports, its own sockets. Port 4000 is
free there, though it is taken here.'
try 'bash port 4000'
promise_like 'here it is taken' '^98 EADDRINUSE '
try <<'END'
unshare -n perl -e 'socket($s, 18, 1, 0); bind($s, pack("SSL", 18, 4000, 0)) or die "$!\n";
	print "has it\n"; open($f, "<", "/proc/net/toy"); print <$f>'
END
promise_like 'there it is free' '^has it$'
promise 'and the table there has that socket alone' \
	test "$(printf '%s\n' "$TRIED" | grep -c '^ *[0-9]')" -eq 1

say 'But what is mounted at /net/toy shows this network, also to a process in another one.
It may look. If it could make sockets through that mount, an inherited directory would be
a way out of the sandbox.'
try 'unshare -n bash -c "cat $T/$s/status; exec 3<>$T/clone"'
promise_like 'it may look' "^id=$s type=stream state=listen "
promise_like 'it may not make a socket' 'Permission denied$'

say 'Last: an ordinary user who makes a user namespace is root in there, and of networks
that are made there. Of this one he is not.'
try '$nobody unshare -Ur bash port 80'
promise_like 'root of a namespace has no port 80 of ours' '^13 EACCES bind \*:80: '
try '$nobody unshare -Urnm bash -c "mount -t toyfs none /net/toy && bash port 80"'
promise_like 'but of his own network' '^has port 80$'

say 'Who checks what: 17-rights.md, beside this script.'
lab_end

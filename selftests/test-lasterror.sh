#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TOY_LAST_ERROR: each failure leaves "ERRNO NAME verb addr: reason".

. "$(dirname "$0")/lib/tap.sh"
tap_need perl
perl -I"$TAP_LIB" -x "$0"
exit

#!perl
use strict;
use warnings;
use Socket;
use Test::More;
use Toy;

use constant SYS_GETSOCKOPT => 55;

alarm(60);
$SIG{PIPE} = 'IGNORE';
my $got;

# failed(NAME, SOCKET, BEGINNING): the call before failed, and the text of its
# socket begins like this, then tells a reason.
sub failed
{
	my ($name, $sock, $begins) = @_;
	my $number = $! + 0;
	my $errno = toy_errno();
	my $text = toy_reason($sock);

	like($text, qr/^\Q$number $errno $begins\E: [[:print:]]{5,}$/, $name);
	note($text);
}

sub stream
{
	return toy_socket(SOCK_STREAM);
}

sub dgram
{
	return toy_socket(SOCK_DGRAM);
}

# --- no failure

my $sock = stream();
is(toy_reason($sock), '', 'empty: where nothing has failed');
my $server = toy_server(SOCK_STREAM, 9200);
is(toy_reason($server), '', 'empty: after calls that went well');

# --- bind

ok(!bind($sock, toy_addr(9200)), 'bind: a taken port');
failed('bind: a taken port, in words', $sock, 'bind *:9200');
ok(!bind($sock, toy_addr(2000, 12345)), 'bind: a foreign node');
failed('bind: a foreign node, in words', $sock, 'bind 12345:2000');
ok(!bind($sock, toy_addr(2000, 0xffffffff)), 'bind: broadcast');
failed('bind: broadcast, in words', $sock, 'bind 4294967295:2000');
ok(!bind($sock, pack_sockaddr_in(9200, INADDR_LOOPBACK)), 'bind: AF_INET');
failed('bind: AF_INET, in words', $sock, 'bind');
ok(!bind($sock, substr(toy_addr(2000), 0, 7)), 'bind: a short address');
failed('bind: a short address, in words', $sock, 'bind');
ok(!bind($server, toy_addr(2000)), 'bind: again');
failed('bind: again, in words', $server, 'bind *:2000');

SKIP: {
	skip('needs root', 2) if $>;
	$> = 65534;
	my $done = bind($sock, toy_addr(80));
	my $errno = $!;
	$> = 0;
	ok(!$done, 'bind: a privileged port');
	$! = $errno;
	failed('bind: a privileged port, in words', $sock, 'bind *:80');
}

# --- connect, listen, accept

ok(!connect($sock, toy_addr(9999, 1)), 'connect: a free port');
failed('connect: a free port, in words', $sock, 'connect 1:9999');
like(toy_reason($sock), qr/^111 ECONNREFUSED connect 1:9999: /,
     'connect: the example of the manual');
ok(!connect($sock, toy_addr(9999, 12345)), 'connect: a foreign node');
failed('connect: a foreign node, in words', $sock, 'connect 12345:9999');
ok(!connect($sock, pack_sockaddr_in(9200, INADDR_LOOPBACK)),
   'connect: AF_INET');
failed('connect: AF_INET, in words', $sock, 'connect');

connect($sock, toy_addr(9200, 1)) or die("connect: $!\n");
ok(!connect($sock, toy_addr(9200, 1)), 'connect: again');
failed('connect: again, in words', $sock, 'connect 1:9200');
ok(!connect($server, toy_addr(9200, 1)), 'connect: of a listener');
failed('connect: of a listener, in words', $server, 'connect 1:9200');

my $full = toy_server(SOCK_STREAM, 9201, 0);
my $first = toy_client(SOCK_STREAM, 9201);
my $second = stream();
setsockopt($second, SOL_SOCKET, SO_SNDTIMEO, pack('l! l!', 0, 100000));
ok(!connect($second, toy_addr(9201, 1)), 'connect: a full backlog');
failed('connect: a full backlog, in words', $second, 'connect 1:9201');

$second = stream();
ok(!listen($second, 1), 'listen: without a name');
failed('listen: without a name, in words', $second, 'listen');
ok(!accept($got, $second), 'accept: without listening');
failed('accept: without listening, in words', $second, 'accept');

# --- send, recv: a connected socket names its peer

$second = stream();
ok(!defined(send($second, 'x', 0)), 'send: not connected');
failed('send: not connected, in words', $second, 'send');
ok(!defined(recv($second, $got, 1, 0)), 'recv: not connected');
failed('recv: not connected, in words', $second, 'recv');
ok(!getpeername($second), 'getpeername: not connected');
failed('getpeername: not connected, in words', $second, 'getpeername');
ok(!shutdown($second, 1), 'shutdown: not connected');
failed('shutdown: not connected, in words', $second, 'shutdown');
ok(!defined(send($sock, 'x', 0, toy_addr(9200))), 'send: with an address');
failed('send: with an address, in words', $sock, 'send 1:9200');
ok(!defined(recv($sock, $got, 1, MSG_DONTWAIT)), 'recv: nothing there');
failed('recv: nothing there, in words', $sock, 'recv 1:9200');

my $dgram = dgram();
ok(!defined(send($dgram, 'x', 0, toy_addr(9999, 1))), 'send: a free port');
failed('send: a free port, in words', $dgram, 'send 1:9999');
ok(!defined(send($dgram, 'x' x 5000000, 0, toy_addr(9999, 1))),
   'send: too long');
failed('send: too long, in words', $dgram, 'send');
ok(!defined(send($dgram, 'x', 0, toy_addr(9999, 12345))),
   'send: a foreign node');
failed('send: a foreign node, in words', $dgram, 'send 12345:9999');
ok(!defined(send($dgram, 'x', 0, toy_addr(9999, 0xffffffff))),
   'send: broadcast');
failed('send: broadcast, in words', $dgram, 'send 4294967295:9999');
ok(!defined(send($dgram, 'x', MSG_OOB, toy_addr(9999, 1))), 'send: urgent');
failed('send: urgent, in words', $dgram, 'send');

close($first);
close($full);
$full = toy_server(SOCK_STREAM, 9201, 0);
$first = toy_client(SOCK_STREAM, 9201);
close($full);
ok(!defined(recv($first, $got, 1, 0)), 'recv: reset');
failed('recv: reset, in words', $first, 'recv 1:9201');
ok(!defined(send($first, 'x', 0)), 'send: nobody there any more');
failed('send: nobody there any more, in words', $first,
       'send 1:9201');

# --- options

ok(!setsockopt($sock, SOL_TOY, 4711, pack('i', 1)), 'setsockopt: unknown');
failed('setsockopt: unknown, in words', $sock, 'setsockopt 1:9200');
ok(!getsockopt($sock, SOL_TOY, 4711), 'getsockopt: unknown');
failed('getsockopt: unknown, in words', $sock, 'getsockopt 1:9200');
ok(!setsockopt($sock, SOL_TOY, TOY_LAST_ERROR, pack('i', 1)),
   'setsockopt: of the text itself');
failed('setsockopt: of the text itself, in words', $sock,
       'setsockopt 1:9200');

# --- the buffer

$sock = stream();
connect($sock, toy_addr(9999, 1));
my $text = toy_reason($sock);
for my $size (0, 1, 5, length($text), length($text) + 1, 500) {
	my $buf = 'z' x 600;
	my $len = pack('i', $size);
	my $ret = syscall(SYS_GETSOCKOPT, fileno($sock), SOL_TOY,
			  TOY_LAST_ERROR, $buf, $len);
	my $told = unpack('i', $len);
	my $want = $size > length($text) ? length($text) + 1 : $size;

	is($ret, 0, "buffer of $size: taken");
	is($told, $want, "buffer of $size: its length is told");
	my $all = "$text\0";
	is(substr($buf, 0, $told - 1), substr($all, 0, $told - 1),
	   "buffer of $size: the beginning of the text") if $told > 0;
	is(substr($buf, $told, 1), 'z', "buffer of $size: no byte beyond");
}
is(toy_reason($sock), $text, 'asking: changes nothing');

# A child of accept starts without a past.
connect(my $again = stream(), toy_addr(9200, 1));
accept(my $child, $server);
is(toy_reason($child), '', 'accept: the new socket has no failure');

done_testing();

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034,SC2154 # commands are quoted to be shown
. "$(dirname "$0")/lib.sh"
lab 13 'The congestion window over time'

# over PID: it has come to its end
over()
{
	! kill -0 "$1"
}

listens()
{
	grep -qs 'state=listen local=[*]:80 ' /net/b/stream/*/status
}

# in_cwnd EXPRESSION: of awk, on what cwnd.txt says as a whole. first, peak: cwnd at the
# beginning, and at most before a loss. ssthresh: the first one behind that. low: the
# least cwnd from then on. fast, slow: by how many bytes a second it grows before the
# first loss, and in the longest time without another one. grown: how much that was.
in_cwnd()
{
	awk '
	function end_of_stretch() {
		if (was > 0 && last_at - from_at > long) {
			long = last_at - from_at
			grown = last - from
		}
	}
	BEGIN { never = 2147483647 }
	NR == 1 { first = peak = $2 }
	$3 == never {
		if ($2 == first) start_at = $1
		if ($2 > peak) { peak = $2; peak_at = $1 }
		next
	}
	!ssthresh { ssthresh = $3; low = peak }
	$2 < low { low = $2 }
	$3 != was || $2 < $3 { end_of_stretch(); from = $2; from_at = $1 }
	{ was = $2 < $3 ? 0 : $3; last = $2; last_at = $1 }
	END {
		end_of_stretch()
		if (peak_at > start_at) fast = (peak - first) / (peak_at - start_at)
		if (long) slow = grown / long
		print "first", first, "peak", peak, "ssthresh", ssthresh,
			"low", low, "fast", fast, "slow", slow, "grown", grown
		exit !('"$1"')
	}' cwnd.txt
}

say 'Lab 12 was about a reader who cannot keep up. It may as well be the path: somewhere
is a slow cable, before it a queue, and what finds no place there is lost. The sender is
not told how fast the path is. It finds out by trying: it lets out a little more each
round trip until something is lost, then less. How much it lets out without an
acknowledgement is the congestion window, cwnd.'
two_nodes
say 'Two queueing disciplines make a path of the cable. tbf: 2 Mbit/s, and room for 36 KB
before that, no more. netem: what comes back takes 120 ms.'
try <<'END'
a tc qdisc add dev eth0 root tbf rate 2mbit burst 2kb limit 36kb
b tc qdisc add dev eth0 root netem delay 120ms
END
say 'The server, port 80, reads all and keeps nothing.'
try <<'END'
b socat -u SOCKET-LISTEN:18:0:x500000000000 OPEN:/dev/null & server=$!
END
wait_for 200 listens
say 'The client is a program of some lines: it sends 2 MB, and each 20 ms asks its own
socket (option 10 of level 300 is TOY_INFO, as TCP_INFO is of TCP) for cwnd and ssthresh,
which it writes down.'
try <<'END'
cat >sender.pl <<'PERL'
use IO::Handle;
use Time::HiRes qw(sleep time);
socket(my $s, 18, 1, 0) or die "socket: $!\n";
connect($s, pack("S S L", 18, 80, 3)) or die "connect: $!\n";
$s->blocking(0);
my ($begin, $left) = (time, 2_000_000);
while ($left) {
	my ($cwnd, $ssthresh) = unpack("x16 L L", getsockopt($s, 300, 10));
	printf "%.3f %d %d\n", time - $begin, $cwnd, $ssthresh;
	$left -= syswrite($s, "x" x ($left < 10_000 ? $left : 10_000)) // 0;
	sleep 0.02;
}
PERL
a perl sender.pl >cwnd.txt
END
wait_for 250 over "$server"
try 'head -n 3 cwnd.txt; wc -l cwnd.txt'
look 'the first seconds. cwnd, the line of *, doubles with each round trip; this is
called slow start, as it begins with so little. Then it is too much, something is lost, and
it is halved; half of what was under way is kept as ssthresh, the line of #. From there it
grows by one segment for a round trip, until the next loss: a saw. Where it falls to the
bottom so much was lost that a timer had to expire (lab 11).'
try <<'END'
cat >plot <<'PLOT'
set xlabel "seconds"
set ylabel "KB"
plot [][0:] "cwnd.txt" using 1:($2 / 1000) with lines title "cwnd", \
  "" using 1:($3 < 2e9 ? $3 / 1000 : NaN) with lines title "ssthresh"
PLOT
gnuplot -e 'set terminal dumb 72 24' plot
END
promise_like 'there is a plot' '\*\*\*'
promise 'it begins with ten segments at most, and without a ssthresh' \
	in_cwnd 'first && first <= 10 * 1464 && peak'
promise 'slow start: three times as much before the first loss' \
	in_cwnd 'peak >= 3 * first'
promise 'a loss: ssthresh is clearly less than what was out' \
	in_cwnd 'ssthresh && ssthresh <= 0.75 * peak'
promise 'and cwnd falls with it' in_cwnd 'ssthresh && low <= 0.75 * peak'
promise 'then it grows again' in_cwnd 'grown >= 2 * 1464'
promise 'at most a third as fast' in_cwnd 'grown && slow <= fast / 3'

say 'The same as a picture, in build/tour of this machine; 13-congestion.md, beside this
script, tells how to get it out, and which rule says what.'
try <<'END'
mkdir -p $LAB_TOP/build/tour
gnuplot -e 'set terminal svg size 800,400' plot >$LAB_TOP/build/tour/cwnd.svg
END
promise 'there is a picture' grep -q '</svg>' "$LAB_TOP/build/tour/cwnd.svg"
lab_end

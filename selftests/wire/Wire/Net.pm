# SPDX-License-Identifier: GPL-2.0-only
# The node under test, in a network namespace that this process has for itself,
# and a cable from it to us:
#
#	toy0, toy1, ...		02:00:00:00:00:02, :12, ...	the node's links
#	wire0, wire1, ...					what we hold
#
# A station is a number: 3 is 02:00:00:00:00:03.

package Wire::Net;

use strict;
use warnings;
use Socket;
use Time::HiRes qw(time);

use constant {
	AF_PACKET		=> 17,
	SOL_PACKET		=> 263,
	PACKET_VNET_HDR		=> 15,
	ETHERTYPE		=> 0x88b5,
	SIOCGIFINDEX		=> 0x8933,
	SIOCGSTAMP		=> 0x8906,
};

# For unshare(1): a process of its own, with a file system of its own
sub alone
{
	return ('unshare', '-n', '-m', '--');
}

sub mac
{
	my ($station) = @_;

	return "\xff" x 6 if $station eq 'all';
	return pack('C6', 2, 0, 0, 0, $station >> 8, $station & 255);
}

sub mac_text
{
	return join(':', map({ sprintf('%02x', $_) } unpack('C*', $_[0])));
}

# The station that a MAC is, or the MAC
sub station
{
	my ($mac) = @_;

	return 'all' if $mac eq "\xff" x 6;
	return unpack('x4n', $mac) if $mac =~ /^\x02\0\0\0/;
	return mac_text($mac);
}

# The stations of the node's links
sub station_of_link
{
	return 2 + 16 * $_[0];
}

sub put
{
	my ($path, $text) = @_;

	open(my $file, '>', $path) or die("$path: $!\n");
	syswrite($file, $text) // die("$path '$text': $!\n");
}

sub run
{
	my ($input, @command) = @_;

	open(my $pipe, '|-', @command) or die("@command: $!\n");
	print $pipe $input;
	close($pipe) or die("@command failed\n");
}

# new(devices => 1, mtu => 1500, node => 2, links => 1): the scene
sub new
{
	my ($class, %how) = @_;
	my $self = bless({ wires => [], queue => [] }, $class);
	my $batch = "link set lo up\n";
	my @links = map({ "toy$_" } 0 .. $how{devices} - 1);

	# With gso_max_segs large segments are cut before they are on the cable.
	eval { put('/proc/sys/net/ipv6/conf/all/disable_ipv6', 1);
	       put('/proc/sys/net/ipv6/conf/default/disable_ipv6', 1) };
	for my $n (0 .. $#links) {
		my $own = mac_text(mac(station_of_link($n)));
		my $peer = mac_text(mac(3 + 16 * $n));

		$batch .= "link add toy$n mtu $how{mtu} address $own type veth" .
			  " peer name wire$n mtu $how{mtu} address $peer\n" .
			  "link set toy$n gso_max_segs 1\n" .
			  "link set toy$n up\nlink set wire$n up\n";
	}
	run($batch, 'ip', '-batch', '-');
	push(@{$self->{wires}}, wire("wire$_")) for 0 .. $#links;
	run('', 'mount', '-t', 'toyfs', 'none', '/mnt');
	put('/proc/sys/net/toy/node', $how{node});
	put('/proc/sys/net/toy/links', join(',', @links) . "\n")
		if $how{links};
	return $self;
}

sub wire
{
	my ($name) = @_;
	my $ifreq = pack('a16 x16', $name);

	socket(my $sock, AF_PACKET, SOCK_RAW, 0) or die("packet socket: $!\n");
	ioctl($sock, SIOCGIFINDEX, $ifreq) or die("$name: $!\n");
	my $index = unpack('x16 l', $ifreq);
	setsockopt($sock, SOL_PACKET, PACKET_VNET_HDR, 1) or die("vnet: $!\n");
	setsockopt($sock, SOL_SOCKET, SO_RCVBUF, 1 << 22);
	# From now on the kernel looks at the clock.
	ioctl($sock, SIOCGSTAMP, my $stamp = "\0" x 16);
	bind($sock, pack('S n l x12', AF_PACKET, ETHERTYPE, $index))
		or die("bind to $name: $!\n");
	return $sock;
}

# send(BYTES, from => STATION, to => STATION, via => NUMBER, partial => BOOL,
# ethertype => NUMBER): when it was sent
sub send_frame
{
	my ($self, $bytes, %how) = @_;
	my $header = $how{partial} ? pack('CCSSSS', 1, 0, 0, 0, 14, 18) :
				     "\0" x 10;

	my $at = time();
	CORE::send($self->{wires}[$how{via}], $header . mac($how{to}) .
		   mac($how{from}) . pack('n', ETHERTYPE) . $bytes, 0)
		// die("send of a frame: $!\n");
	return $at;
}

# All that has come by now joins the queue.
sub drain
{
	my ($self) = @_;

	for my $via (0 .. $#{$self->{wires}}) {
		my $sock = $self->{wires}[$via];
		my $bytes;

		while (defined(recv($sock, $bytes, 70000, MSG_DONTWAIT))) {
			my $stamp = "\0" x 16;
			my ($flags) = unpack('C', $bytes);

			ioctl($sock, SIOCGSTAMP, $stamp);
			my ($s, $us) = unpack('q q', $stamp);
			my $at = { via => $via, left => $flags & 1,
				   time => $s + $us / 1e6,
				   to => station(substr($bytes, 10, 6)),
				   from => station(substr($bytes, 16, 6)),
				   bytes => substr($bytes, 24) };
			push(@{$self->{queue}}, $at);
		}
	}
	@{$self->{queue}} = sort({ $a->{time} <=> $b->{time} }
				 @{$self->{queue}});
}

# next_frame(UNTIL): the next one, undef if none came until then
sub next_frame
{
	my ($self, $until) = @_;

	for (;;) {
		$self->drain();
		return shift(@{$self->{queue}}) if @{$self->{queue}};
		my $left = $until - time();
		return undef if $left <= 0;
		my $bits = '';
		vec($bits, fileno($_), 1) = 1 for @{$self->{wires}};
		select($bits, undef, undef, $left);
	}
}

1;

# SPDX-License-Identifier: GPL-2.0-only
# Frames: to bytes and back, as Documentation/protocol/frames.md has them. Written
# from that document alone: nothing here is the module's.

package Wire::Frame;

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw(frame_build frame_parse frame_text frame_pattern
		    %TYPE %FLAG segment);

our %TYPE = (who_has => 1, i_am => 2, dgram => 3, refused => 4, stream => 5,
	     seqpacket => 6);
our %TYPE_NAME = reverse(%TYPE);
# E: EOM, O: EOR, and the letters of tcpdump
our %FLAG = (F => 0x01, S => 0x02, R => 0x04, P => 0x08, '.' => 0x10,
	     U => 0x20, E => 0x40, O => 0x80);

# Whether frames of this type have sequence numbers
sub segment
{
	return $_[0] == 5 || $_[0] == 6;
}

# Bytes of a connection, each known by its number
sub frame_pattern
{
	my ($from, $count) = @_;
	my $turns = join('', 'a' .. 'w');

	return substr($turns x ($count / 23 + 2), $from % 23, $count);
}

sub sum
{
	my ($bytes) = @_;
	my $sum = 0;

	$sum += $_ for unpack('n*', $bytes . (length($bytes) & 1 ? "\0" : ''));
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum > 0xffff;
	return $sum;
}

# Options from [kind, value...]; SACK has its edges as values
sub options_build
{
	my $bytes = '';

	for my $option (@_) {
		my ($kind, @values) = @$option;

		if ($kind eq 'mss') {
			$bytes .= pack('CCn', 2, 4, @values);
		} elsif ($kind eq 'maxmsg') {
			$bytes .= pack('CCN', 3, 6, @values);
		} elsif ($kind eq 'sackOK') {
			$bytes .= pack('CC', 4, 2);
		} elsif ($kind eq 'sack') {
			$bytes .= pack('CCN*', 5, 2 + 4 * @values, @values);
		} elsif ($kind eq 'nop') {
			$bytes .= "\1";
		} elsif ($kind eq 'end') {
			$bytes .= "\0";
		} else {
			die("no option '$kind'\n");
		}
	}
	$bytes .= "\1" while length($bytes) % 4;
	return $bytes;
}

sub options_parse
{
	my ($bytes) = @_;
	my @options;

	while (length($bytes)) {
		my ($kind, $len) = unpack('CC', "$bytes\0");

		last if $kind == 0;
		if ($kind == 1) {
			$bytes = substr($bytes, 1);
			next;
		}
		die("option $kind has length $len\n")
			if $len < 2 || $len > length($bytes);
		my $value = substr($bytes, 2, $len - 2);
		$bytes = substr($bytes, $len);
		if ($kind == 2 && $len == 4) {
			push(@options, ['mss', unpack('n', $value)]);
		} elsif ($kind == 3 && $len == 6) {
			push(@options, ['maxmsg', unpack('N', $value)]);
		} elsif ($kind == 4 && $len == 2) {
			push(@options, ['sackOK']);
		} elsif ($kind == 5 && ($len == 10 || $len == 18)) {
			push(@options, ['sack', unpack('N*', $value)]);
		} else {
			die("option $kind of length $len\n");
		}
	}
	return @options;
}

# What stands behind the Ethernet header. Fields are numbers; those that are given
# count, even where they are wrong: magic, version, len, sum, hlen, opts (bytes).
# sum => 'bad' spoils the right one; cut => N leaves the first N bytes; pad => N
# adds some.
sub frame_build
{
	my (%f) = @_;
	my $payload = $f{payload} // '';
	my ($head, $opts, $bytes) = ('', '', '');

	if (segment($f{type})) {
		$opts = $f{opts} // options_build(@{$f{options} // []});
		$head = pack('NNNCCn', $f{seq} & 0xffffffff,
			     $f{ack} & 0xffffffff, $f{win},
			     $f{hlen} // 9 + length($opts) / 4, $f{flags},
			     $f{urg} // 0);
	}
	$bytes = pack('nCCNNnnnn', $f{magic} // 0x5459, $f{version} // 1,
		      $f{is} // $f{type}, $f{src}, $f{dst}, $f{sport}, $f{dport},
		      $f{len} // length($payload), 0) . $head . $opts . $payload;
	my $sum = $f{sum} // 'right';
	my $right = 0xffff - sum($bytes);
	$sum = $right if $sum eq 'right';
	$sum = $right ^ 0x0101 if $sum eq 'bad';
	substr($bytes, 18, 2) = pack('n', $sum);
	$bytes = substr($bytes, 0, $f{cut}) if defined($f{cut});
	$bytes .= "\xee" x ($f{pad} // 0);
	return $bytes;
}

# The fields of a frame of the node's. Dies where it is not as the document wants
# it: what a node sends has to be right throughout. $left: whether the checksum was
# left to the device.
sub frame_parse
{
	my ($bytes, $left) = @_;
	my %f;

	die("a frame of " . length($bytes) . " bytes\n") if length($bytes) < 20;
	@f{qw(magic version type src dst sport dport len sum)} =
		unpack('nCCNNnnnn', $bytes);
	die("magic\n") if $f{magic} != 0x5459;
	die("version\n") if $f{version} != 1;
	die("type\n") unless $TYPE_NAME{$f{type}};
	my $head = 20;
	if (segment($f{type})) {
		@f{qw(seq ack win hlen flags urg)} =
			unpack('x20NNNCCn', $bytes);
		$head = 4 * $f{hlen};
		die("header length $f{hlen}\n") if $f{hlen} < 9 || $f{hlen} > 15;
		$f{options} = [options_parse(substr($bytes, 36, $head - 36))];
		die("an acknowledgement number without ACK\n")
			if $f{ack} && !($f{flags} & 0x10);
		die("an urgent pointer without URG\n")
			if $f{urg} && !($f{flags} & 0x20);
		die("a window of $f{win}\n") if $f{win} > 2 ** 30;
	}
	die("length $f{len}\n") if $head + $f{len} > length($bytes);
	$f{payload} = substr($bytes, $head, $f{len});
	if ($left) {
		die("sum left to the device, and $f{sum}\n") if $f{sum};
	} elsif (sum(substr($bytes, 0, $head + $f{len})) != 0xffff) {
		die("checksum\n");
	}
	return %f;
}

# In words, for people; numbers as they are on the wire but for zero points
sub frame_text
{
	my ($f, $seq, $ack) = @_;
	my $text = sprintf('%s %d:%d > %d:%d', $TYPE_NAME{$f->{type}} // '?',
			   @$f{qw(src sport dst dport)});

	if (segment($f->{type})) {
		my $flags = join('', grep({ $f->{flags} & $FLAG{$_} }
					  qw(S F R P U E O .)));
		$text .= sprintf(' %s %d', $flags || '-',
				 ($f->{seq} - $seq) & 0xffffffff);
	}
	$text .= "($f->{len})" if $f->{len};
	return $text unless segment($f->{type});
	$text .= ' ack ' . (($f->{ack} - $ack) & 0xffffffff)
		if $f->{flags} & $FLAG{'.'};
	$text .= " win $f->{win}";
	$text .= " urg $f->{urg}" if $f->{flags} & $FLAG{U};
	my @options = map({ my ($kind, @values) = @$_;
			    @values = map({ ($_ - $ack) & 0xffffffff } @values)
				if $kind eq 'sack';
			    "$kind @values" } @{$f->{options}});
	$text .= ' <' . join(', ', @options) . '>' if @options;
	return $text;
}

1;

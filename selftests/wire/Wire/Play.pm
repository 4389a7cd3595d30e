# SPDX-License-Identifier: GPL-2.0-only
# Plays a script: puts frames on the cable, expects others, makes calls. The
# language is in README.md.

package Wire::Play;

use strict;
use warnings;
use Time::HiRes qw(time);
use Wire::Call;
use Wire::Frame qw(frame_build frame_parse frame_text frame_pattern %TYPE %FLAG
		   segment);
use Wire::Net;

use constant NODE => 2;

# new(lines => [[NUMBER, TEXT], ...], slow => 1): what is known before it begins
sub new
{
	my ($class, %how) = @_;
	my $slow = $how{slow} // 1;
	my $self = bless({ lines => $how{lines}, patience => 4 * $slow,
			   late => 0.4 * $slow, log => [], conn => {},
			   set => { devices => 1, mtu => 1500, node => NODE,
				    links => 1, neigh => 'auto' } }, $class);

	$self->conn_new('a', 'stream', '3:40000', 80);
	return $self;
}

# ---- connections

# Zero points: ours is chosen, the node's is that of its SYN.
sub conn_new
{
	my ($self, $name, $type, $peer, $port, %how) = @_;
	my ($node, $number) = $peer =~ /^(\d+):(\d+)$/
		or die("no address '$peer'\n");

	$self->{conn}{$name} = { type => $TYPE{$type} // die("type $type\n"),
				 node => $node, number => $number,
				 port => $port, ours => $how{isn} // 1000,
				 theirs => 0, station => $how{station} // $node,
				 via => $how{via} // 0 };
}

sub conn
{
	my ($self, $name) = @_;

	return $self->{conn}{$name} // die("no connection '$name'\n");
}

# ---- what a line says of a frame

# ack, win, urg, <options>, {other fields}: into $f; numbers as they are written
sub frame_fields
{
	my ($text, $f) = @_;

	while ($text =~ /\S/) {
		if ($text =~ s/^\s*(ack|win|urg) (-?\d+|\*|<?=?-?\d+\+?)(?=\s|$)//) {
			$f->{$1} = $2;
		} elsif ($text =~ s/^\s*<([^>]*)>//) {
			$f->{options} = [map({ s/^\s+|\s+$//g;
					       [split(/[ -]/, $_)] }
					     split(/,/, $1))];
		} elsif ($text =~ s/^\s*\{([^}]*)\}//) {
			for my $pair (split(/[, ]+/, $1)) {
				my ($key, $value) = split(/=/, $pair, 2);
				$f->{$key} = $value // 1;
			}
		} else {
			die("what is '$text'?\n");
		}
	}
	return $f;
}

# '12(100)', '12("text")', '12'
sub payload_of
{
	my ($number, $what) = @_;

	return '' unless defined($what);
	return $1 if $what =~ /^"(.*)"$/;
	return frame_pattern($number, $what);
}

# Fields of a frame, from the line behind < or >
sub frame_of
{
	my ($self, $text) = @_;
	my $f = {};

	if ($text =~ s/^(who_has|i_am) (\d+) (\d+)//) {
		%$f = (type => $TYPE{$1}, src => $2, dst => $3,
		       sport => 0, dport => 0);
	} elsif ($text =~ s/^(dgram|refused) (\d+):(\d+|\*) (\d+|all):(\d+|\*)(?: (".*?"|\(\d+\)))?//) {
		%$f = (type => $TYPE{$1}, src => $2, sport => $3, dst => $4,
		       dport => $5);
		my $payload = $6;
		$f->{dst} = 0xffffffff if $f->{dst} eq 'all';
		$payload =~ tr/()//d if defined($payload);
		$f->{payload} = payload_of(1, $payload);
	} elsif ($text =~ s/^(?:(\w+): )?([SFRP.UEO]+|-) (-?\d+|\*)(?:\((\d+|".*?")\))?//) {
		$f->{conn} = $1 // 'a';
		$f->{letters} = $2;
		$f->{seq} = $3;
		$f->{payload} = payload_of($3 eq '*' ? 0 : $3, $4);
	} else {
		die("what frame is '$text'?\n");
	}
	return frame_fields($text, $f);
}

sub flags_of
{
	my ($letters) = @_;
	my $flags = 0;

	$flags |= $FLAG{$_} // 0 for split(//, $letters);
	return $flags;
}

# ---- out

my @RAW = qw(magic version is src dst sport dport len sum hlen flags cut pad);

sub inject
{
	my ($self, $text) = @_;
	my $f = $self->frame_of($text);
	my ($station, $to, $via) = (3, undef, 0);

	if ($f->{conn}) {
		my $c = $self->conn($f->{conn});

		$f = { type => $c->{type}, src => $c->{node}, dst => NODE,
		       sport => $c->{number}, dport => $c->{port},
		       flags => flags_of($f->{letters}), win => 65536, %$f };
		$f->{seq} += $c->{ours};
		$f->{ack} = $f->{letters} =~ /\./ || defined($f->{ack}) ?
			    ($f->{ack} // die("no ack\n")) + $c->{theirs} : 0;
		$f->{options} = [map({ my ($kind, @values) = @$_;
				       @values = map({ $_ + $c->{theirs} }
						     @values)
						if $kind eq 'sack';
				       [$kind, map({ $_ & 0xffffffff }
						   @values)] }
				     @{$f->{options} // []})];
		($station, $via) = @$c{qw(station via)};
	}
	$to = $f->{to} // ($f->{type} == $TYPE{who_has} ||
			   $f->{dst} == 0xffffffff ? 'all' :
			   Wire::Net::station_of_link($f->{via} // $via));
	$f->{opts} = pack('H*', $f->{opts}) if defined($f->{opts});
	for my $key (@RAW) {
		$f->{$key} = oct($f->{$key})
			if ($f->{$key} // '') =~ /^0x/;
	}
	$self->{last} = $self->{net}->send_frame(
		frame_build(%$f), from => $f->{from} // $station, to => $to,
		via => $f->{via} // $via, partial => $f->{partial});
	$self->note('<', $text);
}

# ---- in

# Frames that the script does not want to see: questions are answered.
sub neighbours
{
	my ($self, $at, $f) = @_;

	return 0 if $self->{set}{neigh} ne 'auto' || $f->{type} > 2;
	return 1 if $f->{type} == 2 || $f->{dst} == $f->{src};
	for my $c (values(%{$self->{conn}})) {
		next if $c->{node} != $f->{dst} || $c->{via} != $at->{via};
		$self->{net}->send_frame(
			frame_build(type => 2, src => $f->{dst},
				    dst => $f->{src}, sport => 0, dport => 0),
			from => $c->{station}, to => $at->{from},
			via => $at->{via});
		last;
	}
	return 1;
}

# The next frame that counts, undef
sub next_frame
{
	my ($self, $until) = @_;

	while (my $at = $self->{net}->next_frame($until)) {
		my %f = eval { frame_parse($at->{bytes}, $at->{left}) };
		die("the node sends a frame that is wrong: $@") if $@;
		next if $self->neighbours($at, \%f);
		return ($at, \%f);
	}
	return;
}

# Which of our connections a segment belongs to
sub conn_of
{
	my ($self, $f) = @_;

	for my $name (sort(keys(%{$self->{conn}}))) {
		my $c = $self->{conn}{$name};

		return $name if segment($f->{type}) &&
			$f->{type} == $c->{type} && $f->{dst} == $c->{node} &&
			$f->{dport} == $c->{number} &&
			($c->{port} eq '*' || $f->{sport} == $c->{port});
	}
	return '';
}

sub text_of
{
	my ($self, $f) = @_;
	my $name = $self->conn_of($f);
	my $c = $name ? $self->conn($name) : { ours => 0, theirs => 0 };

	return ($name ne '' && $name ne 'a' ? "$name: " : '') .
	       frame_text($f, $c->{theirs}, $c->{ours});
}

sub note
{
	my ($self, $sign, $text) = @_;

	push(@{$self->{log}}, sprintf('%8.3f %s %s', ($self->{last} // 0) -
				      $self->{start}, $sign, $text));
}

# expect(TEXT, SECONDS): the next frame is that one, so long after the last event,
# or whenever it comes
sub expect
{
	my ($self, $text, $after, $least) = @_;
	my $want = $self->frame_of($text);
	my $until = $self->{last} + ($after // 0) +
		    (defined($after) ? 0.3 * $after + $self->{late} : 0) +
		    $self->{patience};
	my ($at, $f) = $self->next_frame($until);

	die("nothing came\n") unless $at;
	my $passed = $at->{time} - $self->{last};
	$self->learn($want, $f);
	my $is = $self->text_of($f);
	$self->{gap} = $passed;
	$self->{last} = $at->{time};
	$self->note('>', $is);
	my @wrong = $self->compare($want, $at, $f);
	push(@wrong, sprintf('after %.3f s', $passed))
		if defined($after) && ($passed < $least * $after - 0.015 ||
			$passed > 1.3 * $after + $self->{late});
	die("came: $is\nwrong: " . join(', ', @wrong) . "\n") if @wrong;
}

# The node's port and zero point, from its SYN
sub learn
{
	my ($self, $want, $f) = @_;

	return unless $want->{conn} && $want->{letters} =~ /S/ &&
		      segment($f->{type});
	my $c = $self->conn($want->{conn});
	return if $f->{dst} != $c->{node} || $f->{dport} != $c->{number};
	$c->{port} = $f->{sport} if $c->{port} eq '*';
	if (!$c->{known} && $want->{seq} eq '0') {
		$c->{theirs} = $f->{seq};
		$c->{known} = 1;
	}
}

sub matches
{
	my ($want, $is) = @_;

	return 1 if $want eq '*';
	return $is >= $1 if $want =~ /^(\d+)\+$/;
	return $is == $want;
}

# What is not as it was wanted
sub compare
{
	my ($self, $want, $at, $f) = @_;
	my ($to, @wrong) = ($want->{to});

	if ($want->{conn}) {
		my $c = $self->conn($want->{conn});

		return 'another connection'
			if $self->conn_of($f) ne $want->{conn};
		@wrong = $self->compare_segment($c, $want, $f);
		$to //= $c->{station};
		$want->{via} //= $c->{via};
	} else {
		return 'type' if $f->{type} != $want->{type};
		$to //= $f->{type} == 1 || $f->{dst} == 0xffffffff ? 'all' : 3;
		push(@wrong, 'payload') if defined($want->{payload}) &&
					   $want->{payload} ne $f->{payload};
	}
	for my $key (qw(src dst sport dport)) {
		push(@wrong, "$key $f->{$key}") if defined($want->{$key}) &&
			!matches($want->{$key}, $f->{$key});
	}
	push(@wrong, "src $f->{src}") if !defined($want->{src}) &&
					 $f->{src} != NODE;
	push(@wrong, "to station $at->{to}") if $at->{to} ne $to;
	push(@wrong, "via $at->{via}") if ($want->{via} // 0) !~ /^(\*|$at->{via})$/;
	push(@wrong, 'length of the frame') if length($at->{bytes}) >
					       $self->{set}{mtu};
	return @wrong;
}

# PSH is but a hint: it is not looked at.
sub compare_segment
{
	my ($self, $c, $want, $f) = @_;
	my @wrong;

	push(@wrong, 'flags') if (flags_of($want->{letters}) & ~$FLAG{P}) !=
				 ($f->{flags} & ~$FLAG{P});
	push(@wrong, 'seq') if $want->{seq} ne '*' &&
		(($f->{seq} - $c->{theirs} - $want->{seq}) & 0xffffffff);
	push(@wrong, 'ack') if defined($want->{ack}) && $want->{ack} ne '*' &&
		(($f->{ack} - $c->{ours} - $want->{ack}) & 0xffffffff);
	push(@wrong, 'payload') if $want->{payload} ne $f->{payload};
	push(@wrong, 'win') if !matches($want->{win} // '*', $f->{win});
	push(@wrong, 'urg') if defined($want->{urg}) &&
			       $want->{urg} != $f->{urg};
	my $options = join(',', map({ join(' ', @$_) } @{$want->{options} // []}));
	my $are = join(',', map({ my ($kind, @values) = @$_;
				  @values = map({ ($_ - $c->{ours}) & 0xffffffff }
						@values) if $kind eq 'sack';
				  join(' ', $kind, @values) }
				@{$f->{options}}));
	if (defined($want->{options})) {
		my $pattern = quotemeta($options) =~ s/\\\*/\\d+/gr;
		push(@wrong, 'options') if $options ne '*' &&
					   $are !~ /^$pattern$/;
	} elsif ($want->{letters} !~ /S/ && $are ne '') {
		push(@wrong, 'options');
	}
	return @wrong;
}

# flood(COUNT, TEXT, EACH): the same frame so often; EACH: of ports that go up. How
# long it took is kept for limited().
sub flood
{
	my ($self, $count, $text, $each) = @_;
	my $before = time();

	for my $n (0 .. $count - 1) {
		$self->inject($text . ($each ? ' {sport=' . (20000 + $n) . '}' :
				       ''));
	}
	$self->{flood} = [$before, time() - $before];
}

# What comes until it is quiet for a time
sub gather
{
	my ($self, $quiet) = @_;
	my @frames;

	while (my ($at, $f) = $self->next_frame(time() + $quiet)) {
		push(@frames, $f);
	}
	$self->{last} = time();
	return @frames;
}

# limited(SAVED, RATE): so many answers to a flood, so many a second more
sub limited
{
	my ($self, $saved, $rate) = @_;
	my $most = $saved + $rate * $self->{flood}[1] + 2;
	my $are = scalar(my @frames = $self->gather(0.3));

	die(sprintf("%d answers, of at least %d and at most %d\n", $are,
		    $saved, $most)) if $are < $saved || $are > $most;
}

# answered(COUNT): so many ports had an answer
sub answered
{
	my ($self, $count) = @_;
	my %ports = map({ $_->{dport} => 1 } $self->gather(0.3));

	die(scalar(keys(%ports)) . " ports were answered\n")
		if keys(%ports) != $count;
}

sub nothing
{
	my ($self, $seconds) = @_;
	my ($at, $f) = $self->next_frame($self->{last} + $seconds);

	die('came: ' . $self->text_of($f) . "\n") if $at;
	$self->{last} = time();
}

# All that is under way has come, and has been answered.
sub settle
{
	my ($self) = @_;
	my ($at, $f) = $self->next_frame(time() + 0.1);

	die('at the end came: ' . $self->text_of($f) . "\n") if $at;
}

1;

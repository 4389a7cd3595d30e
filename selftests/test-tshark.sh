#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tools/wireshark/toy.lua on what goes over a cable, and on frames that are wrong.
# The scene is lib/ether.sh's.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
ether_need tshark dumpcap awk
plugin=$(cd "$(dirname "$0")/../tools/wireshark" && pwd)/toy.lua
# It takes a while until tshark is there.
# shellcheck disable=SC2034 # of tap.sh
TAP_PATIENCE=$((120 * ${TOY_TEST_SLOW:-1}))

# ---- captures

# capture NAME: all frames at end 1, until there are enough
capture()
{
	cap=$TAP_DIR/$1.pcap
	tap_start "$1" nsenter --net="/run/netns/$ETHER_NET-1" \
		dumpcap -q -i toy1 -f 'ether proto 0x88b5' -w "$cap"
	capturer=$TAP_PID
	tap_until grep -q 'File:' "$TAP_DIR/$1.err"
}

# captured BYTES: whether a frame that begins so is in the file
captured()
{
	BYTES=$1 perl -0777 -ne 'my $bytes = pack("H*", $ENV{BYTES} =~ s/ //gr);
		exit(index($_, $bytes) < 0)' "$cap"
}

# captures NAME BYTES: ends the capture when there is such a frame, and has tshark
# look at all. It is started once for all questions, as that takes seconds here.
captures()
{
	tap_ok "$1: were captured" tap_until captured "$2"
	tap_stop "$capturer"
	tap_timed tshark -X "lua_script:$plugin" -r "$cap" -T fields \
		-E header=y -E separator=/t "${fields[@]}" \
		>"$TAP_DIR/rows" 2>"$TAP_DIR/tshark"
}

fields=()
for field in frame.number eth.src eth.dst _ws.col.Info _ws.expert.group \
	_ws.expert.message data.data toy.version toy.type toy.src toy.dst \
	toy.srcport toy.dstport toy.src_addr toy.dst_addr toy.len toy.checksum \
	toy.checksum.status toy.checksum_calculated toy.seq toy.seq_raw \
	toy.ack toy.ack_raw toy.nxtseq toy.seg_len toy.window toy.hdr_len \
	toy.flags toy.flags.syn toy.urgent_pointer toy.option_kind \
	toy.option_len toy.options.mss toy.options.maxmsg toy.options.sack_le \
	toy.options.sack_re toy.payload toy.padding
do
	fields+=(-e "$field")
done

# rows WHICH FIELD...: the fields of each frame of which that is true, an
# expression of Perl with a hash %f. What is sent again, as it may be on a slow
# machine, is the same line: shown once.
rows()
{
	perl -e 'my $which = shift(@ARGV);
		my ($rows, @fields) = @ARGV;
		my (%f, %seen);
		my $malformed = 7 << 24;
		open(my $file, "<", $rows) or die("$!\n");
		chomp(my $names = <$file>);
		while (my $row = <$file>) {
			chomp($row);
			@f{split(/\t/, $names)} = split(/\t/, $row, -1);
			next unless eval($which);
			my $line = join(" ", map { $f{$_} // "no $_" } @fields);
			print("$line\n") unless $seen{$line}++;
		}' "$1" "$TAP_DIR/rows" "${@:2}"
}

# shows NAME WHICH FIELD...: is that what is on stdin? A result for each line
shows()
{
	local name=$1 n=0 line lines

	mapfile -t lines < <(rows "${@:2}")
	while IFS= read -r line; do
		tap_is "$name, line $((n + 1))" "${lines[n]-no such line}" "$line"
		n=$((n + 1))
	done
	tap_is "$name, no more lines" "${lines[*]:n}" ''
}

# ---- what one says to the other

datagrams()
{
	# shellcheck disable=SC2016
	ether_perl 0 'my $sock = toy_socket(SOCK_DGRAM);
		bind($sock, toy_addr(40000));
		send($sock, "hello", 0, toy_addr(9700, 3));
		recv($sock, my $text, 10, 0);
		send($sock, "nobody", 0, toy_addr(9799, 3));
		sleep(0.3);' >/dev/null
	captures datagrams '5459 0104'

	# shellcheck disable=SC2016
	shows 'who-has' '$f{"toy.type"} == 1 && $f{"frame.number"} < 3' eth.dst toy.src \
		toy.dst toy.srcport toy.dstport toy.checksum.status <<-'END'
		ff:ff:ff:ff:ff:ff 2 3 0 0 2
	END
	# shellcheck disable=SC2016
	shows 'i-am' '$f{"toy.type"} == 2 && $f{"frame.number"} < 3' eth.dst toy.src_addr \
		toy.dst_addr _ws.col.Info <<-'END'
		02:00:00:00:00:02 3 2 Node 3 is at 02:00:00:00:00:03
	END
	# shellcheck disable=SC2016
	shows 'datagrams' '$f{"toy.type"} > 2' toy.type toy.src_addr toy.dst_addr \
		toy.len toy.payload _ws.col.Info <<-'END'
		3 2:40000 3:9700 5 68656c6c6f 2:40000 → 3:9700 Len=5
		3 3:9700 2:40000 5 68656c6c6f 3:9700 → 2:40000 Len=5
		3 2:40000 3:9799 6 6e6f626f6479 2:40000 → 3:9799 Len=6
		4 3:9799 2:40000 0  3:9799 → 2:40000 refused
	END
}

# connection TYPE: a word there and back, the end; then a refusal
connection()
{
	# shellcheck disable=SC2016
	ether_perl 0 'my ($type) = @ARGV;
		my $sock = toy_socket($type);
		bind($sock, toy_addr(40000));
		connect($sock, toy_addr(9701, 3)) or die("$!\n");
		send($sock, "word", 0x80);
		recv($sock, my $text, 10, 0);
		shutdown($sock, 1);
		recv($sock, $text, 10, 0);
		$sock = toy_socket($type);
		bind($sock, toy_addr(40001));
		connect($sock, toy_addr(9702, 3));
		sleep(0.3);' "$1" >/dev/null
}

# What is an ACK alone comes when it comes.
segments()
{
	local what='$f{"toy.type"} == 5 && $f{"toy.flags"} ne "0x10"'
	local numbers='toy.src_addr toy.flags toy.seq toy.ack toy.nxtseq toy.len'

	capture segments
	connection 1
	connection 5
	captures segments '5459 0106 00000003 00000002 25e6 9c41'
	# shellcheck disable=SC2086
	shows 'stream' "$what" $numbers <<-'END'
		2:40000 0x02 0  1 0
		3:9701 0x12 0 1 1 0
		2:40000 0x18 1 1 5 4
		3:9701 0x18 1 5 5 4
		2:40000 0x19 5 5 6 0
		3:9701 0x19 5 6 6 0
		2:40001 0x02 0  1 0
		3:9702 0x14 0 1 0 0
	END
	# shellcheck disable=SC2086
	shows 'seqpacket' "${what/5/6}" $numbers <<-'END'
		2:40000 0x02 0  1 0
		3:9701 0x12 0 1 1 0
		2:40000 0xd8 1 1 6 4
		3:9701 0xd8 1 6 6 4
		2:40000 0x19 6 6 7 0
		3:9701 0x19 6 7 7 0
		2:40001 0x02 0  1 0
		3:9702 0x14 0 1 0 0
	END
	# shellcheck disable=SC2016
	shows 'options' '$f{"toy.flags.syn"} == 1 && $f{"toy.srcport"} == 40000' toy.type \
		toy.hdr_len toy.option_kind toy.option_len toy.options.mss \
		toy.options.maxmsg <<-'END'
		5 44 2,4,1,1 4,2 1464 
		6 48 2,4,3 4,2,6 1464 212960
	END
	# shellcheck disable=SC2016
	shows 'nothing is wrong' '$f{"_ws.expert.group"} == $malformed ||
		$f{"toy.checksum.status"} !~ /^2?$/' _ws.col.Info </dev/null
	tap_is 'a filter for either end' "$(tap_timed tshark \
		-X "lua_script:$plugin" -r "$cap" \
		-Y 'toy.port == 9702 && toy.node == 2 && toy.type == 5' \
		-T fields -e toy.src_addr 2>/dev/null | paste -sd ' ')" \
		'2:40001 3:9702'
}

# ---- what nobody says

# inject: frames as they are put on the cable: hexadecimal digits behind the
# EtherType, one frame a line
inject()
{
	# shellcheck disable=SC2016
	n0 perl -MSocket -e 'socket(my $sock, 17, SOCK_RAW, 0) or die("$!\n");
		my $ifreq = pack("a16 x16", "toy0");
		ioctl($sock, 0x8933, $ifreq) or die("$!\n");
		my $at = pack("S n l x12", 17, 0x88b5, unpack("x16 l", $ifreq));
		while (<STDIN>) {
			s/[ \n]//g;
			send($sock, pack("H*", "020000000003020000000002" .
					 "88b5$_"), 0, $at) or die("$!\n");
		}'
}

# The examples of frames.md first, whose checksums are right.
frames()
{
	inject <<'END'
54590101 0000002a 00000003 00000000 0000 aa78
54590102 00000002 00000003 00000000 0000 aa9f
54590103 00000002 00000003 9c400035 0005 ca51 68656c6c6f
54590104 00000003 00000002 00359c40 0000 0e28
54590105 00000002 00000003 9c400050 0000 e649 00001000 00000000 00010000 0b020000 020405b8 04020101
54590106 00000002 00000003 9c400050 0002 fc43 00001001 00009001 00010000 09580000 6869
54590106 00000002 00000003 9c430050 0000 0000 00001001 00009001 00000010 0e100000 05120000901100009021 00009031000090410101
54590105 00000002 00000003 9c430050 0004 0000 00000064 00000064 00000010 09380007 77776262 0000
54590105 00000002 00000003 9c440050 0000 0000 fffffff0 00000064 00000010 09100000
54590105 00000002 00000003 9c440050 0001 0000 00000010 00000064 00000010 09100000 61
54590103 00000002 00000003 9c400035 0005 ca52 68656c6c6f
54590105 00000002 00000003 9c400050 0000 e64a 00001000 00000000 00010000 0b020000 020405b8 04020101
54590203 00000002 00000003 9c400035 0005 ca51 68656c6c6f
54590107 00000002 00000003 9c400035 0005 0000 68656c6c6f
54590103 00000002 00000003 9c40
54590105 00000002 00000003 9c410050 0000 0000 00001000 00000000
54590103 00000002 00000003 9c400035 0009 0000 68656c6c6f
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 10100000
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 0a100000 02030101
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 0a100000 05000000
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 0a100000 2a040000
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 09030000
54590105 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 09500000
54590106 00000002 00000003 9c420050 0000 0000 00000001 00000001 00000000 09300000
54590103 00000002 00000003 00000035 0000 0000
54590101 00000002 00000003 00010000 0000 0000
54590104 00000003 00000002 00359c40 0001 0000 00
54580103 00000002 00000003 9c400035 0000 0000
54590103 00000002 00000003 9c4003e7 0004 0000 6c617374
END
}

# What came from end 0 by hand, for its answers are known from above.
injected()
{
	shows "$1" "\$f{'eth.src'} eq '02:00:00:00:00:02' && ($2)" "${@:3}"
}

right()
{
	# shellcheck disable=SC2016
	injected 'the examples' '$f{"toy.checksum.status"} == 1' toy.type \
		_ws.col.Info <<-'END'
		1 Who has node 3? Tell node 42
		2 Node 2 is at 02:00:00:00:00:02
		3 2:40000 → 3:53 Len=5
		4 3:53 → 2:40000 refused
		5 2:40000 → 3:80 [SYN] Seq=0 Win=65536 Len=0 MSS=1464 SACK_PERM
		6 2:40000 → 3:80 [PSH, ACK, EOM] Seq=1 Ack=1 Win=65536 Len=2
	END
	# shellcheck disable=SC2016
	injected 'SACK' '$f{"toy.options.sack_le"} ne ""' toy.options.sack_le \
		toy.options.sack_re toy.option_kind _ws.col.Info <<-'END'
		17,49 33,65 5,1,1 2:40003 → 3:80 [ACK] Seq=1 Ack=1 Win=16 Len=0 SACK=17-33 SACK=49-65
	END
	# shellcheck disable=SC2016
	injected 'URG and padding' '$f{"toy.urgent_pointer"} > 0' \
		toy.urgent_pointer toy.padding toy.seq_raw _ws.col.Info <<-'END'
		7 0000 100 2:40003 → 3:80 [PSH, ACK, URG] Seq=1 Ack=1 Win=16 Len=4 Urg=7
	END
	# shellcheck disable=SC2016
	injected 'numbers that wrap round' '$f{"toy.srcport"} == 40004' toy.seq_raw \
		toy.seq toy.nxtseq toy.checksum.status <<-'END'
		4294967280 1 1 2
		16 33 34 2
	END
}

faults()
{
	local sum='toy.checksum toy.checksum_calculated'

	# shellcheck disable=SC2086
	# shellcheck disable=SC2016
	injected 'wrong checksum' '$f{"_ws.expert.message"} =~ /Bad checksum/' toy.type \
		toy.checksum.status $sum _ws.col.Info <<-'END'
		3 0 0xca52 0xca51 2:40000 → 3:53 Len=5 [wrong checksum]
		5 0 0xe64a 0xe649 2:40000 → 3:80 [SYN] Seq=0 Win=65536 Len=0 MSS=1464 SACK_PERM [wrong checksum]
	END
	# shellcheck disable=SC2086
	# shellcheck disable=SC2016
	injected 'a checksum that was left to the device' '$f{"toy.dstport"} == 999' \
		toy.checksum.status $sum <<-'END'
		2 0x0000 0x2a9d
	END
	# shellcheck disable=SC2016
	injected 'malformed' '$f{"_ws.expert.group"} == $malformed' _ws.col.Info \
		_ws.expert.message <<-'END'
		[unknown version 2] Unknown version
		2:40000 → 3:53 [unknown type 7] Unknown type
		[ends within the header] Ends within the header
		2:40000 → 3:53 Len=9 [wrong length] Payload ends beyond the frame
		2:40002 → 3:80 [ACK] Seq=1 Ack=1 Win=0 Len=0 [wrong header length] Header length is not 9 to 15 words, or beyond the frame
		2:40002 → 3:80 [ACK] Seq=1 Ack=1 Win=0 Len=0 [wrong option] Length of an option is wrong
		2:40002 → 3:80 [FIN, SYN] Seq=1 Win=0 Len=0 [wrong flags] Flags that do not go together
		2:40002 → 3:80 [ACK, EOM] Seq=1 Ack=1 Win=0 Len=0 [wrong flags] Flags that do not go together
		2:40002 → 3:80 [ACK, URG] Seq=1 Ack=1 Win=0 Len=0 Urg=0 [wrong flags] Flags that do not go together
		2 → 3:53 Len=0 [wrong ports] Port 0, or one where there are none
		Who has node 3? Tell node 2 [wrong ports] Port 0, or one where there are none
		3:53 → 2:40000 refused [wrong payload] Payload where there is none
	END
	# shellcheck disable=SC2016
	injected 'an unknown option' '$f{"_ws.expert.message"} =~ /Unknown option/' \
		toy.option_kind toy.option_len _ws.col.Info <<-'END'
		42 4 2:40002 → 3:80 [ACK] Seq=1 Ack=1 Win=0 Len=0
	END
	# shellcheck disable=SC2016
	injected 'somebody else' '$f{"data.data"} ne ""' data.data <<-'END'
		5458010300000002000000039c40003500000000
	END
	tap_is 'the plugin has no mistake' "$(grep -i lua "$TAP_DIR/tshark")" ''
}

tap_plan $((72 + ETHER_ENDED))

ether_scene
ether_echo 1 2 9700
ether_echo 1 1 9701
ether_echo 1 5 9701
capture datagrams
datagrams
segments
capture frames
frames
captures frames '9c40 03e7 0004'
right
faults
ether_ended

-- SPDX-License-Identifier: GPL-2.0-only
--
-- Wireshark's and tshark's view of TOY over Ethernet, as
-- Documentation/protocol/frames.md has it:
--
--	tshark -X lua_script:toy.lua -i eth0 toy
--
-- or this file in the folder 'Personal Lua Plugins' of Help, About, Folders. One
-- file, so that it can be put there. The names of the fields: tshark -X lua_script:toy.lua -G fields | grep toy

local toy = Proto("toy", "TOY over Ethernet")

toy.prefs.ethertype = Pref.uint("EtherType", 0x88b5,
	"What the module's parameter ethertype= says")
toy.prefs.relative = Pref.bool("Relative sequence numbers", true,
	"Count from the SYN, or the first segment that was seen")

local MAGIC, VERSION = 0x5459, 1
local BASE, SEGMENT = 20, 36
local DATAGRAM, STREAM, SEQPACKET = 3, 5, 6
local FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
local URG, EOM, EOR = 0x20, 0x40, 0x80

local TYPES = {
	[1] = "WHO_HAS", [2] = "I_AM", [3] = "DATAGRAM", [4] = "REFUSED",
	[5] = "STREAM", [6] = "SEQPACKET",
}
local FLAGS = {
	{ FIN, "FIN" }, { SYN, "SYN" }, { RST, "RST" }, { 0x08, "PSH" },
	{ ACK, "ACK" }, { URG, "URG" }, { EOM, "EOM" }, { EOR, "EOR" },
}
-- kind: name, length; SACK has 2 + 8n
local OPTIONS = {
	[0] = { "end" }, [1] = { "nop" }, [2] = { "MSS", 4 },
	[3] = { "MAXMSG", 6 }, [4] = { "SACK permitted", 2 }, [5] = { "SACK" },
}
local KINDS = {}
for kind, option in pairs(OPTIONS) do
	KINDS[kind] = option[1]
end
-- As Wireshark's own protocols call them.
local BAD, GOOD, UNVERIFIED = 0, 1, 2
local STATUS = { [0] = "Bad", [1] = "Good", [2] = "Unverified" }

-- Whether any flag of mask is set
local function has(flags, mask)
	return bit.band(flags, mask) ~= 0
end

-- ---- fields

local f = {}

local function field(short, kind, name, text, display, names)
	f[short] = ProtoField[kind]("toy." .. name, text, display, names)
end

field("magic", "uint16", "magic", "Magic", base.HEX)
field("version", "uint8", "version", "Version")
field("type", "uint8", "type", "Type", base.DEC, TYPES)
field("src", "uint32", "src", "Source node")
field("dst", "uint32", "dst", "Destination node")
field("node", "uint32", "node", "Source or destination node")
field("sport", "uint16", "srcport", "Source port")
field("dport", "uint16", "dstport", "Destination port")
field("port", "uint16", "port", "Source or destination port")
field("from", "string", "src_addr", "Source")
field("to", "string", "dst_addr", "Destination")
field("len", "uint16", "len", "Payload length")
field("sum", "uint16", "checksum", "Checksum", base.HEX)
field("status", "uint8", "checksum.status", "Checksum status", base.DEC, STATUS)
field("right", "uint16", "checksum_calculated", "Calculated checksum", base.HEX)
field("seq", "uint32", "seq", "Sequence number")
field("seqraw", "uint32", "seq_raw", "Sequence number (raw)")
field("ack", "uint32", "ack", "Acknowledgement number")
field("ackraw", "uint32", "ack_raw", "Acknowledgement number (raw)")
field("next", "uint32", "nxtseq", "Next sequence number")
field("seglen", "uint32", "seg_len", "Numbers taken")
field("window", "uint32", "window", "Window")
field("hlen", "uint8", "hdr_len", "Header length")
field("flags", "uint8", "flags", "Flags", base.HEX)
field("urgent", "uint16", "urgent_pointer", "Urgent pointer")
field("options", "bytes", "options", "Options")
field("kind", "uint8", "option_kind", "Kind", base.DEC, KINDS)
field("olen", "uint8", "option_len", "Length")
field("mss", "uint16", "options.mss", "MSS")
field("maxmsg", "uint32", "options.maxmsg", "MAXMSG")
field("sackok", "none", "options.sack_perm", "SACK permitted")
field("left", "uint32", "options.sack_le", "Left edge")
field("edge", "uint32", "options.sack_re", "Right edge")
field("payload", "bytes", "payload", "Payload")
field("padding", "bytes", "padding", "Padding")
for _, flag in ipairs(FLAGS) do
	f[flag[2]] = ProtoField.bool("toy.flags." .. flag[2]:lower(), flag[2],
				     8, nil, flag[1])
end
toy.fields = f

local function malformed(name, text)
	return ProtoExpert.new("toy." .. name, text, expert.group.MALFORMED,
			       expert.severity.ERROR)
end

local e = {
	sum	= ProtoExpert.new("toy.checksum.bad", "Bad checksum",
				  expert.group.CHECKSUM, expert.severity.ERROR),
	short	= malformed("short", "Ends within the header"),
	version	= malformed("version.unknown", "Unknown version"),
	type	= malformed("type.unknown", "Unknown type"),
	hlen	= malformed("hdr_len.bad", "Header length is not 9 to 15 words, " ..
			    "or beyond the frame"),
	len	= malformed("len.bad", "Payload ends beyond the frame"),
	option	= malformed("option_len.bad", "Length of an option is wrong"),
	unknown	= ProtoExpert.new("toy.option_kind.unknown", "Unknown option",
				  expert.group.UNDECODED, expert.severity.NOTE),
	flags	= malformed("flags.bad", "Flags that do not go together"),
	ports	= malformed("port.bad", "Port 0, or one where there are none"),
	payload	= malformed("payload.bad", "Payload where there is none"),
	reset	= ProtoExpert.new("toy.reset", "Connection reset",
				  expert.group.SEQUENCE, expert.severity.WARN),
}
toy.experts = e

-- ---- checksum

-- The ones' complement sum of 16-bit words, the field (at 18) left out.
local function sum_of(tvb, len)
	local bytes = tvb:range(0, len):bytes()
	local sum = 0

	for i = 0, len - 1 do
		if i < 18 or i > 19 then
			local byte = bytes:get_index(i)
			sum = sum + (i % 2 == 0 and byte * 256 or byte)
		end
	end
	while sum > 0xffff do
		sum = sum % 0x10000 + math.floor(sum / 0x10000)
	end
	return 0xffff - sum
end

-- A sender leaves 0 to the device (CHECKSUM_PARTIAL), and so it is seen at the
-- sender, on veth and on lo. 0 and 0xffff are the same number there.
local function checksum(tvb, tree, len)
	local range = tvb:range(18, 2)
	local there = range:uint()
	local item = tree:add(f.sum, range)
	local status = UNVERIFIED

	if len > tvb:len() then
		item:append_text(" (unverified: not all was captured)")
	else
		local right = sum_of(tvb, len)

		tree:add(f.right, range, right):set_generated()
		if there % 0xffff == right % 0xffff then
			status = GOOD
			item:append_text(" (correct)")
		elseif there == 0 then
			item:append_text(" (unverified: left to the device)")
		else
			status = BAD
			item:append_text(string.format(
				" (wrong, should be 0x%04x)", right))
			item:add_proto_expert_info(e.sum)
		end
	end
	tree:add(f.status, range, status):set_generated()
	return status
end

-- ---- flags

local function flag_names(flags)
	local names = {}

	for _, flag in ipairs(FLAGS) do
		if has(flags, flag[1]) then
			names[#names + 1] = flag[2]
		end
	end
	return table.concat(names, ", ")
end

-- F8 of frames.md
local function flags_are_right(h)
	local flags, payload = h.flags, h.len > 0
	local marks = FIN + URG + EOM + EOR

	if not has(flags, SYN + RST + ACK) or
	   has(flags, h.type == STREAM and EOM + EOR or URG) or
	   has(flags, EOR) and not has(flags, EOM) then
		return false
	elseif has(flags, SYN) and (payload or has(flags, marks + RST)) or
	       has(flags, RST) and (payload or has(flags, marks)) then
		return false
	end
	return not (h.type == SEQPACKET and has(flags, FIN) and payload and
		    not has(flags, EOM))
end

local function numbers_taken(h)
	local one = function(mask) return has(h.flags, mask) and 1 or 0 end

	return h.len + one(SYN) + one(EOM) + one(FIN)
end

local function flags(tvb, tree, h)
	local item = tree:add(f.flags, tvb:range(33, 1))

	item:append_text(" (" .. flag_names(h.flags) .. ")")
	for _, flag in ipairs(FLAGS) do
		item:add(f[flag[2]], tvb:range(33, 1))
	end
	if not flags_are_right(h) then
		item:add_proto_expert_info(e.flags)
		h.wrong = "wrong flags"
	elseif has(h.flags, RST) then
		item:add_proto_expert_info(e.reset)
	end
end

-- ---- relative numbers

-- Number that is 0, for each type, source and destination; and what it was for
-- each frame, as Wireshark looks at frames again in any order.
local zero, zeroes

function toy.init()
	zero, zeroes = {}, {}
end

local function there_and_back(h)
	local from = h.src .. ":" .. h.sport
	local to = h.dst .. ":" .. h.dport

	return h.type .. " " .. from .. " " .. to,
	       h.type .. " " .. to .. " " .. from
end

-- Zero points of sequence and acknowledgement number; nil: not known.
local function learn(number, h)
	local there, back = there_and_back(h)
	local syn, ack = has(h.flags, SYN), has(h.flags, ACK)

	if not flags_are_right(h) then
		zeroes[number] = { zero[there], zero[back] }
		return
	elseif syn then
		if not ack and zero[there] ~= h.seq then
			zero[back] = nil
		end
		zero[there] = h.seq
	elseif not has(h.flags, RST) and not zero[there] then
		zero[there] = h.seq - 1
	end
	if ack and not zero[back] and not has(h.flags, RST) then
		zero[back] = h.ack - 1
	end
	zeroes[number] = { zero[there], zero[back] }
end

local function relative(value, from)
	if not toy.prefs.relative or not from then
		return value
	end
	return (value - from) % 0x100000000
end

-- ---- options

local function option_value(tvb, at, kind, len, tree, h)
	if kind == 2 then
		tree:add(f.mss, tvb:range(at + 2, 2))
		h.says = h.says .. " MSS=" .. tvb:range(at + 2, 2):uint()
	elseif kind == 3 then
		tree:add(f.maxmsg, tvb:range(at + 2, 4))
		h.says = h.says .. " MAXMSG=" .. tvb:range(at + 2, 4):uint()
	elseif kind == 4 then
		tree:add(f.sackok, tvb:range(at, len))
		h.says = h.says .. " SACK_PERM"
	elseif kind == 5 then
		for edge = at + 2, at + len - 8, 8 do
			local left = relative(tvb:range(edge, 4):uint(), h.back)
			local right = relative(tvb:range(edge + 4, 4):uint(),
					       h.back)

			tree:add(f.left, tvb:range(edge, 4), left)
			tree:add(f.edge, tvb:range(edge + 4, 4), right)
			h.says = h.says .. string.format(" SACK=%d-%d", left,
							 right)
		end
	end
end

local function length_is_right(kind, len, room)
	if len < 2 or len > room then
		return false
	elseif kind == 5 then
		return len == 10 or len == 18
	end
	return not OPTIONS[kind] or OPTIONS[kind][2] == len
end

-- One of them; returns its length, nil behind the last one
local function option(tvb, at, tree, h)
	local kind, len = tvb:range(at, 1):uint(), 1
	local item = tree:add(f.kind, tvb:range(at, 1))

	if kind < 2 then
		return kind == 1 and 1 or nil
	end
	len = at + 1 < h.hlen and tvb:range(at + 1, 1):uint() or 0
	if not length_is_right(kind, len, h.hlen - at) then
		item:add_proto_expert_info(e.option)
		h.wrong = "wrong option"
		return nil
	end
	item:add(f.olen, tvb:range(at + 1, 1))
	if OPTIONS[kind] then
		option_value(tvb, at, kind, len, item, h)
	else
		item:add_proto_expert_info(e.unknown)
	end
	return len
end

local function options(tvb, tree, h)
	local at, len = SEGMENT, 0

	if at < h.hlen then
		tree = tree:add(f.options, tvb:range(at, h.hlen - at))
	end
	while len and at < h.hlen do
		len = option(tvb, at, tree, h)
		at = at + (len or 0)
	end
end

-- ---- segments

-- What STREAM and SEQPACKET have behind the base header
local function segment(tvb, number, visited, tree, h)
	local words = tvb:range(32, 1):uint()
	local urgent = tvb:range(34, 2):uint()

	h.seq, h.ack = tvb:range(20, 4):uint(), tvb:range(24, 4):uint()
	h.flags = tvb:range(33, 1):uint()
	h.hlen = words * 4
	if not visited or not zeroes[number] then
		learn(number, h)
	end
	h.there, h.back = zeroes[number][1], zeroes[number][2]
	local seq, ack = relative(h.seq, h.there), relative(h.ack, h.back)
	local taken = numbers_taken(h)

	tree:add(f.seq, tvb:range(20, 4), seq)
	tree:add(f.seqraw, tvb:range(20, 4))
	tree:add(f.next, tvb:range(20, 4), (seq + taken) % 0x100000000)
		:set_generated()
	tree:add(f.seglen, tvb:range(16, 2), taken):set_generated()
	if has(h.flags, ACK) then
		tree:add(f.ack, tvb:range(24, 4), ack)
	end
	tree:add(f.ackraw, tvb:range(24, 4))
	tree:add(f.window, tvb:range(28, 4))
	local item = tree:add(f.hlen, tvb:range(32, 1), h.hlen)
	item:append_text(" bytes (" .. words .. " words)")
	if words < 9 or words > 15 or h.hlen > h.all then
		item:add_proto_expert_info(e.hlen)
		h.wrong, h.hlen = "wrong header length", SEGMENT
	end
	flags(tvb, tree, h)
	item = tree:add(f.urgent, tvb:range(34, 2))
	if has(h.flags, URG) then
		item:append_text(" (number " .. seq + urgent .. ")")
	end
	h.says = string.format("%s [%s] Seq=%d%s Win=%d Len=%d%s", h.says,
		flag_names(h.flags), seq,
		has(h.flags, ACK) and " Ack=" .. ack or "",
		tvb:range(28, 4):uint(), h.len,
		has(h.flags, URG) and " Urg=" .. urgent or "")
	if h.hlen <= tvb:len() then
		options(tvb, tree, h)
	end
end

-- What all others say
local function words(h, pinfo)
	if h.type == 1 and h.src == h.dst then
		return "Is node " .. h.dst .. " free?"
	elseif h.type == 1 then
		return "Who has node " .. h.dst .. "? Tell node " .. h.src
	elseif h.type == 2 then
		return "Node " .. h.src .. " is at " .. tostring(pinfo.dl_src)
	end
	return h.says .. (h.type == DATAGRAM and " Len=" .. h.len or " refused")
end

-- ---- frame

local function address(node, port)
	return port == 0 and tostring(node) or node .. ":" .. port
end

local function header(tvb, tree, h)
	h.type, h.src, h.dst = tvb:range(3, 1):uint(), tvb:range(4, 4):uint(),
			       tvb:range(8, 4):uint()
	h.sport, h.dport = tvb:range(12, 2):uint(), tvb:range(14, 2):uint()
	h.len = tvb:range(16, 2):uint()
	h.hlen = BASE
	local from, to = address(h.src, h.sport), address(h.dst, h.dport)
	h.says = from .. " \226\134\146 " .. to
	tree:append_text(", " .. from .. " to " .. to)

	local item = tree:add(f.type, tvb:range(3, 1))
	if not TYPES[h.type] then
		item:add_proto_expert_info(e.type)
		h.wrong = "unknown type " .. h.type
	end
	tree:add(f.src, tvb:range(4, 4))
	tree:add(f.dst, tvb:range(8, 4))
	item = tree:add(f.sport, tvb:range(12, 2))
	tree:add(f.dport, tvb:range(14, 2))
	for at = 0, 1 do
		tree:add(f.node, tvb:range(4 + 4 * at, 4)):set_hidden()
		tree:add(f.port, tvb:range(12 + 2 * at, 2)):set_hidden()
	end
	if TYPES[h.type] and ((h.type < DATAGRAM) ~= (h.sport + h.dport == 0) or
			      (h.type >= DATAGRAM and h.sport * h.dport == 0)) then
		item:add_proto_expert_info(e.ports)
		h.wrong = "wrong ports"
	end
	tree:add(f.from, tvb:range(4, 10), from):set_generated()
	tree:add(f.to, tvb:range(8, 8), to):set_generated()
end

-- Payload, what is wrong with its length, and what is behind it
local function rest(tvb, tree, h)
	local item = tree:add(f.len, tvb:range(16, 2))
	local over = h.hlen + h.len
	local seen = math.min(over, tvb:len())

	if over > h.all then
		item:add_proto_expert_info(e.len)
		h.wrong = "wrong length"
	elseif h.len > 0 and TYPES[h.type] and h.type ~= DATAGRAM and
	       h.type < STREAM then
		item:add_proto_expert_info(e.payload)
		h.wrong = "wrong payload"
	end
	if seen > h.hlen then
		tree:add(f.payload, tvb:range(h.hlen, seen - h.hlen))
	end
	if over < tvb:len() then
		tree:add(f.padding, tvb:range(over))
	end
	if over > h.all then
		return UNVERIFIED
	end
	return checksum(tvb, tree, over)
end

-- The parts; returns the text for the column
local function frame(tvb, pinfo, tree)
	local h = { all = tvb:reported_len() }

	if tvb:len() < BASE then
		tree:add_proto_expert_info(e.short)
		return "[ends within the header]"
	end
	tree:add(f.magic, tvb:range(0, 2))
	local item = tree:add(f.version, tvb:range(2, 1))
	if tvb:range(2, 1):uint() ~= VERSION then
		item:add_proto_expert_info(e.version)
		return "[unknown version " .. tvb:range(2, 1):uint() .. "]"
	end
	header(tvb, tree, h)
	pinfo.cols.protocol = "TOY " .. (TYPES[h.type] or "?")
	if h.type >= STREAM and TYPES[h.type] then
		if tvb:len() < SEGMENT then
			tree:add_proto_expert_info(e.short)
			return "[ends within the header]"
		end
		segment(tvb, pinfo.number, pinfo.visited, tree, h)
	elseif TYPES[h.type] then
		h.says = words(h, pinfo)
	end
	if rest(tvb, tree, h) == BAD then
		h.wrong = h.wrong or "wrong checksum"
	end
	return h.says .. (h.wrong and " [" .. h.wrong .. "]" or "")
end

function toy.dissector(tvb, pinfo, tree)
	-- The EtherType is anybody's.
	if tvb:len() < 2 or tvb:range(0, 2):uint() ~= MAGIC then
		return 0
	end
	pinfo.cols.protocol = "TOY"
	pinfo.cols.info = frame(tvb, pinfo, tree:add(toy, tvb:range()))
	return tvb:len()
end

local ethertype

-- Also called when the preference has changed
local function register()
	local ethertypes = DissectorTable.get("ethertype")

	if ethertype then
		ethertypes:remove(ethertype, toy)
	end
	ethertype = toy.prefs.ethertype
	ethertypes:add(ethertype, toy)
end

toy.prefs_changed = register
register()

// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP_INFO: struct tcp_info, of what struct toy_info has.
 */
#include <linux/tcp.h>
#include <linux/toy.h>
#include <sys/socket.h>

#include "option.h"
#include "real.h"

/* In segments, as TCP counts its windows; 0 where there are no segments. */
static __u32 segments(__u32 bytes, __u32 mss)
{
	return mss ? bytes / mss : 0;
}

static void translate(struct tcp_info *tcp, const struct toy_info *toy)
{
	/* Both are numbers of linux/tcp_states.h. */
	tcp->tcpi_state = toy->toyi_state;
	tcp->tcpi_retransmits = toy->toyi_retransmits;
	tcp->tcpi_backoff = toy->toyi_retransmits;
	tcp->tcpi_rto = toy->toyi_rto;
	tcp->tcpi_snd_mss = toy->toyi_mss;
	tcp->tcpi_rcv_mss = toy->toyi_mss;
	tcp->tcpi_advmss = toy->toyi_mss;
	tcp->tcpi_pmtu = toy->toyi_mss;
	tcp->tcpi_rtt = toy->toyi_rtt;
	tcp->tcpi_rttvar = toy->toyi_rttvar;
	tcp->tcpi_snd_cwnd = segments(toy->toyi_snd_cwnd, toy->toyi_mss);
	tcp->tcpi_snd_ssthresh = segments(toy->toyi_snd_ssthresh,
					  toy->toyi_mss);
	tcp->tcpi_total_retrans = toy->toyi_total_retrans;
	tcp->tcpi_bytes_sent = toy->toyi_bytes_out;
	tcp->tcpi_bytes_received = toy->toyi_bytes_in;
	tcp->tcpi_segs_out = toy->toyi_segs_out;
	tcp->tcpi_segs_in = toy->toyi_segs_in;
}

int option_info(int fd, void *val, socklen_t *len)
{
	struct toy_info toy = { 0 };
	struct tcp_info tcp = { 0 };
	socklen_t size = sizeof(toy);

	if (real()->getsockopt(fd, SOL_TOY, TOY_INFO, &toy, &size))
		return -1;
	translate(&tcp, &toy);
	return option_answer(val, len, &tcp, sizeof(tcp));
}

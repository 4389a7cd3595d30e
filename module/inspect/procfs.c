// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/toy: a row for each socket of the namespace.
 * /proc/net/toy_stat: its counters.
 *
 * Everybody may read them, as those of TCP. A row is found by its number: a
 * reader who comes back for more goes on with the next number, whatever has
 * come and gone meanwhile.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "../core/conv.h"
#include "../core/info.h"
#include "../core/registry.h"
#include "../core/stat.h"
#include "../core/state.h"
#include "inspect.h"

/* ---- /proc/net/toy ---- */

/* The socket at or after the position, and the position moved to it. */
static void *toy_procfs_find(struct seq_file *m, loff_t *pos)
{
	unsigned long id = *pos;
	struct sock *sk = toy_registry_next(seq_file_net(m), &id);

	*pos = sk ? id : *pos + 1;
	return sk;
}

static void *toy_procfs_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? toy_procfs_find(m, pos) : SEQ_START_TOKEN;
}

static void toy_procfs_put(void *v)
{
	if (v && v != SEQ_START_TOKEN)
		sock_put(v);
}

static void *toy_procfs_next(struct seq_file *m, void *v, loff_t *pos)
{
	toy_procfs_put(v);
	++*pos;
	return toy_procfs_find(m, pos);
}

static void toy_procfs_stop(struct seq_file *m, void *v)
{
	toy_procfs_put(v);
}

static void toy_procfs_address(struct seq_file *m, struct toy_addr addr)
{
	char text[TOY_ADDR_TEXT];

	toy_addr_format(text, sizeof(text), addr.node, addr.port);
	seq_printf(m, " %-16s", text);
}

static int toy_procfs_show(struct seq_file *m, void *v)
{
	struct toy_addr local, remote;
	struct toy_queues queues;
	struct sock *sk = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "    sl type      local            remote           state       tx_queue:rx_queue backlog     uid      inode ref drops\n");
		return 0;
	}
	toy_info_queues(sk, &queues);
	/* The number it was found by: it may have closed since. */
	seq_printf(m, "%6u %-9s", (u32)m->index, toy_type_name(sk->sk_type));
	toy_info_names(sk, &local, &remote);
	toy_procfs_address(m, local);
	toy_procfs_address(m, remote);
	if (READ_ONCE(sk->sk_state) == TCP_LISTEN)
		seq_printf(m, " %-11s %08X:%08X %3u/%-7u", "listen", 0, 0,
			   queues.rx, queues.tx);
	else
		seq_printf(m, " %-11s %08X:%08X %3u/%-7u",
			   toy_state_name(READ_ONCE(sk->sk_state)), queues.tx,
			   queues.rx, 0, 0);
	/* One reference is ours. */
	seq_printf(m, " %5u %10llu %3d %d\n",
		   from_kuid_munged(seq_user_ns(m), toy_conv_uid_of(sk)),
		   (u64)sock_i_ino(sk), refcount_read(&sk->sk_refcnt) - 1,
		   atomic_read(&sk->sk_drops));
	return 0;
}

static const struct seq_operations toy_procfs_ops = {
	.start	= toy_procfs_start,
	.next	= toy_procfs_next,
	.stop	= toy_procfs_stop,
	.show	= toy_procfs_show,
};

/* ---- /proc/net/toy_stat ---- */

static int toy_procfs_show_stat(struct seq_file *m, void *v)
{
	struct net *net = m->private;
	int i;

	for (i = 0; i < TOY_STAT_MAX; i++) {
		if (toy_stat_snmp_name(i))
			seq_printf(m, "Toy%-32s%lu\n", toy_stat_snmp_name(i),
				   toy_stat_read(net, i));
	}
	return 0;
}

/* ---- the two in a namespace ---- */

static int __net_init toy_procfs_init(struct net *net)
{
	if (!proc_create_net("toy", 0444, net->proc_net, &toy_procfs_ops,
			     sizeof(struct seq_net_private)))
		return -ENOMEM;
	if (!proc_create_net_single("toy_stat", 0444, net->proc_net,
				    toy_procfs_show_stat, NULL)) {
		remove_proc_entry("toy", net->proc_net);
		return -ENOMEM;
	}
	return 0;
}

static void __net_exit toy_procfs_exit(struct net *net)
{
	remove_proc_entry("toy_stat", net->proc_net);
	remove_proc_entry("toy", net->proc_net);
}

static struct pernet_operations toy_procfs_net_ops = {
	.init	= toy_procfs_init,
	.exit	= toy_procfs_exit,
};

/**
 * toy_procfs_register() - show the files of each namespace
 *
 * Context: may sleep; the namespaces have their struct toy_net.
 * Return: 0, -ENOMEM.
 */
int toy_procfs_register(void)
{
	return register_pernet_subsys(&toy_procfs_net_ops);
}

/**
 * toy_procfs_unregister() - take them away
 *
 * Context: may sleep.
 */
void toy_procfs_unregister(void)
{
	unregister_pernet_subsys(&toy_procfs_net_ops);
}

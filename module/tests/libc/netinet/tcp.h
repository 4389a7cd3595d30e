/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of proto/ take from <netinet/tcp.h>: the states.
 */
#include <net/tcp_states.h>

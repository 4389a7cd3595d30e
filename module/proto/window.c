// SPDX-License-Identifier: GPL-2.0-only
/*
 * Windows.
 */
#include "window.h"

/**
 * toy_window_edge() - the right edge of the window to announce
 * @nxt:	RCV.NXT
 * @edge:	right edge as last announced
 * @space:	numbers from @nxt on that can be taken now
 * @step:	by how much it has to move to move at all
 *
 * [W1] It never moves left (RFC 9293, 3.8.6), and [W2] right only in steps that
 * are worth a segment (3.8.6.2.2).
 */
u32 toy_window_edge(u32 nxt, u32 edge, u32 space, u32 step)
{
	u32 to = nxt + min(space, TOY_WINDOW_MAX);

	if (toy_before(to, edge) || to - edge < step)
		return edge;
	return to;
}

/**
 * toy_window_usable() - how much more the peer takes
 * @una:	SND.UNA
 * @wnd:	SND.WND
 * @nxt:	SND.NXT
 *
 * Return: 0 also where the peer has moved its edge left of what it was sent.
 */
u32 toy_window_usable(u32 una, u32 wnd, u32 nxt)
{
	u32 sent = nxt - una;

	return sent < wnd ? wnd - sent : 0;
}

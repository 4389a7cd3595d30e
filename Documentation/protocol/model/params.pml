/* SPDX-License-Identifier: GPL-2.0-only */
/* What a scenario may say. It defines these before it includes end.pml. */
#ifndef DATA0
#define DATA0		0	/* bytes that end 0 has to send */
#endif
#ifndef DATA1
#define DATA1		0
#endif
#ifndef LISTENS0
#define LISTENS0	false	/* a listener has the port of end 0 */
#endif
#ifndef LISTENS1
#define LISTENS1	false
#endif
#ifndef OPENS0
#define OPENS0		0	/* how often end 0 calls */
#endif
#ifndef OPENS1
#define OPENS1		0
#endif
#ifndef MAY_CLOSE0
#define MAY_CLOSE0	true	/* when a connected end 0 may close */
#endif
#ifndef MAY_CLOSE1
#define MAY_CLOSE1	true
#endif
#ifndef CLOSES_EARLY
#define CLOSES_EARLY	false	/* ends may close before they are connected */
#endif
#ifndef CLOSES_TWICE
#define CLOSES_TWICE	false	/* end 0 may close once more: close after shutdown */
#endif
#ifndef ABORTS
#define ABORTS		0	/* how often an end aborts */
#endif
#ifndef MAY_SPARE
#define MAY_SPARE	false	/* ... or does not */
#endif
#ifndef CRASHES
#define CRASHES		0	/* how often end 1 forgets everything */
#endif
#ifndef LISTENER_CLOSES
#define LISTENER_CLOSES	false	/* that of end 1, once */
#endif
#ifndef STUBBORN
#define STUBBORN	false	/* end 1 need not close: end 0's orphan gives up */
#endif
#ifndef KEEPALIVE
#define KEEPALIVE	false	/* ends that have nothing to do send probes */
#endif
#ifndef LOST
#define LOST		0	/* segments that are lost, both ways together */
#endif
#ifndef REPEATED
#define REPEATED	0	/* segments that arrive once more */
#endif
#ifndef REFUSABLE
#define REFUSABLE	false	/* a call may be refused */
#endif
#ifndef MAY_GIVE_UP
#define MAY_GIVE_UP	false	/* nothing may be heard for too long */
#endif
#ifndef MAY_BE_LAZY
#define MAY_BE_LAZY	false	/* users may wait for something before they close */
#endif
#ifndef TRIES
#define TRIES		(LOST + 3)	/* repeats in a row; more cannot be needed */
#endif
#ifndef GOAL
#define GOAL		false	/* the scenario ends here, too */
#endif
#ifndef WINDOW
#define WINDOW		2	/* receive window of both ends */
#endif
#ifndef STEP
#define STEP		8	/* how far initial numbers go up, O1 */
#endif
#ifndef CHANNEL
#define CHANNEL		8	/* room of a channel: never all used */
#endif
#ifndef LIVES
#define LIVES		3	/* connections and calls of an end, at most */
#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Credentials that travel with data: SCM_CREDENTIALS.
 *
 * Every buffer bears its sender's, whether anybody asks or not: TOY_PASSCRED
 * may be set after the data was sent, and two users of one inherited socket
 * are told apart.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/user_namespace.h>

#include "ops.h"

/**
 * toy_creds_get() - whose credentials a message is to bear
 * @sock:	sending socket
 * @msg:	message, maybe with SCM_CREDENTIALS
 * @scm:	the caller's, holds what @creds points to; for toy_creds_put()
 * @creds:	set
 *
 * Return: 0; -EINVAL for SCM_RIGHTS, which the family does not carry, and for
 * malformed control messages; -EPERM for credentials that the caller may not
 * claim; -ESRCH for a process that is not there.
 */
int toy_creds_get(struct socket *sock, struct msghdr *msg,
		  struct scm_cookie *scm, struct toy_creds *creds)
{
	int err;

	creds->pid = task_tgid(current);
	current_uid_gid(&creds->uid, &creds->gid);
	if (likely(!msg->msg_controllen))
		return 0;

	err = scm_send(sock, msg, scm, false);
	if (err)
		return err;
	if (scm->pid)
		creds->pid = scm->pid;
	if (uid_valid(scm->creds.uid)) {
		creds->uid = scm->creds.uid;
		creds->gid = scm->creds.gid;
	}
	return 0;
}

/**
 * toy_creds_put() - done with what toy_creds_get() gave
 * @msg:	the same message
 * @scm:	the same cookie
 */
void toy_creds_put(const struct msghdr *msg, struct scm_cookie *scm)
{
	if (unlikely(msg->msg_controllen))
		scm_destroy(scm);
}

/**
 * toy_creds_show() - add SCM_CREDENTIALS to what a reader gets
 * @msg:	message; MSG_CTRUNC is set where there is no room
 * @cb:		of the buffer that it came from
 *
 * In the reader's namespaces, as unix(7) has it.
 */
void toy_creds_show(struct msghdr *msg, const struct toy_buf_cb *cb)
{
	struct user_namespace *ns = current_user_ns();
	struct ucred ucred = {
		.pid	= pid_vnr(cb->pid),
		.uid	= from_kuid_munged(ns, cb->uid),
		.gid	= from_kgid_munged(ns, cb->gid),
	};

	put_cmsg(msg, SOL_SOCKET, SCM_CREDENTIALS, sizeof(ucred), &ucred);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dial/err says: why the last dial of a user failed.
 *
 * An open that fails leaves no socket that could tell. So the failure is kept
 * here, one for each user and socket type: nobody reads whom others dial, and
 * nobody's words are gone because another one dialled meanwhile.
 */
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "toyfs.h"

/* In a namespace; one more takes the place of the one that is oldest. */
#define TOYFS_WORDS_MAX	512

/**
 * struct toyfs_word - a user's last failure
 * @list:	in struct toyfs_words
 * @uid:	whose: the fsuid of who dialled
 * @type:	SOCK_*
 * @failure:	why; its texts are the module's, which the super block holds
 */
struct toyfs_word {
	struct list_head	list;
	kuid_t			uid;
	int			type;
	struct toy_failure	failure;
};

/**
 * toyfs_words_init() - nobody has failed yet
 * @words:	of a super block
 */
void toyfs_words_init(struct toyfs_words *words)
{
	spin_lock_init(&words->lock);
	INIT_LIST_HEAD(&words->recent);
	words->nr = 0;
}

/**
 * toyfs_words_free() - the super block goes
 * @words:	of it; nobody uses them any more
 */
void toyfs_words_free(struct toyfs_words *words)
{
	struct toyfs_word *word, *next;

	list_for_each_entry_safe(word, next, &words->recent, list)
		kfree(word);
}

static struct toyfs_word *toyfs_words_look(struct toyfs_words *words,
					   kuid_t uid, int type)
{
	struct toyfs_word *word;

	lockdep_assert_held(&words->lock);
	list_for_each_entry(word, &words->recent, list)
		if (uid_eq(word->uid, uid) && word->type == type)
			return word;
	return NULL;
}

/**
 * toyfs_words_keep() - the caller's dial has failed
 * @words:	of the super block
 * @type:	SOCK_*
 * @failure:	why
 *
 * For want of memory nothing is kept of who has not failed before.
 *
 * Context: may sleep.
 */
void toyfs_words_keep(struct toyfs_words *words, int type,
		      const struct toy_failure *failure)
{
	struct toyfs_word *word, *old = NULL;
	struct toyfs_word *fresh = kmalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);

	spin_lock(&words->lock);
	word = toyfs_words_look(words, current_fsuid(), type);
	if (word) {
		list_del(&word->list);
	} else if (fresh) {
		word = fresh;
		fresh = NULL;
		word->uid = current_fsuid();
		word->type = type;
		if (words->nr++ == TOYFS_WORDS_MAX) {
			old = list_last_entry(&words->recent, struct toyfs_word,
					      list);
			list_del(&old->list);
			words->nr--;
		}
	}
	if (word) {
		word->failure = *failure;
		list_add(&word->list, &words->recent);
	}
	spin_unlock(&words->lock);
	kfree(old);
	kfree(fresh);
}

/**
 * toyfs_words_find() - why a user's last dial failed
 * @words:	of the super block
 * @uid:	whose
 * @type:	SOCK_*
 * @failure:	set
 *
 * Return: whether one has.
 */
bool toyfs_words_find(struct toyfs_words *words, kuid_t uid, int type,
		      struct toy_failure *failure)
{
	struct toyfs_word *word;

	spin_lock(&words->lock);
	word = toyfs_words_look(words, uid, type);
	if (word)
		*failure = word->failure;
	spin_unlock(&words->lock);
	return word;
}

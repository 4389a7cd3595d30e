/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many sockets there are.
 */
#ifndef TOYSS_SUMMARY_H
#define TOYSS_SUMMARY_H

#include "diag.h"
#include "json.h"

/**
 * summary_print() - count all sockets, and print that
 * @diag:	whom to ask
 * @json:	how to print; NULL: as text
 *
 * Return: whether all could be counted.
 */
bool summary_print(struct diag *diag, struct json *json);

#endif /* TOYSS_SUMMARY_H */

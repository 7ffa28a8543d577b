/* mask.h - command lines as they may be shown: values of passwords, tokens and keys become ***. */
#ifndef STET_BASE_MASK_H
#define STET_BASE_MASK_H

#include "base/sb.h"

/* Appends command with secrets masked: `--password=X`, `--password X`, `TOKEN=X`, `?key=X&`, `//user:X@host`,
 * `Authorization: Bearer X`, and words that look like well-known tokens. Masks too much rather than too little;
 * the same input gives the same output, and masking twice changes nothing more. */
void mask_command(struct span command, struct sb *out);

#endif

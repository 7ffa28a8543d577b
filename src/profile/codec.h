/* codec.h - a whole artefact, its profile included, as one zstd blob of columns and back.
 * Columns are delta + varint, strings one block; the version stands in the first bytes, so old blobs stay readable.
 * The decoder treats its input as hostile: every count is held against the bytes that are left before anything is
 * allocated, and the profile is frozen (validated) before it is handed out. */
#ifndef STET_PROFILE_CODEC_H
#define STET_PROFILE_CODEC_H

#include "base/limits.h"
#include "base/sb.h"
#include "profile/artefact.h"

/* artefact_encode - appends the blob to out. The same artefact gives the same bytes.
 * Errors: ERR_LIMIT when out has a cap that does not suffice. */
bool artefact_encode(const struct artefact *a, struct sb *out, struct err *err) MUST_CHECK;

/* artefact_decode - the artefact of a blob.
 * In:     lim bounds the expanded size (expanded_bytes) and the profile
 * Errors: ERR_MALFORMED (not a blob of ours, cut off, refers outside itself), ERR_LIMIT
 * Owns:   *ret, free with artefact_free; borrows nothing of blob */
bool artefact_decode(struct span blob, const struct limits *lim, struct artefact **ret, struct err *err) MUST_CHECK;

#endif

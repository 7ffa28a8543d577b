/* source.h - the bytes of one member of an upload, after wrappers are opened, read once from front to back in blocks.
 * A source never holds more than its block (1 MiB, growing only for a longer line up to the cap) unless source_all is
 * called. Formats whose parts refer to each other by offset read through source_at instead. Counts lines and bytes for error messages. */
#ifndef STET_IMPORT_SOURCE_H
#define STET_IMPORT_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

struct source;

/* read: fills up to n bytes, *ret_n = 0 at the end. Its user outlives the source. */
typedef bool (*source_read_fn)(void *user, char *buf, size_t n, size_t *ret_n, struct err *err);

struct source *source_new(source_read_fn read, void *user);
struct source *source_memory(struct span bytes); /* borrows bytes */
void source_free(struct source *s);
void source_freep(struct source **s);

/* Up to n bytes from the front without consuming them (fewer at the end of input). Above 1 MiB the block grows to n. */
bool source_peek(struct source *s, size_t n, struct span *ret, struct err *err) MUST_CHECK;
/* Consumes n bytes that were peeked. */
void source_skip(struct source *s, size_t n);
/* Next line without LF (and a CR before it); *ret_eof true and no line at the end. The span is valid until the next
 * call. A NUL byte is kept. Errors: ERR_LIMIT for a line above 64 MiB, ERR_IO. */
bool source_line(struct source *s, struct span *ret_line, bool *ret_eof, struct err *err) MUST_CHECK;
/* Next run of whole lines, as long as the buffer holds (the last one may lack its LF at the end of input); len 0 at the
 * end. Borrowed until the next call; source_lines does not move. For scanners that find line ends themselves. Errors:
 * ERR_LIMIT for a line above 64 MiB, ERR_IO. */
bool source_line_run(struct source *s, struct span *ret, struct err *err) MUST_CHECK;
/* Next block of any size > 0 (borrowed until the next call); len 0 at the end. For parsers with their own state. */
bool source_block(struct source *s, struct span *ret, struct err *err) MUST_CHECK;
/* Up to n bytes copied to buf and consumed; *ret_n 0 at the end. For readers with buffers of their own. */
bool source_read(struct source *s, char *buf, size_t n, size_t *ret_n, struct err *err) MUST_CHECK;
/* All the rest in memory, at most max bytes (ERR_LIMIT). Owned by the source. */
bool source_all(struct source *s, uint64_t max, struct span *ret, struct err *err) MUST_CHECK;
/* Reads up to n bytes at an offset of the member; *ret_n < n only at its end. */
typedef bool (*source_at_fn)(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err);
/* For who opened the bytes: they can be read at any offset. at may be NULL; its user outlives the source. */
void source_allow_at(struct source *s, source_at_fn at, void *user);
/* True when source_at works without source_spool. */
bool source_has_at(const struct source *s);
/* Makes source_at possible for a source that nothing was consumed of: where the bytes only come in turn they are kept, up
 * to 8 MiB in memory, beyond in an unlinked file. Errors: ERR_IO, ERR_MALFORMED when something was consumed. */
bool source_spool(struct source *s, struct err *err) MUST_CHECK;
/* Random access beside the cursor, which does not move. */
bool source_at(struct source *s, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err) MUST_CHECK;
/* source_decode_text - for a source that nothing was consumed of: a byte order mark is consumed, and behind one of UTF-16
 * (either end first) everything that is read from here on is UTF-8; lone surrogates and half a unit at the end are U+FFFD.
 * Offsets then count UTF-8 bytes, lines stay lines. *ret_utf16 tells. Errors: ERR_IO. */
bool source_decode_text(struct source *s, bool *ret_utf16, struct err *err) MUST_CHECK;
/* Bytes consumed and lines consumed so far. */
uint64_t source_offset(const struct source *s);
uint64_t source_lines(const struct source *s);

#endif

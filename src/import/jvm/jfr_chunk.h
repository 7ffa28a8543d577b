/* jfr_chunk.h - one chunk of a JDK Flight Recorder file: its own description of types, its constant pools, its events.
 * Nothing is assumed about the order of fields: every chunk says how its events are laid out.
 * Source: the metadata of each chunk; https://openjdk.org/jeps/328 */
#ifndef STET_IMPORT_JVM_JFR_CHUNK_H
#define STET_IMPORT_JVM_JFR_CHUNK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

enum { JFR_HEADER_BYTES = 68 };

enum jfr_kind {
    JFR_STRUCT,
    JFR_BOOLEAN,
    JFR_BYTE,
    JFR_CHAR,
    JFR_SHORT,
    JFR_INT,
    JFR_LONG,
    JFR_FLOAT,
    JFR_DOUBLE,
    JFR_STRING
};

struct jfr_field {
    struct span name;
    int64_t type;
    bool constant; /* a key into the pool of that type */
    bool array;
    uint32_t class_ix; /* UINT32_MAX: a type that is not described */
};

struct jfr_class {
    int64_t id;
    struct span name;
    enum jfr_kind kind;
    struct jfr_field *fields;
    uint32_t field_count, field_cap;
};

/* A cursor over bytes of a chunk; after bad is set every read answers 0. */
struct jfr_cursor {
    const unsigned char *at, *end;
    bool fixed; /* integers of fixed width: recorded with compressedintegers=false */
    bool bad;
    uint64_t steps; /* values that may still be read: types without fields take no byte, and could nest for ever */
};

/* Numbers of the pool that a value names, or the value; texts are borrowed from the chunk or its arena. */
struct jfr_value {
    bool known;
    double num; /* numbers; keys are exact in `key` */
    int64_t key;
    struct span text;
    char small[64]; /* holds a text of single characters, as Java code writes short ones: settings, never names */
};

/* Method and line of a stack trace, leaf first. */
struct jfr_frame {
    int64_t method, type;
    uint32_t line;
};

struct jfr_thread {
    struct span os_name, java_name;
    int64_t os_id, java_id;
};

struct jfr_method {
    int64_t class_key, name_key;
};

struct jfr_trace {
    uint32_t first, count; /* in frames */
    bool truncated;
    uint32_t stack; /* made later; UINT32_MAX */
};

/* Keys to indexes of one pool. */
struct jfr_map {
    int64_t *keys;
    uint32_t *values; /* index + 1, 0 = free */
    uint32_t slots, count;
};

struct jfr_chunk {
    struct span bytes;
    const struct limits *lim;
    bool fixed;
    uint64_t start_ns, duration_ns, start_ticks, ticks_per_s;
    struct arena arena;

    struct {
        struct jfr_class *items;
        uint32_t count, cap;
    } classes;
    struct jfr_map class_of; /* by type id */

    struct {
        struct span *items;
        uint32_t count, cap;
    } symbols; /* and the names of frame types and thread states */
    struct {
        int64_t *items; /* key of the symbol that names it */
        uint32_t count, cap;
    } type_names;
    struct {
        struct jfr_method *items;
        uint32_t count, cap;
    } methods;
    struct {
        struct jfr_thread *items;
        uint32_t count, cap;
    } threads;
    struct {
        struct jfr_trace *items;
        uint32_t count, cap;
    } traces;
    struct {
        struct jfr_frame *items;
        uint32_t count, cap;
    } frames;
    struct jfr_map symbol_of, class_name_of, method_of, thread_of, trace_of, frame_type_of, state_of, string_of;
    bool pools_broken; /* a pool of a type that is not described ended the reading of its checkpoint */
    bool cut;          /* the last event reaches beyond the bytes that are there */
};

/* Describes types and reads the pools of a whole chunk. Errors: ERR_MALFORMED with the byte in the chunk, ERR_LIMIT,
 * ERR_UNSUPPORTED. Owns: borrows bytes; release with jfr_chunk_release. */
bool jfr_chunk_open(struct jfr_chunk *c, struct span bytes, const struct limits *lim, struct err *err) MUST_CHECK;
void jfr_chunk_release(struct jfr_chunk *c);

/* Steps over the events from *at (start with JFR_HEADER_BYTES): type and body of the next one; false at the end. */
bool jfr_next_event(const struct jfr_chunk *c, size_t *at, int64_t *ret_type, struct jfr_cursor *ret_body);
const struct jfr_class *jfr_class_of(const struct jfr_chunk *c, int64_t type); /* NULL: not described */
/* Reads the fields of a value in their order; values[k] gets the field named names[k]. */
void jfr_read_fields(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_class *cls,
                     const char *const *names, struct jfr_value *values, size_t n);
bool jfr_map_get(const struct jfr_map *m, int64_t key, uint32_t *ret);
struct span jfr_symbol(const struct jfr_chunk *c, int64_t key);
struct span jfr_class_name(const struct jfr_chunk *c, int64_t class_key);
struct span jfr_pool_name(const struct jfr_chunk *c, const struct jfr_map *m, int64_t key); /* frame types, states */

/* Shared by the two halves of the chunk reader. */
uint64_t jfr_read_u64(struct jfr_cursor *in);
uint32_t jfr_read_u32(struct jfr_cursor *in);
struct span jfr_read_string(struct jfr_chunk *c, struct jfr_cursor *in, int64_t *ret_key);
bool jfr_map_put(struct jfr_map *m, int64_t key, uint32_t value);
bool jfr_read_metadata(struct jfr_chunk *c, struct jfr_cursor in, struct err *err) MUST_CHECK;
bool jfr_read_checkpoint(struct jfr_chunk *c, struct jfr_cursor in, struct err *err) MUST_CHECK;
void jfr_skip_value(const struct jfr_chunk *c, struct jfr_cursor *in, const struct jfr_field *f, uint32_t depth);

#endif

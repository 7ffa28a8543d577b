/* symbols.h - names for code addresses, from the files that the code came from, where they are at hand.
 * A file is used only when it is the one that was recorded: equal build-id, or, where the recording has none and the
 * options allow it, same path and inode. A file with another build-id is not used and is counted.
 * Which files may be opened is the caller's decision: without a root nothing is, so an upload cannot make a server
 * read a file that it names. Symbols are chosen as perf chooses them (size, binding, underscores, length), so names are
 * those of `perf script`. */
#ifndef STET_SYMBOL_SYMBOLS_H
#define STET_SYMBOL_SYMBOLS_H

#include "symbol/elf_file.h"

enum { SYMBOL_ROOTS_MAX = 16, SYMBOL_NAME_BYTES_MAX = 4096 };

struct symbol_store; /* ELF files that came along with the recording (symbol/store.h) */

/* Zeroed: nothing is opened. Texts are borrowed and outlive every use. */
struct symbol_options {
    const char *roots[SYMBOL_ROOTS_MAX]; /* folders laid out like "/" (or holding .build-id/); tried in this order */
    unsigned root_count;
    bool local;       /* this machine's own files too: "/", ~/.debug, /tmp/perf-PID.map, kallsyms, the own vdso; and
                         files of a recording without build-ids are trusted by path and inode */
    const char *home; /* of the user whose ~/.debug is read; NULL = none */
    uint64_t set_bytes_max;     /* binaries that come along with the recording are kept up to this much; 0 = none */
    struct symbol_store *store; /* set by symbols_new */
    uint64_t elf_bytes_max;     /* 0 = SYMBOL_ELF_BYTES_MAX */
    uint32_t files_max;         /* ELF files open at once; 0 = SYMBOL_FILES_MAX */
    uint64_t symbols_max;       /* of one file, further ones are left out; 0 = SYMBOL_SYMBOLS_MAX */
};
#define SYMBOL_ELF_BYTES_MAX (4ull << 30)
#define SYMBOL_FILES_MAX 256u
#define SYMBOL_SYMBOLS_MAX (4ull << 20)

enum symbol_dso_kind {
    SYMBOL_DSO_FILE,   /* key of a lookup: file offset = ip - start + pgoff */
    SYMBOL_DSO_VDSO,   /* key: offset in the image = ip - start + pgoff */
    SYMBOL_DSO_JIT,    /* anonymous executable memory; key: ip */
    SYMBOL_DSO_KERNEL, /* kernel and its modules; key: ip */
};

struct symbol_ref {
    enum symbol_dso_kind kind;
    struct span path;         /* as recorded; FILE only */
    struct build_id build_id; /* len 0: the recording does not say */
    uint64_t inode;           /* of an MMAP2 record; 0 not known */
    int64_t pid;              /* JIT only */
    uint64_t kernel_base;     /* KERNEL: recorded address of _text or _stext (pgoff of its MMAP record); 0 not known */
};

/* Why a dso has no names or no code. */
enum symbol_status {
    SYMBOL_FOUND,
    SYMBOL_UNVERIFIED, /* found by path, the recording has no build-id to hold against it */
    SYMBOL_MISSING,    /* no such file */
    SYMBOL_MISMATCH,   /* a file is there, but of another build */
    SYMBOL_REFUSED,    /* not looked for: outside the roots, no ELF file, too large, too many files */
    SYMBOL_STATUS_COUNT
};

struct symbol_hit {
    struct span name; /* demangled; borrowed from the symbols, lives as long as they */
    uint64_t offset;  /* from the start of the symbol */
};

struct symbols;
struct symbol_dso;

/* symbols_new - In: options, borrowed for its life. Thread: one at a time. Free: symbols_free, NULL is fine. */
struct symbols *symbols_new(const struct symbol_options *options);
void symbols_free(struct symbols *s);

/* Where binaries that come along with a recording go (symbol/store.h); they need no root. Add them before the first
 * lookup. NULL when the options keep none. Borrowed. */
struct symbol_store *symbols_store(struct symbols *s);

/* symbols_dso - the dso of a mapping. Asking again for the same is cheap and gives the same pointer.
 * Out:  never NULL; opened when first needed. Borrowed, lives as long as s */
struct symbol_dso *symbols_dso(struct symbols *s, const struct symbol_ref *ref);

/* symbols_image - as above, of an ELF image in memory that outlives s; NULL when it is none. */
struct symbol_dso *symbols_image(struct symbols *s, struct span image);

/* symbol_find - name of the code at a key (what it means depends on the kind, see there). False when nothing covers it:
 * the caller then shows [dso+0xoff]. Cost: O(log symbols), the first call of a dso reads its tables. */
bool symbol_find(struct symbol_dso *dso, uint64_t key, struct symbol_hit *ret);

/* Opens the file when that has not been tried yet, and says what came of it. */
enum symbol_status symbol_dso_status(struct symbol_dso *dso);
/* The recorded ELF file itself (no debug file), for unwinding; NULL when it is not at hand. Borrowed. */
struct elf_file *symbol_dso_elf(struct symbol_dso *dso);

struct symbol_stats {
    uint32_t dsos[SYMBOL_STATUS_COUNT];     /* FILE, VDSO and KERNEL dsos that were asked for, by what came of it */
    struct span first[SYMBOL_STATUS_COUNT]; /* path of the first of each, borrowed */
};
void symbols_stats(const struct symbols *s, struct symbol_stats *ret);

#endif

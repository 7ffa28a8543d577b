/* Names of code: build-ids, demangling, kallsyms and perf maps, and this program's own symbols through the file that it
 * runs from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/num.h"
#include "symbol/demangle.h"
#include "symbol/symbols.h"
#include "symbol/symtab.h"

static void build_ids(void **state)
{
    (void)state;
    struct build_id a, b;
    char hex[2 * BUILD_ID_BYTES_MAX + 1];
    assert_true(build_id_parse(SPAN("93ac61ec5A8e"), &a));
    build_id_hex(&a, hex);
    assert_string_equal(hex, "93ac61ec5a8e");
    assert_false(build_id_parse(SPAN("93a"), &b));
    assert_false(build_id_parse(SPAN("93ag"), &b));
    assert_false(build_id_parse(SPAN(""), &b));
    b = a;
    b.len = BUILD_ID_BYTES_MAX;
    memset(b.bytes + a.len, 0, (size_t)(b.len - a.len));
    assert_true(build_id_equal(&a, &b)); /* padded */
    b.bytes[19] = 1;
    assert_false(build_id_equal(&a, &b));
    a.len = 0;
    assert_false(build_id_equal(&a, &a)); /* unknown is equal to nothing */
}

static void demangled(void **state)
{
    (void)state;
    static const struct {
        const char *mangled, *want; /* NULL: left alone */
    } rows[] = {
        { "main", NULL },
        { "_start", NULL },
        { "_ZSt4sortIPiEvT_S1_", "std::sort<int*>" },
        { "_ZNSt6vectorIiSaIiEE17_M_realloc_insertIJiEEEvN9__gnu_cxx17__normal_iteratorIPiS1_EEDpOT_",
          "std::vector<int, std::allocator<int> >::_M_realloc_insert<int>" },
        { "_ZNK3foo3barEv", "foo::bar" },
        { "_ZN3fooC2ERKS_", "foo::foo" },
        { "_ZN12_GLOBAL__N_13runEi", "(anonymous namespace)::run" },
        { "_ZN3foocvmEv", "foo::operator unsigned long" },
        { "_ZNK3fooclEi", "foo::operator()" },
        { "_ZltRK3fooS1_", "operator<" },
        { "_ZlsIiERSoS0_T_", "operator<< <int>" },
        { "_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()" },
        { "_ZZN3foo3barEiENKUlvE_clEv", "foo::bar(int)::{lambda()#1}::operator()" },
        { "_ZTV3foo", "vtable for foo" },
        { "_Znwm", "operator new" },
        { "_ZN3foo3barEv.cold", "foo::bar" },
        { "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt" },
        { "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
          "<alloc::string::String as core::fmt::Debug>::fmt" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sb out = { 0 };
        bool ok = demangle(rows[i].mangled, &out);
        if (rows[i].want)
            assert_string_equal(sb_cstr(&out), rows[i].want);
        else
            assert_false(ok);
        sb_release(&out);
    }
}

static void found_is(struct symtab *t, uint64_t key, const char *want)
{
    struct symbol_names names = { 0 };
    struct span name = SPAN("");
    uint64_t start = 0;
    bool ok = symtab_find(t, key, &names, &name, &start);
    for (uint32_t i = 0; i < t->count; i++)
        t->items[i].shown = 0;
    if (!want)
        assert_false(ok);
    else
        assert_true(ok && span_is(name, want) && start <= key);
    symbol_names_release(&names);
}

static void kallsyms(void **state)
{
    (void)state;
    struct symtab t = { .max = 100 };
    assert_true(symtab_add_kallsyms(&t,
                                    SPAN("ffffffff81000000 T _stext\nffffffff81000000 T _text\n"
                                         "ffffffff81001000 t helper\nffffffff81001080 W weak\n"
                                         "ffffffff81001080 T strong\nffffffff81001100 a skipped\n"
                                         "ffffffffc0001000 t mod_fn\t[mod]\n"),
                                    0x1000));
    found_is(&t, 0xffffffff81001010, "_text"); /* without sizes the last one reaches to the next address */
    found_is(&t, 0xffffffff8100207f, "helper");
    found_is(&t, 0xffffffff81002080, "strong");
    found_is(&t, 0xffffffffc0002004, "mod_fn");
    found_is(&t, 0xffffffff90000000, NULL); /* the gap before the modules is nobody's */
    symtab_release(&t);
    t = (struct symtab){ .max = 100 };
    assert_false(symtab_add_kallsyms(&t, SPAN("0000000000000000 T _text\n0000000000000000 t f\n"), 0));
    symtab_release(&t);
}

static void perf_map(void **state)
{
    (void)state;
    struct symtab t = { .max = 100 };
    symtab_add_perf_map(&t, SPAN("1000 100 JS:~old file.js:1:2\n1100 80 JS:*f x\n1080 40 JS:^new\nbad line\n"
                                 "ffffffffffffffff 10 wraps\n2000 0 empty\n"));
    found_is(&t, 0x1000, "JS:~old file.js:1:2");
    found_is(&t, 0x1090, "JS:^new");
    found_is(&t, 0x10d0, NULL);
    found_is(&t, 0x117f, "JS:*f x");
    found_is(&t, 0x1180, NULL);
    symtab_release(&t);
}

int exported_for_the_test(int x);
int exported_for_the_test(int x)
{
    return x + 1;
}

/* File offset and path of an address of this process. */
static void own_place(uintptr_t address, uint64_t *ret_offset, char *path, size_t size)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[4096];
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        struct span rest = span_of(line), range = rest, word = rest, from = rest, to = rest;
        uint64_t a = 0, b = 0, offset = 0;
        assert_true(span_word(&rest, &range) && span_split(range, '-', &from, &to));
        assert_true(span_hex_to_u64(from, &a) && span_hex_to_u64(to, &b));
        assert_true(span_word(&rest, &word) && span_word(&rest, &word) && span_hex_to_u64(word, &offset));
        if (address < a || address >= b)
            continue;
        *ret_offset = address - a + offset;
        size_t slash = span_chr(rest, 0, '/');
        struct span p = span_trim(span_from(rest, slash));
        (void)snprintf(path, size, "%.*s", SPAN_FMT(p));
        break;
    }
    (void)fclose(f);
}

static void own_symbols(void **state)
{
    (void)state;
    char path[4096] = "";
    uint64_t offset = 0;
    own_place((uintptr_t)exported_for_the_test, &offset, path, sizeof path);
    struct elf_file *elf;
    struct err err = ERR_INIT;
    struct symbol_ref ref = { .kind = SYMBOL_DSO_FILE, .path = span_of(path) };
    assert_true(elf_open_path(path, SYMBOL_ELF_BYTES_MAX, &elf, &err));
    bool has_id = elf_build_id(elf, &ref.build_id);
    elf_close(elf);

    struct symbol_options opt = { .local = true };
    struct symbols *s = symbols_new(&opt);
    struct symbol_dso *dso = symbols_dso(s, &ref);
    assert_ptr_equal(dso, symbols_dso(s, &ref));
    struct symbol_hit hit;
    assert_true(symbol_find(dso, offset + 1, &hit));
    assert_true(span_is(hit.name, "exported_for_the_test"));
    assert_int_equal(hit.offset, 1);
    assert_int_equal(symbol_dso_status(dso), has_id ? SYMBOL_FOUND : SYMBOL_UNVERIFIED);
    assert_non_null(symbol_dso_elf(dso));

    struct symbol_ref other = ref;
    other.build_id = (struct build_id){ .bytes = { 1, 2, 3, 4 }, .len = 20 };
    dso = symbols_dso(s, &other);
    assert_false(symbol_find(dso, offset, &hit));
    assert_int_equal(symbol_dso_status(dso), SYMBOL_MISMATCH);
    struct symbol_stats stats;
    symbols_stats(s, &stats);
    assert_int_equal(stats.dsos[SYMBOL_MISMATCH], 1);
    symbols_free(s);
}

/* Without a root nothing is opened, and a root is not left. */
static void roots(void **state)
{
    (void)state;
    char path[4096] = "";
    uint64_t offset = 0;
    own_place((uintptr_t)exported_for_the_test, &offset, path, sizeof path);
    struct symbol_ref ref = { .kind = SYMBOL_DSO_FILE, .path = span_of(path) };
    struct elf_file *elf;
    struct err err = ERR_INIT;
    assert_true(elf_open_path(path, SYMBOL_ELF_BYTES_MAX, &elf, &err));
    bool has_id = elf_build_id(elf, &ref.build_id);
    elf_close(elf);

    struct symbol_options none = { 0 };
    struct symbols *s = symbols_new(&none);
    assert_int_equal(symbol_dso_status(symbols_dso(s, &ref)), SYMBOL_REFUSED);
    symbols_free(s);

    char dir[4096];
    (void)snprintf(dir, sizeof dir, "%.*s", (int)span_rchr(span_of(path), '/'), path);
    struct symbol_options one = { .roots = { dir }, .root_count = 1 };
    s = symbols_new(&one);
    assert_int_equal(symbol_dso_status(symbols_dso(s, &ref)), has_id ? SYMBOL_FOUND : SYMBOL_REFUSED);
    char climbing[9000];
    (void)snprintf(climbing, sizeof climbing, "/../%s", strrchr(dir, '/') + 1);
    (void)snprintf(climbing + strlen(climbing), sizeof climbing - strlen(climbing), "%s", strrchr(path, '/'));
    struct symbol_ref up = ref;
    up.path = span_of(climbing);
    assert_int_equal(symbol_dso_status(symbols_dso(s, &up)), SYMBOL_MISSING);
    symbols_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_ids), cmocka_unit_test(demangled),   cmocka_unit_test(kallsyms),
        cmocka_unit_test(perf_map),  cmocka_unit_test(own_symbols), cmocka_unit_test(roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

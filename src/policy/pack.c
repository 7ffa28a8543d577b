/* pack.c - reading packs: one rule a line, continued by lines that begin with blanks, seven fields between bars. */
#include <stdio.h>
#include <stdlib.h>

#include "base/embed.h"
#include "base/fs.h"
#include "base/sb.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "policy/pack.h"

EMBED_DECLARE(policy_files);

enum { PACK_BYTES_MAX = 1 << 20, PACK_RULES_MAX = 2000, RULE_ID_MAX = 47 };

const char *policy_verdict_name(enum policy_verdict v)
{
    static const char *const names[] = { "insufficient_evidence", "do_not_migrate",   "fix_wait_first",
                                         "optimise_in_place",     "native_extension", "full_migration" };
    _Static_assert(ARRAY_LEN(names) == VERDICT_COUNT, "one name per verdict");
    return names[v];
}

bool policy_verdict_find(struct span name, enum policy_verdict *ret)
{
    for (int v = 0; v < VERDICT_COUNT; v++) {
        if (span_is(name, policy_verdict_name((enum policy_verdict)v))) {
            *ret = (enum policy_verdict)v;
            return true;
        }
    }
    return false;
}

const char *policy_basis_name(enum policy_basis b)
{
    static const char *const names[] = { "evidence", "absence", "input" };
    _Static_assert(ARRAY_LEN(names) == BASIS_COUNT, "one name per basis");
    return names[b];
}

const char *policy_stage_name(enum policy_stage s)
{
    return s == STAGE_EVIDENCE ? "evidence" : "decision";
}

const char *policy_gate_name(enum policy_gate g)
{
    static const char *const names[] = { "pass", "fail", "insufficient", "waived" };
    return names[g];
}

const char *policy_goal_name(enum policy_goal g)
{
    static const char *const names[] = { "latency", "throughput", "cost", "memory", "startup", "tail" };
    _Static_assert(ARRAY_LEN(names) == GOAL_COUNT, "one name per goal");
    return names[g];
}

bool policy_goal_find(struct span name, enum policy_goal *ret)
{
    for (int g = 0; g < GOAL_COUNT; g++) {
        if (span_is(name, policy_goal_name((enum policy_goal)g))) {
            *ret = (enum policy_goal)g;
            return true;
        }
    }
    return false;
}

/* --- rows --- */

static bool line_is_blank(struct span line)
{
    struct span t = span_trim(line);
    return t.len == 0 || t.ptr[0] == '#';
}

static bool line_continues(struct span line)
{
    return line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t') && !line_is_blank(line);
}

bool pack_row_next(struct pack_reader *r, struct pack_row *ret)
{
    struct span line;
    do {
        if (!span_line(&r->rest, &line))
            return false;
        r->line++;
    } while (line_is_blank(line));
    sb_reset(&r->text);
    ret->line = r->line;
    sb_add(&r->text, span_trim(line));
    for (;;) {
        struct span rest = r->rest;
        if (!span_line(&rest, &line) || !line_continues(line))
            break;
        r->rest = rest;
        r->line++;
        sb_addc(&r->text, ' ');
        sb_add(&r->text, span_trim(line));
    }
    struct span left = sb_span(&r->text), head, tail;
    for (ret->count = 0; ret->count < PACK_FIELDS && span_split(left, '|', &head, &tail); left = tail)
        ret->field[ret->count++] = span_trim(head);
    if (ret->count < PACK_FIELDS)
        ret->field[ret->count] = span_trim(left);
    ret->count++;
    return true;
}

/* --- effects --- */

static const struct {
    const char *name;
    enum effect_kind kind;
    bool has_level, has_name;
} effect_words[] = {
    { "undecided", EFFECT_UNDECIDED, false, false },
    { "settle", EFFECT_SETTLE, true, false },
    { "ceil", EFFECT_CEIL, true, false },
    { "floor", EFFECT_FLOOR, true, false },
    { "exempt", EFFECT_EXEMPT, false, true },
    { "act", EFFECT_ACT, false, true },
    { "block", EFFECT_BLOCK, false, true },
    { "note", EFFECT_NOTE, false, false },
    { "refute", EFFECT_REFUTE, false, false },
    { "reopen", EFFECT_REOPEN, false, false },
};

static bool effect_parse(struct span text, struct arena *a, struct policy_effect *ret, struct err *err)
{
    struct span word = text, arg = { 0 };
    (void)span_split(text, ':', &word, &arg);
    for (size_t i = 0; i < ARRAY_LEN(effect_words); i++) {
        if (!span_is(word, effect_words[i].name))
            continue;
        *ret = (struct policy_effect){ .kind = effect_words[i].kind, .name = "" };
        uint64_t level = 0;
        uint64_t most = ret->kind == EFFECT_SETTLE ? VERDICT_OPTIMISE : VERDICT_FULL;
        if (effect_words[i].has_level && (!span_to_u64(arg, &level) || level < 1 || level > most))
            return err_set(err, ERR_MALFORMED, "effect '%.*s': want a level from 1 to %d", SPAN_FMT(text), (int)most);
        ret->level = (enum policy_verdict)level;
        if ((arg.len > 0) != (effect_words[i].has_level || effect_words[i].has_name) ||
            (effect_words[i].has_name && arg.len > RULE_ID_MAX))
            return err_set(err, ERR_MALFORMED, "effect '%.*s': want %s%s", SPAN_FMT(text), effect_words[i].name,
                           effect_words[i].has_name ? ":NAME" : "");
        if (effect_words[i].has_name)
            ret->name = arena_dup(a, arg);
        return true;
    }
    return err_set(
        err, ERR_MALFORMED,
        "effect '%.*s': want undecided, settle:N, ceil:N, floor:N, exempt:ID, act:X, block:X, note, refute or "
        "reopen, joined by +",
        SPAN_FMT(span_sub(text, 0, 40)));
}

static bool effects_parse(struct span text, struct arena *a, struct policy_rule *rule, struct err *err)
{
    struct span rest = text, part, tail;
    bool more = true;
    while (more) {
        more = span_split(rest, '+', &part, &tail);
        if (rule->effect_count == POLICY_EFFECTS_MAX)
            return err_set(err, ERR_MALFORMED, "more than %d effects", POLICY_EFFECTS_MAX);
        if (!effect_parse(span_trim(more ? part : rest), a, &rule->effects[rule->effect_count], err))
            return false;
        rule->effect_count++;
        rest = tail;
    }
    return true;
}

/* --- rules --- */

static bool id_is_plain(struct span id)
{
    if (id.len == 0 || id.len > RULE_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && (i == 0 || !strchr("._-", c)))
            return false;
    }
    return true;
}

static bool basis_find(struct span word, enum policy_basis *ret)
{
    for (int b = 0; b < BASIS_COUNT; b++) {
        if (span_is(word, policy_basis_name((enum policy_basis)b))) {
            *ret = (enum policy_basis)b;
            return true;
        }
    }
    return false;
}

enum { FIELD_ID, FIELD_PREDICATE, FIELD_EFFECT, FIELD_BASIS, FIELD_REASON };

static bool rule_fields(const struct pack_row *row, struct arena *a, struct policy_rule *rule, size_t *ret_field,
                        struct err *err)
{
    *ret_field = PACK_FIELDS;
    if (row->count < 5 || row->count > PACK_FIELDS)
        return err_set(err, ERR_MALFORMED,
                       "want 5 to %d fields (id | predicate | effect | basis | reason | source | remedy), "
                       "found %zu",
                       PACK_FIELDS, row->count);
    *ret_field = FIELD_ID;
    if (!id_is_plain(row->field[0]))
        return err_set(err, ERR_MALFORMED, "'%.*s' cannot be the id of a rule",
                       SPAN_FMT(span_sub(row->field[0], 0, 60)));
    rule->id = arena_dup(a, row->field[0]);
    rule->predicate = span_of(arena_dup(a, row->field[1]));
    rule->effect = arena_dup(a, row->field[2]);
    rule->reason = arena_dup(a, row->field[4]);
    rule->source = row->count > 5 ? arena_dup(a, row->field[5]) : "";
    rule->remedy = row->count > 6 ? arena_dup(a, row->field[6]) : "";
    rule->line = row->line;
    *ret_field = FIELD_BASIS;
    if (!basis_find(row->field[3], &rule->basis))
        return err_set(err, ERR_MALFORMED, "basis '%.*s': want evidence, absence or input",
                       SPAN_FMT(span_sub(row->field[3], 0, 40)));
    *ret_field = FIELD_REASON;
    if (rule->reason[0] == '\0')
        return err_set(err, ERR_MALFORMED, "the reason is empty");
    *ret_field = FIELD_EFFECT;
    return effects_parse(row->field[2], a, rule, err);
}

/* A number or a text is neither true nor false; SQLite would take 0.5 for false in some places and true in others. */
static bool is_condition(const struct expr *e, struct err *err)
{
    if (e->opaque)
        return true;
    const struct expr_node *root = &e->nodes[e->node_count - 1];
    bool number = (root->op == EXPR_NUM && root->num != 0 && root->num != 1) || root->op == EXPR_TEXT ||
                  (root->op >= EXPR_NEG && root->op <= EXPR_DIV) || (root->op >= EXPR_ABS && root->op <= EXPR_ROUND) ||
                  (root->op == EXPR_FACT && fact_infos[root->fact].kind != FACT_BOOL);
    return !number || err_set(err, ERR_VALUE, "the expression is not a condition: nothing is compared");
}

bool pack_predicate_parse(struct span predicate, struct sql_sandbox *box, struct arena *a, struct expr *ret,
                          struct err *err)
{
    CLEANUP(sql_predicate_freep) struct sql_predicate *p = NULL;
    enum sql_truth value;
    /* Names first: they can be put right by the nearest one; SQLite then refuses all that is no condition. */
    return sql_expression_check(predicate, err) && expr_parse(predicate, a, ret, err) && is_condition(ret, err) &&
           sql_predicate_new(box, predicate, &p, err) && sql_predicate_eval(p, &value, err);
}

bool pack_fields_parse(const struct pack_row *row, struct sql_sandbox *box, struct arena *a, struct policy_rule *rule,
                       size_t *ret_field, struct err *err)
{
    *rule = (struct policy_rule){ .line = row->line, .id = arena_dup(a, span_sub(row->field[0], 0, RULE_ID_MAX)) };
    if (!rule_fields(row, a, rule, ret_field, err))
        return false;
    *ret_field = FIELD_PREDICATE;
    return pack_predicate_parse(rule->predicate, box, a, &rule->expr, err);
}

bool pack_rule_parse(const struct pack_row *row, struct sql_sandbox *box, struct arena *a, struct policy_rule *rule,
                     struct err *err)
{
    struct err why = ERR_INIT;
    size_t field;
    if (pack_fields_parse(row, box, a, rule, &field, &why))
        return true;
    return err_at_line(err, ERR_MALFORMED, row->line, "rule %s: %s", rule->id, why.text);
}

bool policy_sandbox_open(const struct expr_cell *cells, struct sql_sandbox **ret, struct err *err)
{
    struct sql_fact facts[FACT_COUNT];
    for (size_t i = 0; i < FACT_COUNT; i++) {
        facts[i] = (struct sql_fact){ .name = fact_infos[i].name,
                                      .is_text = fact_infos[i].kind == FACT_TEXT,
                                      .num = cells ? cells[i].num : NUM_UNKNOWN };
        if (cells && facts[i].is_text)
            facts[i].text = cells[i].text;
    }
    return sql_sandbox_open(facts, FACT_COUNT, ret, err);
}

static bool id_is_new(const struct policy_rule *rules, uint32_t count, const struct policy_rule *rule, struct err *err)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(rules[i].id, rule->id) == 0)
            return err_at_line(err, ERR_MALFORMED, rule->line, "rule %s: the id stands in line %llu already", rule->id,
                               (unsigned long long)rules[i].line);
    }
    return true;
}

static bool rules_read(struct span text, struct policy_pack *pack, struct err *err)
{
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    CLEANUP(pack_reader_release) struct pack_reader reader = { .rest = text };
    struct pack_row row;
    struct {
        struct policy_rule *items;
        size_t count, cap;
    } rules = { 0 };
    bool fine = policy_sandbox_open(NULL, &box, err);
    while (fine && pack_row_next(&reader, &row)) {
        struct policy_rule rule;
        fine = pack_rule_parse(&row, box, &pack->arena, &rule, err) &&
               id_is_new(rules.items, (uint32_t)rules.count, &rule, err);
        rule.pack = pack->name;
        if (fine && rules.count == PACK_RULES_MAX)
            fine = err_at_line(err, ERR_LIMIT, row.line, "more than %d rules", PACK_RULES_MAX);
        if (fine)
            VEC_PUSH(&rules, rule);
    }
    if (fine && rules.count == 0)
        fine = err_set(err, ERR_EMPTY, "the pack holds no rule");
    if (fine) {
        pack->rules = ARENA_ARRAY(&pack->arena, rules.count, struct policy_rule);
        memcpy(pack->rules, rules.items, rules.count * sizeof *rules.items);
        pack->rule_count = (uint32_t)rules.count;
    }
    free(rules.items);
    return fine;
}

bool policy_text_check(struct span text, struct err *err)
{
    if (text.len > PACK_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "a pack has at most %d bytes", PACK_BYTES_MAX);
    if (!span_is_utf8(text))
        return err_set(err, ERR_MALFORMED, "the pack is not UTF-8 text");
    return true;
}

void pack_reader_release(struct pack_reader *r)
{
    sb_release(&r->text);
}

/* The rest of the first comment line that begins with that word; only before the first rule. */
static const char *heading(struct span text, struct span word, struct arena *a)
{
    struct span line;
    while (span_line(&text, &line) && line_is_blank(line)) {
        struct span t = span_trim(line);
        t = span_trim(span_from(t, 1));
        if (span_starts(t, word))
            return arena_dup(a, span_trim(span_from(t, word.len)));
    }
    return "";
}

bool policy_pack_parse(struct span text, const char *name, struct policy_pack **ret, struct err *err)
{
    if (!policy_text_check(text, err))
        return false;
    CLEANUP(policy_pack_freep) struct policy_pack *pack = xcalloc(1, sizeof *pack);
    pack->name = arena_dup(&pack->arena, span_of(name));
    pack->title = heading(text, SPAN("title:"), &pack->arena);
    pack->about = heading(text, SPAN("about:"), &pack->arena);
    char hex[65];
    sha256_hex(text, hex);
    (void)snprintf(pack->version, sizeof pack->version, "%.12s", hex);
    if (!rules_read(text, pack, err))
        return false;
    *ret = pack;
    pack = NULL;
    return true;
}

void policy_pack_free(struct policy_pack *p)
{
    if (!p)
        return;
    arena_release(&p->arena);
    free(p);
}

void policy_pack_freep(struct policy_pack **p)
{
    policy_pack_free(*p);
    *p = NULL;
}

/* --- built-in packs --- */

size_t policy_builtin_count(void)
{
    return policy_files_count;
}

const char *policy_builtin_name(size_t i)
{
    size_t at = 0;
    while (strcmp(policy_files[at].name, "standing") != 0)
        at++;
    return policy_files[i == 0 ? at : i <= at ? i - 1 : i].name;
}

struct span policy_builtin_text(struct span name)
{
    for (size_t i = 0; i < policy_files_count; i++) {
        if (span_is(name, policy_files[i].name))
            return span_make((const char *)policy_files[i].begin, embed_size(&policy_files[i]));
    }
    return (struct span){ 0 };
}

const char *pack_of_builtin_rule(struct span id)
{
    for (size_t i = 0; i < policy_files_count; i++) {
        CLEANUP(pack_reader_release)
        struct pack_reader reader = { .rest = policy_builtin_text(span_of(policy_files[i].name)) };
        struct pack_row row;
        while (pack_row_next(&reader, &row)) {
            if (span_eq(row.field[0], id))
                return policy_files[i].name;
        }
    }
    return NULL;
}

static void builtin_names(struct sb *out)
{
    for (size_t i = 0; i < policy_files_count; i++)
        sb_printf(out, "%s%s", i ? ", " : "", policy_builtin_name(i));
}

bool policy_pack_builtin(struct span name, struct policy_pack **ret, struct err *err)
{
    struct span text = policy_builtin_text(name);
    if (text.ptr) {
        char own[64];
        (void)snprintf(own, sizeof own, "%.*s", SPAN_FMT(name));
        return policy_pack_parse(text, own, ret, err);
    }
    struct sb names = { .cap = 300 };
    builtin_names(&names);
    (void)err_set(err, ERR_NOT_FOUND, "no policy '%.*s'; built in are: %s", SPAN_FMT(span_sub(name, 0, 60)),
                  sb_cstr(&names));
    sb_release(&names);
    return false;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

bool policy_file_read(const char *path, struct sb *out, struct err *err)
{
    out->cap = PACK_BYTES_MAX;
    return fs_read(path, out, err);
}

bool policy_pack_load(const char *file_or_name, struct policy_pack **ret, struct err *err)
{
    if (policy_builtin_text(span_of(file_or_name)).ptr)
        return policy_pack_builtin(span_of(file_or_name), ret, err);
    CLEANUP(sb_release) struct sb text = { 0 };
    struct err why = ERR_INIT;
    if (!policy_file_read(file_or_name, &text, &why)) {
        struct sb names = { .cap = 300 };
        builtin_names(&names);
        (void)err_set(err, why.code == ERR_LIMIT ? ERR_LIMIT : ERR_USAGE, "%s; built in are: %s", why.text,
                      sb_cstr(&names));
        sb_release(&names);
        return false;
    }
    if (policy_pack_parse(sb_span(&text), base_name(file_or_name), ret, err))
        return true;
    if (err->line == 0)
        return err_wrap(err, "%s", file_or_name);
    unsigned long long line = err->line;
    err->line = 0; /* it stands in the text, beside its file */
    return err_wrap(err, "%s:%llu", file_or_name, line);
}

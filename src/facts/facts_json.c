/* facts_json.c - the dictionary as a document. */
#include "base/jsonw.h"
#include "facts/facts.h"

static void fact_json(struct jsonw *w, const struct fact_info *f)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "name", f->name);
    jsonw_strz(w, "group", fact_group_name(f->group));
    jsonw_strz(w, "kind", fact_kind_word(f->kind));
    jsonw_strz(w, "unit", f->unit);
    if (f->kind == FACT_TEXT) {
        jsonw_null(w, "min");
        jsonw_null(w, "max");
    } else {
        jsonw_num(w, "min", f->lo);
        jsonw_num(w, "max", f->hi);
    }
    jsonw_arr(w, "words");
    struct span rest = span_of(f->words), word;
    while (span_word(&rest, &word))
        jsonw_str(w, NULL, word);
    jsonw_end_arr(w);
    jsonw_strz(w, "meaning", f->meaning);
    jsonw_strz(w, "measured", f->measured);
    jsonw_strz(w, "price", fact_price_words(f->price));
    jsonw_end_obj(w);
}

void facts_names_json(struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/facts/1");
    jsonw_arr(&w, "facts");
    for (size_t i = 0; i < FACT_COUNT; i++)
        fact_json(&w, &fact_infos[i]);
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
}

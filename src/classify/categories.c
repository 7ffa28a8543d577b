/* categories.c - names, words and classes of the categories. */
#include "classify/classify.h"

static const struct {
    const char *name, *words;
    enum category_class class_id;
} categories[] = {
#define CATEGORY_ROW(id, name, class_id, words) [CAT_##id] = { name, words, CLASS_##class_id },
#include "classify/category.def"
#undef CATEGORY_ROW
};
_Static_assert(ARRAY_LEN(categories) == CAT_COUNT, "one row per category");

static const char *const class_names[] = {
    [CLASS_MANAGED] = "managed", [CLASS_RUNTIME] = "runtime",
    [CLASS_SERDE] = "serde",     [CLASS_NATIVE] = "native",
    [CLASS_KERNEL] = "kernel",   [CLASS_SPIN] = "spin",
    [CLASS_WAIT] = "wait",       [CLASS_INTERNAL_WAIT] = "internal_wait",
    [CLASS_IDLE] = "idle",       [CLASS_META] = "meta",
};
_Static_assert(ARRAY_LEN(class_names) == CLASS_COUNT, "one name per class");

const char *category_name(enum category c)
{
    return categories[c].name;
}

const char *category_words(enum category c)
{
    return categories[c].words;
}

enum category_class category_class_of(enum category c)
{
    return categories[c].class_id;
}

const char *category_class_name(enum category_class k)
{
    return class_names[k];
}

bool category_from_name(struct span s, enum category *ret)
{
    for (int c = 0; c < CAT_COUNT; c++) {
        if (span_is(s, categories[c].name)) {
            *ret = (enum category)c;
            return true;
        }
    }
    return false;
}

bool category_is_cpu(enum category c)
{
    switch (categories[c].class_id) {
    case CLASS_MANAGED:
    case CLASS_RUNTIME:
    case CLASS_SERDE:
    case CLASS_NATIVE:
    case CLASS_KERNEL:
    case CLASS_SPIN:
        return true;
    case CLASS_META:
        return c == CAT_UNKNOWN;
    case CLASS_WAIT:
        return c == CAT_W_GPU;
    case CLASS_INTERNAL_WAIT:
    case CLASS_IDLE:
    case CLASS_COUNT:
        break;
    }
    return false;
}

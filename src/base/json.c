#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "base/num.h"

/* struct json is cJSON under another name, so that no other file needs the library's header. */
static const cJSON *in(const struct json *v)
{
    return (const cJSON *)(const void *)v;
}

static const struct json *out(const cJSON *v)
{
    return (const struct json *)(const void *)v;
}

/* cJSON recurses once a level and takes raw control bytes: both are settled before it runs. */
static bool check_shape(struct span text, size_t depth_max, struct err *err)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\') {
                /* cJSON would cut the string at an escaped NUL. */
                if (span_starts(span_from(text, i), SPAN("\\u0000")))
                    return err_at_byte(err, ERR_MALFORMED, i, "a string holds the character U+0000");
                i++;
            } else if (c == '"') {
                in_string = false;
            } else if ((unsigned char)c < 0x20) {
                return err_at_byte(err, ERR_MALFORMED, i, "raw control character inside a string");
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > depth_max)
                return err_at_byte(err, ERR_LIMIT, i, "nested deeper than %zu levels", depth_max);
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static bool check_numbers(const cJSON *root, struct err *err)
{
    /* Walks without recursion: depth is bounded by check_shape. */
    const cJSON *stack[1024];
    size_t n = 0;
    const cJSON *v = root;
    while (v || n > 0) {
        if (!v) {
            v = stack[--n];
            continue;
        }
        if (cJSON_IsNumber(v) && !isfinite(v->valuedouble))
            return err_set(err, ERR_MALFORMED, "a number is out of range");
        if (v->next && n < ARRAY_LEN(stack))
            stack[n++] = v->next;
        v = v->child;
    }
    return true;
}

static bool parse(struct span text, size_t depth_max, bool infinite, struct json **ret, struct err *err)
{
    if (!span_is_utf8(text))
        return err_set(err, ERR_MALFORMED, "JSON is not valid UTF-8");
    if (!check_shape(text, depth_max < 1000 ? depth_max : 1000, err))
        return false;
    /* The library wants to see the byte behind the value; trailing blanks are not an error for us. */
    struct span body = span_trim(text);
    const char *end = NULL;
    cJSON *doc = body.len == 0 ? NULL : cJSON_ParseWithLengthOpts(body.ptr, body.len, &end, 0);
    if (!doc) {
        size_t at = end && end >= text.ptr ? (size_t)(end - text.ptr) : 0;
        return err_at_byte(err, ERR_MALFORMED, at, "not valid JSON at byte %zu", at);
    }
    if (end != body.ptr + body.len) {
        size_t at = (size_t)(end - text.ptr);
        cJSON_Delete(doc);
        return err_at_byte(err, ERR_MALFORMED, at, "text follows the JSON value at byte %zu", at);
    }
    if (!infinite && !check_numbers(doc, err)) {
        cJSON_Delete(doc);
        return false;
    }
    *ret = (struct json *)(void *)doc;
    return true;
}

bool json_parse(struct span text, size_t depth_max, struct json **ret, struct err *err)
{
    return parse(text, depth_max, false, ret, err);
}

bool json_parse_wide(struct span text, size_t depth_max, struct json **ret, struct err *err)
{
    return parse(text, depth_max, true, ret, err);
}

void json_free(struct json *doc)
{
    cJSON_Delete((cJSON *)(void *)doc);
}

void json_freep(struct json **doc)
{
    json_free(*doc);
    *doc = NULL;
}

enum json_kind json_kind_of(const struct json *v)
{
    const cJSON *c = in(v);
    if (!c)
        return JSON_ABSENT;
    if (cJSON_IsNull(c))
        return JSON_NULL;
    if (cJSON_IsBool(c))
        return JSON_BOOL;
    if (cJSON_IsNumber(c))
        return JSON_NUM;
    if (cJSON_IsString(c))
        return JSON_STR;
    if (cJSON_IsArray(c))
        return JSON_ARR;
    return JSON_OBJ;
}

const struct json *json_get(const struct json *obj, const char *key)
{
    return json_kind_of(obj) == JSON_OBJ ? out(cJSON_GetObjectItemCaseSensitive(in(obj), key)) : NULL;
}

const struct json *json_path(const struct json *obj, const char *path)
{
    struct span rest = span_of(path);
    while (obj && rest.len > 0) {
        char key[64];
        size_t n = span_chr(rest, 0, '.');
        if (n >= sizeof key)
            return NULL;
        memcpy(key, rest.ptr, n);
        key[n] = '\0';
        obj = json_get(obj, key);
        rest = span_from(rest, n + 1);
    }
    return obj;
}

const struct json *json_first(const struct json *v)
{
    enum json_kind kind = json_kind_of(v);
    return kind == JSON_ARR || kind == JSON_OBJ ? out(in(v)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return child ? out(in(child)->next) : NULL;
}

size_t json_count(const struct json *v)
{
    size_t n = 0;
    for (const struct json *c = json_first(v); c; c = json_next(c))
        n++;
    return n;
}

struct span json_key(const struct json *child)
{
    return child && in(child)->string ? span_of(in(child)->string) : SPAN("");
}

double json_num(const struct json *v, double otherwise)
{
    return json_kind_of(v) == JSON_NUM ? in(v)->valuedouble : otherwise;
}

bool json_bool(const struct json *v, bool otherwise)
{
    if (json_kind_of(v) == JSON_BOOL)
        return cJSON_IsTrue(in(v));
    double x = json_num(v, NUM_UNKNOWN);
    if (x == 0.0 || x == 1.0)
        return x == 1.0;
    return otherwise;
}

struct span json_str(const struct json *v)
{
    return json_kind_of(v) == JSON_STR ? span_of(in(v)->valuestring) : SPAN("");
}

bool json_is_null(const struct json *v)
{
    enum json_kind kind = json_kind_of(v);
    return kind == JSON_ABSENT || kind == JSON_NULL;
}

#include "http/routes.h"

const struct route routes[] = {
#define ROUTE(method, pattern, handle, body, scope, project, page, summary)                                            \
    { METHOD_##method, pattern, handle, BODY_##body, SCOPE_##scope, project, page, summary },
#include "http/routes.def"
#undef ROUTE
};
const size_t route_count = ARRAY_LEN(routes);

struct span route_param(const struct route *route, size_t k)
{
    struct span rest = span_of(route->pattern);
    for (;;) {
        size_t from = span_chr(rest, 0, '{');
        if (from >= rest.len)
            return SPAN("");
        size_t end = span_chr(rest, from, '}');
        if (k-- == 0)
            return span_sub(rest, from + 1, end - from - 1);
        rest = span_from(rest, end);
    }
}

struct span request_param(const struct request *rq, const char *name)
{
    for (size_t k = 0; k < PARAMS_MAX; k++) {
        struct span param = route_param(rq->route, k);
        if (param.len == 0)
            break;
        if (span_is(param, name))
            return rq->params[k];
    }
    return SPAN("");
}

/* upload_page.c - the page that takes files. */
#include "report/pages.h"

#include "report/fmt.h"
#include "report/html.h"
#include "report/page_make.h"
#include "report/view_read.h"

bool report_page_upload(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Upload"));
    page_style(&m, "upload.css");
    page_crumb(&m, SPAN("upload"), SPAN(""));
    struct span project = page_text(&m, in, "project", 63);
    tmpl_set(m.page, "ACTION", page_path(&m, in, "upload_action"));
    tmpl_set(m.page, "PROJECT", project);
    tmpl_set(m.page, "PROJECT_OR_NAME", project.len > 0 ? project : SPAN("NAME"));
    tmpl_set(m.page, "BASE", page_text(&m, in, "base_url", 200));
    tmpl_set(m.page, "RUN", page_text(&m, in, "run", 100));
    EACH (name, json_get(in, "projects"))
        tmpl_set(tmpl_add(m.page, "PROJECTS"), "NAME", view_clean(&m.arena, json_str(name), 63));
    struct sb limit = { 0 };
    if (num_known(read_num(in, "limit_bytes")))
        fmt_bytes(&limit, read_num(in, "limit_bytes"));
    html_text(m.page, "LIMIT", sb_span(&limit));
    sb_release(&limit);
    struct tmpl *formats = json_count(json_get(in, "formats")) > 0 ? tmpl_add(m.page, "FORMATS") : NULL;
    EACH (row, formats ? json_get(in, "formats") : NULL) {
        struct tmpl *t = tmpl_add(formats, "ROW");
        tmpl_set(t, "NAME", page_text(&m, row, "name", 40));
        tmpl_set(t, "TITLE", page_text(&m, row, "title", 160));
        tmpl_set(t, "PROVES", page_text(&m, row, "proves", 200));
        tmpl_set(t, "CANNOT", page_text(&m, row, "cannot", 200));
    }
    return page_finish(&m, "upload.tpl", SPAN(""), out, err);
}

#include "report/flame.h"

#include <stdlib.h>

#include "report/flame_tree.h"
#include "report/fmt.h"
#include "report/view.h"

enum { ROW_PX = 17, HEAD_PX = 46, FOOT_PX = 24, NAME_MAX = 200 };

struct picture {
    const struct profile *p;
    const struct flame_tree *tree;
    const struct report_flame_options *opt;
    uint32_t column;
    uint32_t rows; /* of boxes */
    struct arena arena;
    struct sb *out;
};

/* Pastel, so that dark letters can be read on every one of them, in light pages and in dark ones. */
static const unsigned char colours[CLASS_COUNT][3] = {
    [CLASS_MANAGED] = { 150, 190, 232 }, [CLASS_RUNTIME] = { 176, 214, 236 },       [CLASS_SERDE] = { 148, 212, 200 },
    [CLASS_NATIVE] = { 200, 178, 230 },  [CLASS_KERNEL] = { 196, 204, 212 },        [CLASS_SPIN] = { 232, 178, 200 },
    [CLASS_WAIT] = { 244, 208, 134 },    [CLASS_INTERNAL_WAIT] = { 226, 196, 160 }, [CLASS_IDLE] = { 222, 226, 231 },
    [CLASS_META] = { 214, 214, 206 },
};

static void fill(struct picture *pic, enum category_class klass, struct span name)
{
    /* Neighbours differ a little, by their name alone. */
    unsigned shift = (unsigned)(span_hash(name) % 21);
    sb_adds(pic->out, "#");
    for (int i = 0; i < 3; i++)
        sb_printf(pic->out, "%02x", (unsigned)colours[klass][i] - 10 + shift);
}

static void amount(struct sb *out, const struct profile_column *column, double value)
{
    switch (column->unit) {
    case UNIT_SECONDS:
        fmt_seconds(out, value);
        break;
    case UNIT_SAMPLES:
        fmt_number(out, value);
        sb_adds(out, value == 1 ? " sample" : " samples");
        break;
    case UNIT_BYTES:
        fmt_bytes(out, value);
        break;
    case UNIT_CYCLES:
        fmt_number(out, value);
        sb_adds(out, " cycles");
        break;
    case UNIT_COUNT_OTHER:
    case UNIT_KIND_COUNT:
        fmt_number(out, value);
        sb_adds(out, " counts");
        break;
    }
}

static struct span box_name(struct picture *pic, const struct flame_box *box)
{
    if (box->parent == FLAME_NONE)
        return SPAN("all");
    const struct profile_frame *f = &pic->p->frames[box->frame.ix];
    struct span func = profile_str(pic->p, f->func);
    if (func.len == 0)
        func = profile_str(pic->p, f->module);
    return func.len > 0 ? view_clean(&pic->arena, func, NAME_MAX) : SPAN("[no name]");
}

static void box_title(struct picture *pic, const struct flame_box *box, struct span name)
{
    struct sb *out = pic->out;
    sb_adds(out, "<title>");
    sb_add_xml(out, name);
    if (box->parent != FLAME_NONE) {
        const struct profile_frame *f = &pic->p->frames[box->frame.ix];
        struct span place = profile_str(pic->p, f->file);
        if (place.len == 0)
            place = profile_str(pic->p, f->module);
        if (place.len > 0) {
            sb_adds(out, " (");
            sb_add_xml(out, view_clean(&pic->arena, place, NAME_MAX));
            sb_adds(out, ")");
        }
        if (box->category != CAT_COUNT)
            sb_printf(out, ", %s", category_words((enum category)box->category));
    }
    sb_adds(out, ": ");
    amount(out, &pic->p->columns[pic->column], box->total);
    sb_adds(out, ", ");
    fmt_percent(out, box->total / pic->tree->total);
    sb_adds(out, "</title>");
}

/* As much of the name as about 6.4 px a column hold. */
static void box_label(struct picture *pic, struct span name, double x, double width, uint32_t y)
{
    double room = (width * pic->opt->width_px - 6) / 6.4;
    if (room < 3)
        return;
    size_t columns = (size_t)room;
    sb_printf(pic->out, "<text x=\"%.3f%%\" dx=\"3\" y=\"%u\">", x * 100, y + 12);
    size_t used = view_columns(name);
    if (used <= columns) {
        sb_add_xml(pic->out, name);
    } else {
        size_t end = 0;
        size_t bytes = 0;
        while (bytes < name.len) {
            size_t next = bytes + 1;
            while (next < name.len && ((unsigned char)name.ptr[next] & 0xc0) == 0x80)
                next++;
            end += view_columns(span_sub(name, bytes, next - bytes));
            if (end > columns - 2)
                break;
            bytes = next;
        }
        sb_add_xml(pic->out, span_sub(name, 0, bytes));
        sb_adds(pic->out, "..");
    }
    sb_adds(pic->out, "</text>");
}

static void boxes(struct picture *pic)
{
    const struct flame_tree *tree = pic->tree;
    for (uint32_t i = 0; i < tree->shown_count; i++) {
        const struct flame_box *box = &tree->boxes[tree->shown[i]];
        struct span name = box_name(pic, box);
        double x = box->x / tree->total;
        double width = box->total / tree->total;
        uint32_t y = HEAD_PX + (pic->rows - 1 - box->depth) * ROW_PX;
        sb_adds(pic->out, "<g>");
        box_title(pic, box, name);
        sb_printf(pic->out, "<rect x=\"%.3f%%\" y=\"%u\" width=\"%.3f%%\" height=\"%d\" rx=\"1\" fill=\"", x * 100, y,
                  width * 100, ROW_PX - 1);
        fill(pic, (enum category_class)box->klass, name);
        sb_adds(pic->out, "\"/>");
        box_label(pic, name, x, width, y);
        sb_adds(pic->out, "</g>\n");
        arena_release(&pic->arena);
    }
}

/* One key for each class that is shown, in the order of the classes. */
static void legend(struct picture *pic, const char *ink)
{
    static const char *const words[CLASS_COUNT] = {
        [CLASS_MANAGED] = "your code, libraries",
        [CLASS_RUNTIME] = "run time",
        [CLASS_SERDE] = "encoding",
        [CLASS_NATIVE] = "native",
        [CLASS_KERNEL] = "kernel",
        [CLASS_SPIN] = "spinning",
        [CLASS_WAIT] = "waiting",
        [CLASS_INTERNAL_WAIT] = "locks, queues",
        [CLASS_IDLE] = "idle",
        [CLASS_META] = "no name",
    };
    bool seen[CLASS_COUNT] = { false };
    bool any = false;
    for (uint32_t i = 0; i < pic->tree->shown_count; i++) {
        const struct flame_box *box = &pic->tree->boxes[pic->tree->shown[i]];
        if (box->parent == FLAME_NONE)
            continue;
        seen[box->klass] = true;
        any = any || box->category != CAT_COUNT;
    }
    unsigned x = 4;
    for (int k = 0; any && k < CLASS_COUNT; k++) {
        if (!seen[k])
            continue;
        sb_printf(pic->out, "<rect x=\"%u\" y=\"26\" width=\"11\" height=\"11\" fill=\"#%02x%02x%02x\"/>", x,
                  (unsigned)colours[k][0], (unsigned)colours[k][1], (unsigned)colours[k][2]);
        sb_printf(pic->out, "<text x=\"%u\" y=\"36\" fill=\"%s\">%s</text>\n", x + 15, ink, words[k]);
        x += 30 + 7 * (unsigned)strlen(words[k]);
    }
}

static void notes(struct picture *pic, const char *ink, uint32_t height)
{
    sb_printf(pic->out, "<text x=\"4\" y=\"16\" font-weight=\"bold\" fill=\"%s\">", ink);
    if (pic->opt->title.len > 0) {
        sb_add_xml(pic->out, view_clean(&pic->arena, pic->opt->title, 120));
        sb_adds(pic->out, ", ");
    }
    amount(pic->out, &pic->p->columns[pic->column], pic->tree->total);
    sb_adds(pic->out, "</text>\n");
    legend(pic, ink);
    sb_printf(pic->out, "<text x=\"4\" y=\"%u\" fill=\"%s\">", height - 8, ink);
    double hidden = 1 - pic->tree->shown_self / pic->tree->total;
    if (hidden > 1e-9) {
        sb_adds(pic->out, "not drawn: ");
        fmt_percent(pic->out, hidden);
        sb_adds(pic->out, " of the weight, in boxes narrower than ");
        fmt_percent(pic->out, pic->tree->min_weight / pic->tree->total);
        if (pic->tree->cut_deep)
            sb_printf(pic->out, " or above row %u", pic->tree->rows_max);
    } else {
        sb_adds(pic->out, "everything is drawn");
    }
    sb_adds(pic->out, "</text>\n");
}

bool report_flame_svg(const struct profile *p, uint32_t column, const struct classification *cls,
                      const struct report_flame_options *opt, struct sb *out, struct err *err)
{
    struct report_flame_options o = opt ? *opt : (struct report_flame_options){ 0 };
    o.min_share = o.min_share > 0 ? o.min_share : 0.001;
    o.depth_max = o.depth_max ? o.depth_max : 96;
    o.boxes_max = o.boxes_max ? o.boxes_max : 20000;
    o.width_px = o.width_px ? o.width_px : 1200;
    struct flame_tree tree = { 0 };
    if (!flame_tree_make(p, column, cls, &o, &tree, err))
        return false;
    struct picture pic = { .p = p, .tree = &tree, .opt = &o, .column = column, .out = out };
    for (uint32_t i = 0; i < tree.shown_count; i++) {
        uint32_t depth = tree.boxes[tree.shown[i]].depth + 1;
        pic.rows = depth > pic.rows ? depth : pic.rows;
    }
    uint32_t height = HEAD_PX + pic.rows * ROW_PX + FOOT_PX;
    if (o.standalone)
        sb_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    sb_printf(out,
              "<svg%s viewBox=\"0 0 %u %u\" width=\"%u\" height=\"%u\" font-family=\"Verdana, "
              "DejaVu Sans, sans-serif\" "
              "font-size=\"11\" fill=\"#14181d\" role=\"img\" aria-label=\"flame graph\">\n",
              o.standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", o.width_px, height, o.width_px, height);
    if (o.standalone)
        sb_printf(out, "<rect width=\"%u\" height=\"%u\" fill=\"#ffffff\"/>\n", o.width_px, height);
    notes(&pic, o.standalone ? "#14181d" : "currentColor", height);
    boxes(&pic);
    sb_adds(out, "</svg>\n");
    arena_release(&pic.arena);
    flame_tree_release(&tree);
    return true;
}

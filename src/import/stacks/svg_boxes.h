/* svg_boxes.h - the boxes of a flame-graph SVG as they stand in the file. Private to fmt_svg. Sole user of expat. */
#ifndef STET_IMPORT_SVG_BOXES_H
#define STET_IMPORT_SVG_BOXES_H

#include "base/limits.h"
#include "import/source.h"
#include "profile/profile.h"

struct svg_box {
    uint64_t name_at; /* in names; length name_len */
    uint32_t name_len;
    double count;    /* as the title says */
    double x, width; /* samples when fg is known, else pixels or percent */
    double y;
};

struct svg_boxes {
    struct svg_box *items;
    uint64_t count, cap;
    char *names;
    size_t names_len, names_size;
    char title[4096]; /* text of the picture's own title: py-spy writes its command line there */
    char unit[64];    /* of the counts; the first box's */
    bool has_fg;      /* exact integer geometry by inferno */
    bool inferno, flamegraph_pl;
    bool differential, error_picture;
    bool mixed_units;
    uint64_t skipped; /* boxes without a readable title */
};

/* Errors: ERR_MALFORMED with the line, ERR_LIMIT, ERR_UNRECOGNISED when there is no box at all. */
bool svg_boxes_read(struct source *in, const struct limits *lim, struct svg_boxes *ret, struct err *err) MUST_CHECK;
void svg_boxes_release(struct svg_boxes *b);
struct span svg_box_name(const struct svg_boxes *b, const struct svg_box *box);

#endif

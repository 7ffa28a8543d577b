/* flame_data_head.h - the JSON record in front of the arrays; for flame_data.c. */
#ifndef STET_REPORT_FLAME_DATA_HEAD_H
#define STET_REPORT_FLAME_DATA_HEAD_H

#include "report/flame_data_tree.h"

void flame_data_head(const struct flame_data_input *in, const struct flame_data_tree *tree, struct sb *out);

#endif

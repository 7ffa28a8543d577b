/* artefact_words.h - what a file is and how it was recorded, in a line: the words of the report's "what each file proves",
 * for who has an artefact and no analysis of it yet. */
#ifndef STET_ADVISE_ARTEFACT_WORDS_H
#define STET_ADVISE_ARTEFACT_WORDS_H

#include "base/sb.h"
#include "profile/artefact.h"

/* "flame graph by py-spy, pid 4242, 100 Hz, recorded without --idle". */
void artefact_words(const struct artefact *a, struct sb *out);
/* What a file of the format is, in two or three words; the format's own name where that says it. */
const char *artefact_short_name(const char *format);
/* ", recorded without --idle, without --native": options of a recorder's command line that decide what it can show. Nothing
 * for a recorder without such options. */
void artefact_recorder_words(struct span recorder, struct sb *out);

#endif

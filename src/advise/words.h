/* words.h - numbers as people read them: two significant digits, always with the amount. Private to advise/. */
#ifndef STET_ADVISE_WORDS_H
#define STET_ADVISE_WORDS_H

#include "base/sb.h"

/* 0.0304 -> "3.0 %", 0.97 -> "97 %", 0.00041 -> "0.04 %"; below 0.01 % "under 0.01 %". */
void words_share(struct sb *out, double share);
/* "3.0 %" when both ends read the same, else "16 to 69 %". */
void words_range(struct sb *out, double lo, double hi);
/* 58.2 -> "58 s", 0.0075 -> "7.5 ms", 5400 -> "90 min". */
void words_seconds(struct sb *out, double seconds);
/* Two significant digits: 1.0279 -> "1.03" (a factor near 1 keeps what makes it differ), 37.7 -> "38". */
void words_factor(struct sb *out, double factor);
/* Whole numbers with commas: 17400 -> "17,400". */
void words_count(struct sb *out, double count);

#endif

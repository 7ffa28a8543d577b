/* Mutators that keep a format's frame valid, so that mutation reaches what lies behind it. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* As libFuzzer's: changes data in place, up to max bytes, and returns the new size. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* perf.data: records are doubled, dropped, swapped or changed inside; sizes, the header's lengths and the table of
 * features follow. Returns 0 when the input is no perf.data file with a whole header. */
size_t mutate_perf_data(uint8_t *data, size_t size, size_t max, unsigned seed);

/* pprof: fields of the profile and of the messages in it are doubled, dropped, renamed or changed; all lengths around them
 * follow. Returns 0 when the input is no such message as a whole. */
size_t mutate_pprof(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Flight recordings: events of the first chunk are copied, dropped or changed inside; their sizes and the chunk's follow.
 * Returns 0 when the input does not begin with a chunk of whole events. */
size_t mutate_jfr(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif

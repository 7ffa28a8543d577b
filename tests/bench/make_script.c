/* make_script REAL MEGABYTES - writes perf-script text of about that size to standard output, from the frame lines of
 * a real recording (perf script text): 20 frames a sample, 100,000 distinct stacks, periods that differ.
 *
 * The same input gives the same bytes: the stream of choices is a fixed linear congruence. */
#include "base/num.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAMES_PER_SAMPLE = 20,
    STACKS_DISTINCT = 100000,
    LINE_BYTES_MAX = 4096,
    FRAMES_KEPT_MAX = 20000,
};

static uint64_t step(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* A frame line is indented: "\t    7f1e2c0 name+0x1c (/usr/lib/x.so)". Out: number kept. Owns: the caller frees each. */
static size_t frames_read(FILE *in, char **frames)
{
    char line[LINE_BYTES_MAX];
    size_t count = 0;
    while (count < FRAMES_KEPT_MAX && fgets(line, sizeof line, in) != NULL) {
        if ((line[0] != '\t' && line[0] != ' ') || strchr(line, '(') == NULL || strchr(line, '\n') == NULL)
            continue;
        frames[count] = strdup(line);
        if (frames[count] == NULL)
            break;
        count++;
    }
    return count;
}

/* A stack is its number: the root side changes slowly, the leaf side fast, as in a real tree. */
static size_t stack_write(FILE *out, uint64_t stack, char *const *frames, size_t count)
{
    size_t bytes = 0;
    for (unsigned depth = FRAMES_PER_SAMPLE; depth-- > 0;) {
        uint64_t shared = depth < 6 ? stack % 7 : depth < 12 ? stack % 613 : stack;
        uint64_t state = shared * 0x9e3779b97f4a7c15u + depth;
        const char *frame = frames[step(&state) % count];
        bytes += strlen(frame);
        (void)fputs(frame, out);
    }
    (void)fputc('\n', out);
    return bytes + 1;
}

int main(int argc, char **argv)
{
    uint64_t megabytes = 0;
    if (argc != 3 || !span_to_u64(span_of(argv[2]), &megabytes)) {
        (void)fputs("usage: make_script REAL MEGABYTES\n", stderr);
        return EXIT_FAILURE;
    }
    FILE *in = fopen(argv[1], "rb");
    char **frames = calloc(FRAMES_KEPT_MAX, sizeof *frames);
    size_t count = in == NULL || frames == NULL ? 0 : frames_read(in, frames);
    if (count == 0) {
        (void)fprintf(stderr, "make_script: no frame lines in %s\n", argv[1]);
        return EXIT_FAILURE;
    }
    uint64_t state = 1;
    uint64_t written = 0;
    for (uint64_t sample = 0; written < megabytes << 20; sample++) {
        int head = printf("server %5u %5llu.%06llu: %10llu cpu-clock:pppH: \n", 4000u,
                          (unsigned long long)(100 + sample / 997), (unsigned long long)(sample % 997 * 1003),
                          (unsigned long long)(1000000 + step(&state) % 4096));
        written += (uint64_t)(head > 0 ? head : 0);
        written += stack_write(stdout, step(&state) % STACKS_DISTINCT, frames, count);
    }
    for (size_t i = 0; i < count; i++)
        free(frames[i]);
    free(frames);
    (void)fclose(in);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* replay TARGET FOLDER... - runs every file below the folders through a fuzz target, without libFuzzer, so that each
 * test run repeats what fuzzing has learnt. A folder that is not there counts as empty. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *fuzz_target_name = "";

static int fail(const char *what, const char *path)
{
    (void)fprintf(stderr, "replay: %s: %s: %s\n", what, path, strerror(errno));
    exit(EXIT_FAILURE);
}

static void file_replay(const char *path, size_t size)
{
    FILE *in = fopen(path, "rb");
    /* Exactly as long as the input: one byte too far is seen by ASan. */
    uint8_t *bytes = malloc(size == 0 ? 1 : size);
    if (in == NULL || bytes == NULL || fread(bytes, 1, size, in) != size)
        fail("cannot read", path);
    (void)fclose(in);
    /* The last line before a crash names the input. */
    (void)printf("%s\n", path);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

static unsigned folder_replay(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0 && errno != ENOENT)
        fail("cannot list", folder);
    unsigned done = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat st;
        int len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof path) {
            if (stat(path, &st) != 0)
                fail("cannot read", path);
            if (S_ISREG(st.st_mode)) {
                file_replay(path, (size_t)st.st_size);
                done++;
            }
        }
        free(entries[i]);
    }
    free(entries);
    return done;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fputs("usage: replay TARGET FOLDER...\n", stderr);
        return EXIT_FAILURE;
    }
    fuzz_target_name = argv[1];
    unsigned done = 0;
    for (int i = 2; i < argc; i++)
        done += folder_replay(argv[i]);
    (void)printf("%u inputs\n", done);
    return EXIT_SUCCESS;
}

/* A fuzz target defines LLVMFuzzerTestOneInput and returns 0; a finding is a crash or a failed assertion. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Name of the target: compiled in under libFuzzer, an argument of the replay program. */
#ifdef FUZZ_TARGET
#define FUZZ_TARGET_NAME FUZZ_TARGET
#else
extern const char *fuzz_target_name;
#define FUZZ_TARGET_NAME fuzz_target_name
#endif

#endif

# stet_flags: what every object needs. stet_warnings: what our own sources must be clean of.
add_library(stet_flags INTERFACE)
add_library(stet_warnings INTERFACE)

target_compile_definitions(stet_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(stet_flags INTERFACE -fno-omit-frame-pointer)

target_compile_options(stet_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wvla -Wformat=2 -Wundef
    -Wdouble-promotion -Wswitch-enum
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes -Wstrict-prototypes>)

if(STET_SANITIZE)
    add_compile_options(-fsanitize=${STET_SANITIZE})
    add_link_options(-fsanitize=${STET_SANITIZE})
    if(STET_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()

if(STET_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()

if(STET_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()

if(STET_HARDEN)
    # -U first: some distributions predefine a lower level.
    add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=3>
        -fstack-protector-strong -fstack-clash-protection)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
add_link_options(-Wl,--as-needed)

# A pooled arena hides overruns from the sanitizers: each block gets a malloc of its own.
if(STET_SANITIZE)
    add_compile_definitions(STET_ARENA_MALLOC)
endif()

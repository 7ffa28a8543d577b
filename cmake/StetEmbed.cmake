# stet_embed(<target> <symbol> [BASE <dir>] <file>...)
#
# Puts files into the binary as `const struct embed_file <symbol>[]` with `<symbol>_count` rows, sorted by name
# (base/embed.h; declare them with EMBED_DECLARE(<symbol>)). A row's name is the path below BASE, or the bare
# file name without BASE. Each file is followed by a NUL that is not counted, so text can be read as a string.
add_executable(stet_embed_tool ${CMAKE_SOURCE_DIR}/tools/embed.c)
target_compile_definitions(stet_embed_tool PRIVATE _POSIX_C_SOURCE=200809L)
target_link_libraries(stet_embed_tool PRIVATE stet_warnings)
if(STET_FUZZ)
    target_link_options(stet_embed_tool PRIVATE -fsanitize=address)
endif()

function(stet_embed target symbol)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "BASE" "")
    set(out_c ${CMAKE_BINARY_DIR}/gen/embed_${symbol}.c)
    set(out_s ${CMAKE_BINARY_DIR}/gen/embed_${symbol}.S)
    set(rows "")
    foreach(file IN LISTS arg_UNPARSED_ARGUMENTS)
        cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
        if(arg_BASE)
            cmake_path(ABSOLUTE_PATH arg_BASE BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE
                OUTPUT_VARIABLE base)
            cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${base} OUTPUT_VARIABLE name)
        else()
            cmake_path(GET file FILENAME name)
        endif()
        list(APPEND rows "${name}=${file}")
        list(APPEND files ${file})
    endforeach()
    # The list goes through a file: command lines have a limit, and a changed list must rebuild.
    list(JOIN rows "\n" rows_text)
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/gen/embed_${symbol}.list CONTENT "${rows_text}\n")
    add_custom_command(OUTPUT ${out_c} ${out_s}
        COMMAND stet_embed_tool ${symbol} ${CMAKE_BINARY_DIR}/gen/embed_${symbol}.list ${out_c} ${out_s}
        DEPENDS stet_embed_tool ${CMAKE_BINARY_DIR}/gen/embed_${symbol}.list ${files}
        VERBATIM)
    # .incbin is invisible to the dependency scan of the assembler.
    set_source_files_properties(${out_s} PROPERTIES OBJECT_DEPENDS "${files}")
    target_sources(${target} PRIVATE ${out_c} ${out_s})
endfunction()

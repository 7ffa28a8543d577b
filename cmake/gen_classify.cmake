# The classification table: rows and indexes as C, and the file itself for its version.
add_executable(gen_classify_tool ${CMAKE_SOURCE_DIR}/tools/gen_classify.c)
target_link_libraries(gen_classify_tool PRIVATE stet_warnings)
if(STET_FUZZ)
    target_link_options(gen_classify_tool PRIVATE -fsanitize=address)
endif()
set(classify_csv ${CMAKE_SOURCE_DIR}/src/classify/classification.csv)
set(classify_c ${CMAKE_BINARY_DIR}/gen/classify_rules.c)
add_custom_command(OUTPUT ${classify_c}
    COMMAND gen_classify_tool ${classify_csv} ${classify_c}
    DEPENDS gen_classify_tool ${classify_csv}
    VERBATIM)
target_sources(stet_core PRIVATE ${classify_c})
stet_embed(stet_core embed_classification ${classify_csv})

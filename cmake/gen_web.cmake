# Files of web/ that are sent as they are -> stet_web_files.
file(GLOB web_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/record.sh)
stet_embed(stet_core stet_web_files BASE ${CMAKE_SOURCE_DIR}/web ${web_files})
# Recorded cases, loaded by `stet serve --demo`.
file(GLOB_RECURSE demo_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/profiles/cases/*)
list(FILTER demo_files EXCLUDE REGEX "\\.(md|py|c|sh)$") # walkthroughs and sources of what was recorded
stet_embed(stet_core stet_demo_files BASE ${CMAKE_SOURCE_DIR}/profiles/cases ${demo_files})

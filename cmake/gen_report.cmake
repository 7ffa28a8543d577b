# Templates and the browser's own files stand inside the binary.
file(GLOB report_templates CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/templates/*.tpl)
stet_embed(stet_core embed_templates BASE ${CMAKE_SOURCE_DIR}/web/templates ${report_templates})
file(GLOB_RECURSE report_static CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/static/*)
stet_embed(stet_core embed_static BASE ${CMAKE_SOURCE_DIR}/web/static ${report_static})

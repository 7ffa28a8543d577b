# db/migrations/NNNN_name.sql -> stet_migrations, sorted by number.
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/migrations/*.sql)
stet_embed(stet_core stet_migrations BASE ${CMAKE_SOURCE_DIR}/db/migrations ${migrations})

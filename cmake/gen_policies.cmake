# The packs under db/policies stand in the binary (src/policy/pack.c).
file(GLOB policy_packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/db/policies/*)
list(FILTER policy_packs EXCLUDE REGEX "\\.md$")
stet_embed(stet_core policy_files ${policy_packs})

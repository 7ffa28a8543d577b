# stet_libraries: every third-party library, each included by one source file (tests/lint/layers.py).
include(FindPkgConfig)
find_package(Threads REQUIRED)

# On the base system each is one Debian -dev package; see the list in ./dev.
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(UNWIND REQUIRED IMPORTED_TARGET libunwind)
pkg_check_modules(CTEMPLATE REQUIRED IMPORTED_TARGET libctemplate)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)

# CivetWeb ships no .pc file, and its CMake package refers to a server binary that Debian splits off.
find_library(CIVETWEB_LIBRARY civetweb REQUIRED)
find_path(CIVETWEB_INCLUDE_DIR civetweb.h REQUIRED)
# The generic accessors of libunwind stand in a library named after the machine.
find_library(UNWIND_GENERIC_LIBRARY unwind-${CMAKE_SYSTEM_PROCESSOR} REQUIRED)

add_library(stet_libraries INTERFACE)
target_include_directories(stet_libraries SYSTEM INTERFACE ${CIVETWEB_INCLUDE_DIR})
target_link_libraries(stet_libraries INTERFACE
    ${CIVETWEB_LIBRARY} PkgConfig::SQLITE3 PkgConfig::CJSON ${UNWIND_GENERIC_LIBRARY} PkgConfig::UNWIND
    PkgConfig::CTEMPLATE PkgConfig::ARCHIVE PkgConfig::EXPAT PkgConfig::ZSTD PkgConfig::ZLIB
    PkgConfig::CRYPTO PkgConfig::CURL Threads::Threads ${CMAKE_DL_LIBS} m)

# Browser parts from npm (web/package-lock.json): uPlot as a module below /static/lib/, the static speedscope app below
# /speedscope/. A build without them has every page, less these two.
set(node ${CMAKE_SOURCE_DIR}/web/node_modules)
file(GLOB uplot_files CONFIGURE_DEPENDS ${node}/uplot/dist/uPlot.iife.min.js ${node}/uplot/dist/uPlot.min.css)
set(lib_files "")
list(LENGTH uplot_files uplot_count)
if(uplot_count EQUAL 2)
    set(lib ${CMAKE_BINARY_DIR}/gen/lib)
    file(MAKE_DIRECTORY ${lib})
    # The minified file defines a variable; as a module it has to say so.
    file(READ ${node}/uplot/dist/uPlot.iife.min.js uplot)
    file(CONFIGURE OUTPUT ${lib}/uplot.js CONTENT "@uplot@\nexport default uPlot;\n" @ONLY)
    file(COPY_FILE ${node}/uplot/dist/uPlot.min.css ${lib}/uplot.css ONLY_IF_DIFFERENT)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${uplot_files})
    list(APPEND lib_files ${lib}/uplot.js ${lib}/uplot.css)
endif()
stet_embed(stet_core embed_lib BASE ${CMAKE_BINARY_DIR}/gen ${lib_files})

# Not its sample profile and schema; its reader of JFR stands inside its script.
file(GLOB speedscope_files CONFIGURE_DEPENDS ${node}/speedscope/dist/release/*)
list(FILTER speedscope_files EXCLUDE REGEX "\\.(txt|json|wasm)$")
stet_embed(stet_core embed_speedscope BASE ${node}/speedscope/dist/release ${speedscope_files})

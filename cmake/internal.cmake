# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Tests reach past the public API, and a shared library hides its internals. So
# tests link runnel_internal, always static: runnel itself where that is static,
# else a second build of the same sources. Made at top level, where the
# properties that src/ sets on its files are seen.
if(NOT BUILD_SHARED_LIBS)
    add_library(runnel_internal ALIAS runnel)
else()
    get_target_property(sources runnel SOURCES)
    add_library(runnel_internal STATIC ${sources})
    target_include_directories(runnel_internal PUBLIC include PRIVATE src)
    target_compile_features(runnel_internal PUBLIC cxx_std_20)
    target_link_libraries(runnel_internal PRIVATE Threads::Threads)
    set_target_properties(runnel_internal PROPERTIES CXX_EXTENSIONS OFF)
    runnel_warnings(runnel_internal)
endif()

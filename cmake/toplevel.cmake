# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Conveniences of a build of runnel alone. A project that adds runnel as a
# subdirectory has made these choices itself.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    if(RUNNEL_DEVELOP)
        set(default_build_type RelWithDebInfo)
    else()
        set(default_build_type Release)
    endif()
    set(CMAKE_BUILD_TYPE ${default_build_type} CACHE STRING "Kind of build" FORCE)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Without this sloppiness ccache gives up on files with a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# The targets of headers that need another library: runnel::asio and runnel::fmt. Each is
# made where its library is found; where it is not, nothing is said. The build of runnel
# and the installed package both read this file.
if(NOT TARGET runnel::asio)
    find_path(RUNNEL_ASIO_INCLUDE_DIR asio/any_io_executor.hpp
        DOC "Where the headers of Asio lie (the one without Boost)")
    mark_as_advanced(RUNNEL_ASIO_INCLUDE_DIR)
    if(RUNNEL_ASIO_INCLUDE_DIR)
        find_package(Threads QUIET)
        add_library(runnel::asio INTERFACE IMPORTED GLOBAL)
        target_include_directories(runnel::asio SYSTEM INTERFACE ${RUNNEL_ASIO_INCLUDE_DIR})
        target_link_libraries(runnel::asio INTERFACE runnel::runnel)
        if(TARGET Threads::Threads)
            target_link_libraries(runnel::asio INTERFACE Threads::Threads)
        endif()
    endif()
endif()

if(NOT TARGET runnel::fmt)
    find_package(fmt QUIET CONFIG)
    if(TARGET fmt::fmt)
        add_library(runnel::fmt INTERFACE IMPORTED GLOBAL)
        target_link_libraries(runnel::fmt INTERFACE runnel::runnel fmt::fmt)
    endif()
endif()

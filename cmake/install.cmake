# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/runnel)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What a program needs to run, and what it needs to be built.
install(TARGETS runnel runnel_quiet runnel_coroutine runnel_format EXPORT runnelTargets
    LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development
    FILE_SET HEADERS COMPONENT development
    FILE_SET adapters COMPONENT development)
install(EXPORT runnelTargets NAMESPACE runnel:: DESTINATION ${package_dir}
    COMPONENT development)

configure_package_config_file(cmake/runnelConfig.cmake.in
    ${PROJECT_BINARY_DIR}/runnelConfig.cmake
    INSTALL_DESTINATION ${package_dir}
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/runnelConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/runnelConfig.cmake
    ${PROJECT_BINARY_DIR}/runnelConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/adapters.cmake
    DESTINATION ${package_dir} COMPONENT development)

# The .pc file finds its prefix from where it lies, so that the install tree
# can be moved.
file(RELATIVE_PATH pc_prefix
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(pc_cflags "")
set(pc_libs -pthread)
if(BUILD_SHARED_LIBS)
    set(pc_cflags -DRUNNEL_SHARED)
    set(pc_libs "")
endif()
configure_file(packaging/runnel.pc.in ${PROJECT_BINARY_DIR}/runnel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/runnel.pc DESTINATION ${pkgconfig_dir}
    COMPONENT development)

# For debuggers. gdb loads by itself what lies below its auto-load folder under the full
# name of a shared library; see docs/hangs.md for a static one.
install(FILES packaging/gdb/runnel.py DESTINATION ${CMAKE_INSTALL_DATADIR}/runnel/gdb
    COMPONENT development)
install(FILES packaging/natvis/runnel.natvis
    DESTINATION ${CMAKE_INSTALL_DATADIR}/runnel/natvis COMPONENT development)
get_target_property(runnel_type runnel TYPE)
if(runnel_type STREQUAL "SHARED_LIBRARY")
    install(FILES packaging/gdb/runnel.py
        DESTINATION ${CMAKE_INSTALL_DATADIR}/gdb/auto-load${CMAKE_INSTALL_FULL_LIBDIR}
        RENAME librunnel.so.${PROJECT_VERSION}-gdb.py COMPONENT development)
endif()

if(NOT RUNNEL_PACKAGE) # Debian's packages have it in its own form
    install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)
endif()

# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Debian packages, made by scripts/package.sh: the shared library, named after its
# SONAME, and all that a program is built with.
set(so_version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(library_package librunnel${so_version})

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The runnel authors")
set(CPACK_PACKAGE_CONTACT "The runnel authors <runnel@example.org>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(about "runnel composes processes the way a shell does, with C++ values, types and
ranges in place of strings: pipelines, redirections, captures, time limits and
lazy ranges of output lines. It replaces system(), popen() and hand-written
code around fork(), pipe() and dup2().")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/triggers)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "process pipelines for C++20 - shared library
${about}

This package contains the shared library.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME librunnel-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "${library_package} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "process pipelines for C++20 - development files
${about}

This package contains the headers and what CMake and pkg-config need.")

# What every Debian package has: its licence, and its changes in Debian's format.
find_program(GZIP gzip REQUIRED)
configure_file(packaging/debian/changelog.in ${PROJECT_BINARY_DIR}/changelog.Debian @ONLY)
execute_process(COMMAND ${GZIP} -9 -n -f -k ${PROJECT_BINARY_DIR}/changelog.Debian
    COMMAND_ERROR_IS_FATAL ANY)
foreach(pair IN ITEMS "runtime ${library_package}" "development librunnel-dev")
    string(REPLACE " " ";" pair "${pair}")
    list(GET pair 0 component)
    list(GET pair 1 package)
    install(FILES packaging/debian/copyright ${PROJECT_BINARY_DIR}/changelog.Debian.gz
        DESTINATION share/doc/${package} COMPONENT ${component})
endforeach()

include(CPack)

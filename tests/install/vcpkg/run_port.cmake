# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# Runs the overlay port without vcpkg: what it calls does here what its documentation
# says, for one kind of build.
#     cmake -DPORT=.. -DPACKAGES=.. -DBUILD=.. -DOPTIONS=.. -P run_port.cmake
cmake_minimum_required(VERSION 3.25)
set(CURRENT_PACKAGES_DIR "${PACKAGES}")
get_filename_component(name "${PORT}" NAME)

function(must)
    execute_process(COMMAND ${ARGV} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" SOURCE_PATH OPTIONS)
    must(${CMAKE_COMMAND} -G Ninja -S ${arg_SOURCE_PATH} -B ${BUILD} -DCMAKE_BUILD_TYPE=Release
        -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} -DBUILD_SHARED_LIBS=OFF ${arg_OPTIONS}
        ${OPTIONS})
endfunction()

function(vcpkg_cmake_install)
    must(${CMAKE_COMMAND} --build ${BUILD} --target install)
endfunction()

# Moves the package to share/<port>, and corrects the way from there to the prefix.
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" CONFIG_PATH "")
    set(share ${CURRENT_PACKAGES_DIR}/share/${name})
    set(config ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH})
    file(GLOB files ${config}/*)
    file(COPY ${files} DESTINATION ${share}) # where files for debuggers may lie already
    file(REMOVE_RECURSE ${config})
    file(GLOB all ${share}/*.cmake)
    foreach(one IN LISTS all)
        file(READ ${one} text)
        set(up "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\n")
        string(REPLACE "${up}${up}${up}" "${up}${up}" text "${text}")
        file(WRITE ${one} "${text}")
    endforeach()
endfunction()

function(vcpkg_fixup_pkgconfig)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/lib/pkgconfig/runnel.pc)
        message(FATAL_ERROR "the port installs no runnel.pc")
    endif()
endfunction()

function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" FILE_LIST)
    file(READ ${arg_FILE_LIST} text)
    file(WRITE ${CURRENT_PACKAGES_DIR}/share/${name}/copyright "${text}")
endfunction()

file(READ ${PORT}/vcpkg.json manifest)
string(JSON named GET "${manifest}" name)
if(NOT named STREQUAL name)
    message(FATAL_ERROR "vcpkg.json names another port: ${named}")
endif()
set(CMAKE_CURRENT_LIST_DIR ${PORT})
include(${PORT}/portfile.cmake)

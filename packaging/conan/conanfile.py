# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""The recipe of runnel for Conan 2: `conan create packaging/conan`, or as a file in
conan-center-index."""

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy


class RunnelRecipe(ConanFile):
    name = "runnel"
    version = "0.1.0"
    license = "BSL-1.0"
    description = "Composes processes the way a shell does, with values, types and ranges"
    topics = ("process", "pipeline", "subprocess", "shell", "ranges")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..", "..")
        for pattern in (
            "CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "src/*", "packaging/runnel.pc.in",
        ):
            copy(self, pattern, root, self.export_sources_folder)

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("runnel runs on Linux so far")
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeToolchain(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        self.cpp_info.libs = ["runnel"]
        self.cpp_info.set_property("cmake_file_name", "runnel")
        self.cpp_info.set_property("cmake_target_name", "runnel::runnel")
        self.cpp_info.set_property("pkg_config_name", "runnel")
        if self.options.shared:
            self.cpp_info.defines = ["RUNNEL_SHARED"]
        else:
            self.cpp_info.system_libs = ["pthread"]

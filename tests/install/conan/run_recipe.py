#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

"""Runs the recipe without Conan: what it calls does here what its documentation says.
The sources that the recipe exports are configured, which finds what is missing there; the
library is then built from where they came, for the sake of a cache of the compiler.

usage: run_recipe.py RECIPE WORK_FOLDER PACKAGE_FOLDER [OPTION_OF_CMAKE...]
"""

import glob
import importlib.util
import os
import shutil
import subprocess
import sys
import types


def copy(recipe, pattern, src, dst):
    found = glob.glob(pattern.replace("/*", "/**"), root_dir=src, recursive=True)
    files = [name for name in found if os.path.isfile(os.path.join(src, name))]
    if not files:
        sys.exit(f"the recipe copies {pattern}, but there is no such file")
    for name in files:
        os.makedirs(os.path.dirname(os.path.join(dst, name)), exist_ok=True)
        shutil.copy(os.path.join(src, name), os.path.join(dst, name))


class CMake:
    def __init__(self, recipe):
        self.recipe = recipe

    def run(self, *args):
        subprocess.run(["cmake", *args], check=True, stdout=subprocess.DEVNULL)

    def configure(self):
        self.run(
            "-G", "Ninja", "-S", self.recipe.source_folder, "-B", self.recipe.build_folder,
            "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_INSTALL_PREFIX=" + self.recipe.package_folder,
            *self.recipe.cmake_options,
        )

    def build(self):
        self.run("--build", self.recipe.build_folder)

    def install(self):
        self.run("--install", self.recipe.build_folder)


class CMakeToolchain:
    def __init__(self, recipe):
        self.recipe = recipe

    def generate(self):
        shared = "ON" if self.recipe.options.shared else "OFF"
        self.recipe.cmake_options.append("-DBUILD_SHARED_LIBS=" + shared)


class CppInfo(types.SimpleNamespace):
    def set_property(self, name, value):
        setattr(self, name, value)


def module(name, **contents):
    made = types.ModuleType(name)
    vars(made).update(contents)
    sys.modules[name] = made


def pretend_to_be_conan():
    class Invalid(Exception):
        pass

    module("conan", ConanFile=type("ConanFile", (), {}))
    module("conan.errors", ConanInvalidConfiguration=Invalid)
    module("conan.tools")
    module("conan.tools.build", check_min_cppstd=lambda recipe, standard: None)
    module(
        "conan.tools.cmake", CMake=CMake, CMakeToolchain=CMakeToolchain,
        cmake_layout=lambda recipe: None,
    )
    module("conan.tools.files", copy=copy)


def compare(root, exported):
    """All headers and sources must be there."""
    for folder in ("include", "src"):
        for name in glob.glob(folder + "/**", root_dir=root, recursive=True):
            if not os.path.exists(os.path.join(exported, name)):
                sys.exit(f"the recipe does not export {name}")


def load(path):
    spec = importlib.util.spec_from_file_location("conanfile", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.RunnelRecipe()


def main():
    path, work, package, *options = sys.argv[1:]
    pretend_to_be_conan()
    recipe = load(path)
    recipe.recipe_folder = os.path.dirname(os.path.abspath(path))
    recipe.export_sources_folder = recipe.source_folder = os.path.join(work, "source")
    recipe.build_folder = os.path.join(work, "build")
    recipe.package_folder = package
    recipe.settings = types.SimpleNamespace(os="Linux")
    recipe.options = types.SimpleNamespace(**recipe.default_options)
    recipe.cmake_options = options
    recipe.cpp_info = CppInfo()
    for step in ("export_sources", "configure", "validate", "layout", "generate"):
        getattr(recipe, step)()
    root = os.path.join(recipe.recipe_folder, "..", "..")
    compare(root, recipe.source_folder)
    CMake(recipe).configure()
    recipe.source_folder = root
    recipe.build_folder = work + "-build"
    for step in ("build", "package", "package_info"):
        getattr(recipe, step)()
    for library in recipe.cpp_info.libs:
        if not glob.glob(os.path.join(package, "lib*", f"lib{library}.a")):
            sys.exit(f"the recipe names a library that it does not install: {library}")


if __name__ == "__main__":
    main()

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Compares a run of an expression with a run of its text by bash.
#pragma once

#include <runnel/expression.hpp>

#include <string>
#include <vector>

namespace runnel::test {

/// How the lines of one file are compared.
enum class Order {
    as_written,
    free, ///< for commands that write side by side
};

/// Runs each expression, and then its text by a plain `bash`. Returns the
/// differences in the status, the statuses of all stages, stdout, stderr and
/// the files; empty if there are none. Of an expression that is one pipeline, bash
/// gives the status of the last stage: the text of `seq(expression)` must have the
/// status, too.
///
/// Each run finds the same directory, with some more directories of strange names
/// and `link`, a symbolic link to d/deep:
///
///     in     "one\ntwo\nthree\n"      more   "four\nfive"
///     log    "old\n"                  d/in   "deep\n"
///
/// and the same descriptors: 0 reads and writes the file "stdin"
/// ("first\nsecond\n"), 7 writes to "seven", 8 reads "eighth\n". The environment
/// is a small one; PATH begins with the directory of the tests' children.
///
/// `comma_locale`: a folder of `make_comma_locale`, for the whole comparison.
std::string differences_from_bash(std::vector<Pipeline> const& expressions,
                                  Order order = Order::as_written,
                                  std::string const& comma_locale = {});

/// The strange directories.
std::vector<std::string> const& strange_directories();

} // namespace runnel::test

// Holds what we make of an expression against what bash makes of its text.
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

/// Runs each expression, and then its text by `bash` with pipefail, and tells
/// what is not the same: the status, those of all stages, stdout, stderr, the
/// files. Empty: all is.
///
/// Each run finds the same directory:
///
///     in     "one\ntwo\nthree\n"      more   "four\nfive"
///     log    "old\n"                  d/in   "deep\n"
///
/// and descriptors: 0 reads and writes the file "stdin", "first\nsecond\n"; 7
/// writes to "seven", 8 reads "eighth\n". PATH leads to the tests' children
/// first.
std::string differences_from_bash(std::vector<Pipeline> const& expressions,
                                  Order order = Order::as_written);

} // namespace runnel::test

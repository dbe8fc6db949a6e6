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

/// Runs each expression, and then its text by `bash` with pipefail. Returns the
/// differences in the status, the statuses of all stages, stdout, stderr and
/// the files; empty if there are none.
///
/// Each run finds the same directory:
///
///     in     "one\ntwo\nthree\n"      more   "four\nfive"
///     log    "old\n"                  d/in   "deep\n"
///
/// and the same descriptors: 0 reads and writes the file "stdin"
/// ("first\nsecond\n"), 7 writes to "seven", 8 reads "eighth\n". PATH begins
/// with the directory of the tests' children.
std::string differences_from_bash(std::vector<Pipeline> const& expressions,
                                  Order order = Order::as_written);

} // namespace runnel::test

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a run was, after its end: a table for a terminal, a page for a browser.
//
//     auto const e = cmd("dmesg") | cmd("grep", "hda") > capture;
//     auto const done = run(e, {.count_bytes = true});
//     std::cout << to_table(done);
//     write("report.html", to_html(done, e));
//
//     stage     status          wall    user     sys      RSS  ...
//     dmesg     exit code 0  4.11 ms  512 us  1.2 ms  3.9 MiB
//     grep hda  exit code 1  4.35 ms  301 us  402 us  2.1 MiB
//
// Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/expression.hpp>
#include <runnel/job_set.hpp>
#include <runnel/plan.hpp>
#include <runnel/result.hpp>

#include <span>
#include <string>

namespace runnel::inline v0 {

/// A table for text in columns of equal width: each command, its status, times,
/// memory and bytes. Ends with a newline.
///
/// - wall: from its start to its end; user, sys: processor time; RSS: its largest
///   resident set.
/// - read, written: all that the command read and wrote. Only there if it was
///   counted: `RunOptions::count_bytes`.
/// - captured: the bytes of its stdout and stderr that are in the result. Only there
///   if something was captured.
///
/// Secrets are masked.
RUNNEL_EXPORT std::string to_table(CompletedProcess const& result);

/// The same for several results, numbered from 1. A result without a command has a row
/// with its status alone.
RUNNEL_EXPORT std::string to_table(std::span<CompletedProcess const> results);

/// The same for the results of `parallel` or a `JobSet`: the first column is the key,
/// or the index if there is none. A job that could not be started has a row with its
/// error.
RUNNEL_EXPORT std::string to_table(std::span<Finished const> results);

/// The picture of a plan as SVG: commands, in-process stages, tees and files, and
/// what flows between them. It brings its own colours, for light and dark pages.
/// Secrets are masked. See also `to_dot` and `to_mermaid`.
RUNNEL_EXPORT std::string to_svg(Plan const& plan);

/// A page in one piece, without scripts and references to other files: the picture of
/// the expression, when each command ran, and the table. Secrets are masked.
///
/// `expression`: what has given `result`; without it, the page has no picture.
RUNNEL_EXPORT std::string to_html(CompletedProcess const& result);
RUNNEL_EXPORT std::string to_html(CompletedProcess const& result,
                                  Expression const& expression);

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Writes what runs, and when, as a picture for a browser: open the file in
// https://ui.perfetto.dev or chrome://tracing.
//
//     Trace trace("build.json");
//     run(cmd("dmesg") | cmd("grep", "hda") > capture, {.observer = &trace});
//
// For all runs of a process: `set_default_observer(&trace)`. Without a change of the
// program: `RUNNEL_TRACE=build.json`. See docs/seeing.md.
//
// Not a part of runnel.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/observer.hpp>
#include <runnel/pathname.hpp>

#include <memory>
#include <string>

namespace runnel::inline v0 {

namespace detail {
class TraceWriter;
} // namespace detail

/// Writes events in the JSON form of Chrome's trace events.
///
/// - Each run is a process of the picture. Its first row is the run itself, below
///   which stands what it waits for. Then each command and each in-process part has a
///   row, in the order written.
/// - A row of a command shows its start (until its program executes) and its run; a
///   click shows pid, status, times, memory and bytes.
/// - An arrow leads from the writer of each pipe to its reader. A counter shows the
///   bytes of each pipe of which this process has an end; those between two
///   commands do not pass through this process.
/// - Each `Popen` of its own is a row of the process 'Popen'.
///
/// Every event is one line and is written at once, so that after a crash only the
/// last bracket is missing; both viewers accept that. Secrets are masked. Thread
/// safe. If the file cannot be written, that is said once on stderr, and nothing
/// fails. In a process that was forked from this one, it writes nothing.
class RUNNEL_EXPORT Trace final : public Observer {
public:
    /// Creates the file, or empties it; throws `std::system_error`.
    explicit Trace(Pathname const& file);

    /// Appends to `text`, which must outlive this object.
    explicit Trace(std::string& text);

    Trace(Trace const&) = delete;
    Trace& operator=(Trace const&) = delete;
    /// Writes the last bracket.
    ~Trace() override;

    void began(Began const& e) noexcept override;
    void starting(Starting const& e) override;
    void started(Started const& e) noexcept override;
    void refused(Refused const& e) noexcept override;
    void exited(Exited const& e) noexcept override;
    void killed(Killed const& e) noexcept override;
    void expired(Expired const& e) noexcept override;
    void helper_started(HelperView const& e) noexcept override;
    void helper_ended(HelperEnded const& e) noexcept override;
    void moved(Moved const& e) noexcept override;
    void ended(Ended const& e) noexcept override;

private:
    friend class detail::TraceWriter;
    explicit Trace(std::unique_ptr<detail::TraceWriter> writer) noexcept;

    std::unique_ptr<detail::TraceWriter> writer_;
};

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Many expressions, some of them at once.
//
//     JobSet set({.jobs = 8});
//     set.add(cmd("make", "-n"), "plan");
//     while (auto done = set.next())
//         if (done->key == "plan")
//             for (auto const& target : targets_of(done->result))
//                 set.add(cmd("make", target), target);
//
// For the elements of a range, see parallel.hpp. For jobs that `start` has started,
// see wait_set.hpp.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/expression.hpp>
#include <runnel/result.hpp>
#include <runnel/retry.hpp>
#include <runnel/run.hpp>
#include <runnel/timeout.hpp>
#include <runnel/word.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace runnel::inline v0 {

class JobPool;

/// In which order results come.
enum class ResultOrder : unsigned char {
    completion, ///< as the jobs end
    input, ///< as the expressions came
};

/// Where the jobs write to, if their expressions do not say.
enum class JobOutput : unsigned char {
    inherited, ///< as with `run`, to stdout and stderr of this process, at once
    /// Into the results: stdout of the whole expression into `result.out`, stderr
    /// of each command into `result.stages[i].err`.
    captured,
    stdout_captured, ///< stdout likewise; stderr as `inherited`
    /// To stdout and stderr of this process when the job has ended: first what it
    /// wrote to stdout, then to stderr, nothing of another job in between. Until
    /// then it is kept in memory.
    grouped,
    /// To stdout and stderr of this process, line by line as the lines come, each
    /// with the key of the job in front of it: `build: gcc -c a.c`. Without a key,
    /// that is the text of the commands. No line is torn; a line of more than 1 MiB
    /// comes in pieces. Where stdout and stderr of this process are one pipe, that is
    /// true for lines of up to 4 KiB.
    labelled,
};

/// How to run many expressions.
struct ParallelOptions {
    /// How many run at once. 0: as many as there are processors that this process
    /// may use.
    std::size_t jobs = 0;

    ResultOrder order = ResultOrder::completion;
    JobOutput output = JobOutput::inherited;

    /// True: after the first failure, no further job is started, and those that run
    /// are ended as `run.teardown` says. All of these have the error
    /// `StopRequested`.
    bool stop_on_failure = false;

    /// How many more times a job is run that fails or cannot be started; and how
    /// long to wait before. Meanwhile, its place is free for another one. A range
    /// that can be read once, in an expression, can feed one run only.
    std::size_t retries = 0;
    Backoff backoff{};

    /// Of `parallel`: how many elements may have been taken from the range whose
    /// results have not been given yet. Bounds the memory if one job is slow and
    /// `order` is `ResultOrder::input`, or if the reader of the results is slow. 0: four
    /// times `jobs`. Never less than `jobs`. `JobSet::add` does not wait for it;
    /// `JobSet::room` counts it.
    std::size_t window = 0;

    /// For each of the jobs; time limits begin with its start. On a stop request,
    /// the jobs that run are ended, no further one is started, and all of these have
    /// the error `StopRequested`. `pump` has no effect. `show` and `capture_output`
    /// are `std::invalid_argument`: see `output`.
    RunOptions run{};
};

/// A job that has ended, or could not be started.
struct Finished {
    std::size_t index = 0; ///< of the expression, from 0, as they were given
    std::string key{}; ///< as given
    /// If there is an error: what is known, marked as failed.
    CompletedProcess result{};
    /// What `run` would throw: `SpawnError`, `TimeoutExpired`, `StopRequested`,
    /// an exception of C++ code in the expression, ... Null if there is none.
    std::exception_ptr error{};
    std::size_t runs = 1; ///< how often it was run; 0 if never

    /// True for success.
    explicit operator bool() const noexcept { return !error && !result.failed; }

    /// Throws `error`, if there is one, or `CalledProcessError` for a failure.
    RUNNEL_EXPORT void check() const;
};

/// Runs expressions side by side, not more at once than the options say.
///
/// One thread of the set starts the jobs and runs their event loops, however many
/// there are. So the jobs go on while the caller does other things, and their output
/// is captured. The thread waits for no job and for no reader. The set uses two
/// descriptors beside those of the jobs, and one more for `fd`.
///
/// The destructor ends what runs, as `run.teardown` says, and starts no more.
/// Threads: all functions may be called from any number of threads at once; each
/// result is returned to one of them. The destructor and moves belong to one
/// thread. A moved-from object may be destroyed or assigned to.
class [[nodiscard("an unnamed set ends its jobs at once: write JobSet set; "
                  "set.add(e);")]] RUNNEL_EXPORT JobSet {
public:
    /// Throws `std::invalid_argument` for options that make no sense together, and
    /// `std::system_error` if there is no descriptor or thread for it.
    explicit JobSet(ParallelOptions const& options = {});
    JobSet(JobSet&&) noexcept;
    JobSet& operator=(JobSet&&) noexcept;
    ~JobSet();

    /// Runs an expression as soon as there is room for it. Returns its index. The
    /// executor is that of the options, else that of this thread. `key`: text, a
    /// number or a path, for the result and for output with labels. What is secret in
    /// it is masked.
    ///
    /// Throws `std::invalid_argument` if the expression cannot be run at all. What
    /// cannot be started is a result.
    std::size_t add(Expression const& expression, Word const& key = "");

    /// Waits for the next result; nothing if all have been given. Throws nothing for
    /// a job that fails: see `Finished::error`. If several threads take results and
    /// add jobs for them, a thread may get nothing while another one still adds: they
    /// need a sign of their own that the work is over.
    std::optional<Finished> next();

    /// The same, but if `limit` passes first, returns nothing. The jobs go on.
    std::optional<Finished> next_for(Timeout limit);

    /// The same without waiting.
    std::optional<Finished> poll();

    /// The number of expressions whose results have not been given.
    std::size_t size() const;
    bool empty() const { return size() == 0; }

    /// How many more `add` would start without delay. 0 while `jobs` of them run or
    /// wait for their turn, while the window is full, and after `stop`.
    std::size_t room() const;

    /// Waits until there is room, then returns true; or until a result is there to
    /// be given, or the set is empty and has no room.
    bool wait_for_room();

    /// Starts no further job, and ends those that run, as a stop request does.
    void stop();

    /// For an event loop: a descriptor that poll(2) reports as readable when `poll`
    /// returns a result, and while the set is empty. Valid as long as the set.
    int fd() const;

private:
    JobPool& pool() const;

    std::unique_ptr<JobPool> pool_;
};

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Runs one expression, and reports differences from the oracle.
#pragma once

#include "model/express.hpp"
#include "model/generate.hpp"
#include "model/oracle.hpp"
#include "support/leaks.hpp"
#include "support/watchdog.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

namespace runnel::test::model {

/// While this object lives, stdout and stderr of this process are files in
/// `directory`, and stdin is empty.
class InheritedStreams {
public:
    explicit InheritedStreams(std::string const& directory)
    {
        for (int fd = 0; fd < 3; ++fd) {
            saved_[fd] = copy_fd(fd, 100);
            auto const name = directory + "/inherited" + std::to_string(fd);
            auto const file =
                open_fd(fd == 0 ? "/dev/null" : name,
                        fd == 0 ? O_RDONLY : O_CREAT | O_WRONLY | O_APPEND);
            ::dup2(file.get(), fd);
        }
    }
    InheritedStreams(InheritedStreams const&) = delete;
    InheritedStreams& operator=(InheritedStreams const&) = delete;
    ~InheritedStreams()
    {
        for (int fd = 0; fd < 3; ++fd)
            ::dup2(saved_[fd].get(), fd);
    }

    /// The stderr that was there before.
    int complaints() const { return saved_[2].get(); }

private:
    OwnFd saved_[3];
};

class Trial {
public:
    explicit Trial(Sample const& sample, unsigned long long seed)
        : sample_(sample), seed_(seed), oracle_(sample),
          expressions_(directory_.str())
    {
    }

    /// What was wrong; empty if nothing was.
    std::string complaints()
    {
        Pipeline const e = expressions_.of(sample_.shape);
        text_ = to_string(e);
        auto const before = ProcessState::now();
        auto const begin = Clock::now();
        try {
            run(e);
        } catch (std::exception const& error) {
            // Nothing was run: the shrinker may try shapes that are not valid.
            if (std::string_view(error.what()).ends_with("connected already"))
                throw;
            complain("threw " + std::string(error.what()));
        }
        auto const took = Clock::now() - begin;
        using namespace std::chrono_literals;
        auto const limit =
            std::chrono::milliseconds(sample_.options.timeout_ms);
        if (took > limit + 2s + 1500ms)
            complain(
                "took "
                + std::to_string(std::chrono::duration<double>(took).count())
                + " s");
        auto const left = before.changed_to(ProcessState::now());
        if (!left.empty())
            complain("left behind: " + left);
        if (complaints_.empty())
            return {};
        return heading() + complaints_;
    }

    std::string heading() const
    {
        static constexpr char const* verbs[] = {"run",   "check", "read",
                                                "start", "step",  "lines"};
        static constexpr char const* excesses[] = {
            "", ", keep_head ", ", keep_tail ", ", spill ", ", fail "};
        auto const& options = sample_.options;
        return "seed " + std::to_string(seed_) + "\n" + verbs[options.verb]
             + (options.capture_output ? ", capture_output" : "")
             + (options.input
                    ? ", input of " + std::to_string(*options.input) + " lines"
                    : "")
             + excesses[options.excess]
             + (options.excess != Options::none ? std::to_string(options.limit)
                                                : "")
             + ", timeout " + std::to_string(options.timeout_ms) + " ms:\n  "
             + text_ + "\n";
    }

private:
    using Clock = std::chrono::steady_clock;

    void complain(std::string const& what) { complaints_ += what + '\n'; }

    // --- running --------------------------------------------------------------

    RunOptions run_options() const
    {
        auto const& wanted = sample_.options;
        RunOptions options;
        options.timeout = std::chrono::milliseconds(wanted.timeout_ms);
        options.capture_output = wanted.capture_output;
        if (wanted.input)
            options.input = input_;
        if (wanted.excess != Options::none) {
            options.limit.bytes = wanted.limit;
            options.limit.excess =
                wanted.excess == Options::keep_head   ? CaptureLimit::keep_head
                : wanted.excess == Options::keep_tail ? CaptureLimit::keep_tail
                : wanted.excess == Options::spill     ? CaptureLimit::spill
                                                      : CaptureLimit::fail;
        }
        return options;
    }

    void run(Pipeline const& e)
    {
        if (sample_.options.input)
            input_ = Oracle::input_text(*sample_.options.input);
        std::optional<CompletedProcess> result;
        std::optional<std::string> bytes; ///< of read or lines
        auto const begin = Clock::now();
        try {
            InheritedStreams const streams(directory_.str());
            auto const last_words = "\nhangs: " + heading();
            auto const seconds =
                unsigned(sample_.options.timeout_ms / 1000 + 6);
            Watchdog const watchdog(seconds, last_words.c_str(),
                                    streams.complaints());
            run_by_verb(e, result, bytes);
        } catch (CalledProcessError const& error) {
            result = error.result();
            if (!result->failed)
                complain("CalledProcessError without a failure");
        } catch (TimeoutExpired const&) {
            if (sample_.options.timeout_ms >= 10000)
                complain("timed out");
            return;
        } catch (CaptureOverflow const&) {
            if (!may_overflow())
                complain("CaptureOverflow, though nothing is too long");
            return;
        }
        // At the time limit, pipes that outside processes hold are given up
        // without an error.
        bool const is_late = Clock::now() - begin >= std::chrono::milliseconds(
                                 sample_.options.timeout_ms);
        if (is_late && (!result || !result->drained))
            return;
        if (must_overflow())
            return complain("no CaptureOverflow");
        if (result)
            compare(*result);
        else if (oracle_.outcome.known && oracle_.outcome.failed)
            complain("did not throw, though it fails");
        if (bytes)
            compare_bytes(*bytes);
        compare_places();
    }

    void run_by_verb(Pipeline const& e, std::optional<CompletedProcess>& result,
                     std::optional<std::string>& bytes)
    {
        auto options = run_options();
        switch (sample_.options.verb) {
        case Options::run: result = runnel::run(e, options); break;
        case Options::check: result = runnel::check(e, options); break;
        case Options::read: bytes = runnel::read(e, options); break;
        case Options::start_and_wait: result = start(e, options).wait(); break;
        case Options::start_and_step: {
            options.pump = Pump::caller;
            Job job = start(e, options);
            while (!job.step())
                wait_for(job);
            result = job.wait();
            break;
        }
        case Options::lines: {
            auto range = e
                       | lines({.keep_ends = true,
                                .check = false,
                                .timeout = options.timeout});
            bytes.emplace();
            for (std::string_view line : range)
                *bytes += line;
            result = range.result();
            break;
        }
        }
    }

    static void wait_for(Job& job)
    {
        int wait = -1;
        if (auto const next = job.next_deadline()) {
            auto const left = std::chrono::ceil<std::chrono::milliseconds>(
                *next - Clock::now());
            wait = int(std::max<long long>(left.count(), 0));
        }
        ::pollfd events{job.fd(), POLLIN, 0};
        ::poll(&events, 1, wait);
    }

    // --- limits ---------------------------------------------------------------

    bool is_bounded(Sink const& sink) const
    {
        return sample_.options.excess != Options::none
            && (sink.kind == Sink::capture || sink.kind == Sink::string);
    }

    bool must_overflow() const
    {
        return sample_.options.excess == Options::fail
            && std::ranges::any_of(oracle_.sinks, [&](Sink const& sink) {
                   return is_bounded(sink) && !sink.flow.partial()
                       && sink.flow.size() > sample_.options.limit;
               });
    }

    bool may_overflow() const
    {
        return sample_.options.excess == Options::fail
            && std::ranges::any_of(oracle_.sinks, [&](Sink const& sink) {
                   return is_bounded(sink)
                       && (sink.flow.unknown
                           || sink.flow.size() > sample_.options.limit);
               });
    }

    /// True if `got` can be what a capture keeps of a flow under the limit.
    bool is_kept_of(std::string_view got, Sink const& sink) const
    {
        auto const excess = sample_.options.excess;
        auto const limit = sample_.options.limit;
        auto const& flow = sink.flow;
        if (!is_bounded(sink) || excess == Options::spill
            || excess == Options::fail)
            return agrees(got, flow);
        if (flow.partial())
            return got.size() <= limit;
        if (flow.size() <= limit)
            return agrees(got, flow);
        if (got.size() != limit)
            return false;
        if (!flow.is_one() || flow.mixed)
            return true;
        return excess == Options::keep_head ? flow.text().starts_with(got)
                                            : flow.text().ends_with(got);
    }

    bool is_of(Output const& output, std::size_t sink) const
    {
        return output.captured()
            && is_kept_of(output.view(), oracle_.sinks[sink]);
    }

    void expect(Output const& output, std::size_t sink, std::string const& name)
    {
        if (sink == nothing) {
            if (output.captured())
                complain(name + " is captured: " + shortened(output.view()));
            return;
        }
        if (!output.captured())
            return complain(name + " is not captured");
        if (!is_of(output, sink))
            complain(name + " is " + shortened(output.view()) + ", not "
                     + described(oracle_.sinks[sink].flow));
        auto const& flow = oracle_.sinks[sink].flow;
        bool const cuts = sample_.options.excess == Options::keep_head
                       || sample_.options.excess == Options::keep_tail;
        if (!flow.partial()
            && output.truncated()
                   != (cuts && flow.size() > sample_.options.limit))
            complain(name + ": truncated() is wrong");
    }

    // --- comparing ------------------------------------------------------------

    void compare(CompletedProcess const& result)
    {
        if (result.stages.size() != oracle_.stages.size())
            return complain("has " + std::to_string(result.stages.size())
                            + " stages");
        std::vector<Outcome> outcomes;
        for (std::size_t i = 0; i < result.stages.size(); ++i)
            outcomes.push_back(outcome_of(result.stages[i], i));
        compare_outcome(result,
                        Verdict(outcomes, oracle_.left).of(sample_.shape));
        compare_out(result);
        compare_captures(result);
    }

    Outcome outcome_of(StageResult const& got, std::size_t index)
    {
        auto const& wanted = oracle_.stages[index];
        auto const name = "stage " + std::to_string(index);
        Outcome outcome{.known = wanted.turn != Stage::maybe,
                        .decided_by = index};
        if (!got.was_started()) {
            if (wanted.turn == Stage::runs)
                complain(name + " was not started");
            return outcome;
        }
        if (wanted.turn == Stage::never) {
            complain(name + " was started");
            return outcome;
        }
        outcome.failed = got.failed;
        bool const not_accepted =
            got.failed && got.status.success() && !got.timed_out;
        outcome.returncode = got.forgiven ? 0
                           : not_accepted ? 1
                                          : got.status.returncode();
        compare_status(got, wanted, name);
        if (wanted.turn == Stage::maybe)
            return outcome;
        if (wanted.out != nothing || wanted.out_is_certain)
            expect(got.out, wanted.out, name + ".out");
        if (wanted.err != nothing || wanted.err_is_certain)
            expect(got.err, wanted.err, name + ".err");
        return outcome;
    }

    void compare_status(StageResult const& got, Stage const& wanted,
                        std::string const& name)
    {
        auto const words = name + " ended with " + to_string(got.status)
                         + (got.failed ? ", failed" : "")
                         + (got.forgiven ? ", forgiven" : "")
                         + (got.timed_out ? ", timed out" : "");
        int const returncode = got.status.returncode();
        int const own = wanted.signal != 0 ? -wanted.signal : wanted.code;
        if (returncode == own && (!wanted.loose || wanted.accepted())) {
            bool const forgiven =
                !wanted.accepted() && wanted.forgiven() && !wanted.timed_out;
            if (!wanted.loose
                && (got.failed != wanted.fails() || got.forgiven != forgiven
                    || got.timed_out != wanted.timed_out))
                complain(words);
            return;
        }
        if (!wanted.loose)
            return complain(words + ", not " + std::to_string(own));
        if (returncode == own) {
            if (got.failed && !wanted.fails())
                complain(words);
            return;
        }
        bool const by_pipe = returncode == -13;
        bool const by_us =
            oracle_.has_in_process && (returncode == -15 || returncode == -9);
        if ((!by_pipe && !by_us) || got.failed || !got.forgiven)
            complain(words + ", in front of a reader that left early");
    }

    void compare_outcome(CompletedProcess const& got, Outcome const& wanted)
    {
        if (!wanted.known)
            return;
        if (got.failed != wanted.failed || got.returncode != wanted.returncode
            || (!got.stages.empty() && wanted.is_command
                && got.decided_by != wanted.decided_by))
            complain("returncode " + std::to_string(got.returncode)
                     + (got.failed ? ", failed" : "") + ", decided by "
                     + std::to_string(got.decided_by) + "; wanted "
                     + std::to_string(wanted.returncode)
                     + (wanted.failed ? ", failed" : "") + ", decided by "
                     + std::to_string(wanted.decided_by));
    }

    void compare_out(CompletedProcess const& got)
    {
        if (oracle_.whole != nothing) {
            if (oracle_.sinks[oracle_.whole].kind == Sink::capture)
                expect(got.out, oracle_.whole, "out");
            return;
        }
        bool const may_be =
            std::ranges::any_of(oracle_.sinks, [](Sink const& sink) {
                return sink.kind == Sink::capture && !sink.is_aside
                    && sink.stream == 1;
            });
        if (!may_be)
            expect(got.out, nothing, "out");
    }

    // Each capture must be found somewhere in the result.
    void compare_captures(CompletedProcess const& got)
    {
        for (std::size_t i = 0; i < oracle_.sinks.size(); ++i) {
            auto const& sink = oracle_.sinks[i];
            if (sink.kind != Sink::capture || sink.maybe)
                continue;
            if (!is_anywhere(got, i))
                complain("a capture is nowhere: " + described(sink.flow));
        }
        compare_list_of_captures(got);
    }

    bool is_anywhere(CompletedProcess const& got, std::size_t sink) const
    {
        bool found = is_of(got.out, sink) || is_of(got.err, sink);
        for (auto const& stage : got.stages)
            found = found || is_of(stage.out, sink) || is_of(stage.err, sink);
        return found || is_listed(got, sink);
    }

    template <class Result>
    bool is_listed(Result const& got, std::size_t sink) const
    {
        if constexpr (requires { got.captures; })
            return std::ranges::any_of(got.captures, [&](auto const& entry) {
                return is_of(entry.bytes, sink);
            });
        return false;
    }

    template <class Result>
    void compare_list_of_captures(Result const& got)
    {
        if constexpr (requires { got.captures; }) {
            std::vector<std::size_t> wanted;
            for (std::size_t i = 0; i < oracle_.sinks.size(); ++i) {
                auto const& sink = oracle_.sinks[i];
                if (sink.kind == Sink::capture && !sink.maybe
                    && !sink.is_implied)
                    wanted.push_back(i);
            }
            std::vector<bool> used(got.captures.size());
            if (!have_entries(got, wanted, used))
                complain("captures do not hold " + described_all(wanted));
        }
    }

    // Each entry is used once. One that may be several captures is tried for
    // each of them.
    template <class Result>
    bool have_entries(Result const& got, std::span<std::size_t const> wanted,
                      std::vector<bool>& used) const
    {
        if (wanted.empty())
            return true;
        for (std::size_t k = 0; k < used.size(); ++k) {
            if (used[k] || !is_entry(got.captures[k], wanted.front()))
                continue;
            used[k] = true;
            if (have_entries(got, wanted.subspan(1), used))
                return true;
            used[k] = false;
        }
        return false;
    }

    // The stage is compared only where it is certain.
    template <class Entry>
    bool is_entry(Entry const& entry, std::size_t index) const
    {
        auto const& sink = oracle_.sinks[index];
        bool const is_open = sink.is_copy && sink.owner == nothing;
        return (is_open || entry.stream == sink.stream)
            && (sink.owner == nothing || entry.stage == sink.owner)
            && is_of(entry.bytes, index);
    }

    std::string described_all(std::vector<std::size_t> const& sinks) const
    {
        std::string all;
        for (auto const index : sinks)
            all.append(all.empty() ? "" : ", ")
                .append(described(oracle_.sinks[index].flow));
        return all;
    }

    void compare_bytes(std::string_view got)
    {
        if (oracle_.whole == nothing)
            return;
        auto const& sink = oracle_.sinks[oracle_.whole];
        if (sample_.options.verb == Options::lines) {
            if (!agrees(got, sink.flow))
                complain("lines are " + shortened(got) + ", not "
                         + described(sink.flow));
            return;
        }
        // read() removes the newlines at the end.
        auto const whole = std::string(got) + '\n';
        bool const cuts = is_bounded(sink)
                       && (sample_.options.excess == Options::keep_head
                           || sample_.options.excess == Options::keep_tail);
        if (sink.flow.partial() || cuts || sink.flow.mixed || sink.flow.torn())
            return;
        if (!agrees(whole, sink.flow)
            && !(got.empty() && sink.flow.size() == 0))
            complain("read() gives " + shortened(got) + ", not "
                     + described(sink.flow));
    }

    // Compares files, strings, and the inherited streams of this process.
    void compare_places()
    {
        for (std::size_t i = 0; i < oracle_.sinks.size(); ++i) {
            auto const& sink = oracle_.sinks[i];
            if (sink.kind == Sink::string && !sink.maybe) {
                auto const& got = expressions_.string(sink.id);
                if (!is_kept_of(got, sink))
                    complain("string " + std::to_string(sink.id) + " is "
                             + shortened(got) + ", not "
                             + described(sink.flow));
            }
            if (sink.kind == Sink::file)
                compare_file(expressions_.file(sink.id), sink);
            if (sink.kind == Sink::append)
                compare_file(expressions_.log(), sink);
            if (sink.kind == Sink::inherited)
                compare_file(
                    directory_ / ("inherited" + std::to_string(sink.id)), sink);
        }
        for (auto const& [id, unused] : oracle_.unopened_files)
            if (std::filesystem::exists(expressions_.file(id)))
                complain("file f" + std::to_string(id) + " was opened");
    }

    void compare_file(std::string const& name, Sink const& sink)
    {
        if (!std::filesystem::exists(name)) {
            if (!sink.maybe)
                complain("there is no " + name);
            return;
        }
        auto const got = read_file(name);
        if (!agrees(got, sink.flow))
            complain(name + " holds " + shortened(got) + ", not "
                     + described(sink.flow));
    }

    Sample const& sample_;
    unsigned long long seed_;
    TemporaryDirectory directory_;
    Oracle oracle_;
    Expressions expressions_;
    std::string input_;
    std::string text_;
    std::string complaints_;
};

} // namespace runnel::test::model

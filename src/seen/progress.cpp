// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The stage `progress`.
#include <runnel/progress.hpp>

#include "base/thread.hpp"
#include "seen/progress_line.hpp"
#include "seen/width.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/poll.hpp"
#include "sys/terminal.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// More would be too much for a wait.
constexpr std::chrono::milliseconds longest_interval = std::chrono::hours(24);

constexpr std::size_t block = std::size_t{256} * 1024;

/// Bytes, and where the time goes: two looks at the clock for each block.
class Meter {
public:
    void reads() { turn(&ProgressTimes::reading, 0); }
    void writes(std::size_t bytes) { turn(&ProgressTimes::writing, bytes); }

    struct Reading {
        std::uint64_t bytes;
        ProgressTimes times;
    };

    Reading read()
    {
        std::scoped_lock const lock(mutex_);
        pass_time();
        return {bytes_, times_};
    }

private:
    using Part = std::chrono::nanoseconds ProgressTimes::*;

    void turn(Part to, std::size_t bytes)
    {
        std::scoped_lock const lock(mutex_);
        pass_time();
        part_ = to;
        bytes_ += bytes;
    }

    void pass_time()
    {
        auto const now = sys::Clock::now();
        times_.*part_ += now - since_;
        since_ = now;
    }

    std::mutex mutex_;
    std::uint64_t bytes_ = 0;
    ProgressTimes times_;
    Part part_ = &ProgressTimes::reading;
    sys::Clock::time_point since_ = sys::Clock::now();
};

/// Draws the line over itself, from a thread of its own: while bytes do not move, the
/// line says for whom they wait.
class Screen {
public:
    Screen(Meter& meter, ProgressView view, ProgressOptions const& options)
        : meter_(meter), view_(std::move(view)), fd_(options.fd),
          interval_(std::min(options.interval, longest_interval))
    {
        try {
            thread_ = start_thread([this] { run(); });
        } catch (std::system_error const&) { // then only the end is shown
        }
    }
    Screen(Screen const&) = delete;
    Screen& operator=(Screen const&) = delete;

    ~Screen()
    {
        {
            std::scoped_lock const lock(mutex_);
            view_.is_over = true;
        }
        ended_.notify_all();
        if (thread_.joinable())
            thread_.join();
        draw();
    }

private:
    void run()
    {
        std::unique_lock lock(mutex_);
        while (
            !ended_.wait_for(lock, interval_, [this] { return view_.is_over; }))
            draw();
    }

    void draw() noexcept
    try {
        auto const [bytes, times] = meter_.read();
        view_.bytes = bytes;
        view_.lately = times - std::exchange(view_.so_far, times);
        show();
    } catch (...) { // no memory: the next line may be drawn
    }

    // In the last column, a terminal may go on to the next line.
    void show()
    {
        auto const columns = static_cast<std::size_t>(sys::columns_of(fd_));
        if (columns < 2 || !takes_bytes())
            return;
        auto line = progress_line(view_, columns - 1);
        auto const width = width_of(line);
        line = '\r' + padded(std::move(line), std::min(shown_, columns - 1));
        if (view_.is_over)
            line += '\n';
        shown_ = width;
        static_cast<void>(sys::write_all(fd_, line));
    }

    bool takes_bytes() const
    {
        return sys::is_ready(fd_, sys::Interest::write);
    }

    Meter& meter_;
    ProgressView view_;
    int const fd_;
    std::chrono::milliseconds const interval_;
    std::size_t shown_ = 0; ///< columns of the line that is there
    std::mutex mutex_;
    std::condition_variable ended_;
    std::thread thread_;
};

class ProgressPull final : public WordPull {
public:
    ProgressPull(StageInput in, std::string const& label,
                 ProgressOptions const& options)
        : range_(std::move(in.chunks))
    {
        if (sys::columns_of(options.fd) == 0)
            return;
        auto size = options.size ? options.size : sys::bytes_ahead(in.fd);
        if (size == std::uint64_t{0}) // so does a file of /proc say
            size.reset();
        meter_.emplace();
        screen_.emplace(*meter_,
                        ProgressView{.label = label,
                                     .size = size,
                                     .before = std::move(in.before),
                                     .after = std::move(in.after)},
                        options);
    }

    bool next(OutWord& word) override
    {
        if (meter_)
            meter_->reads();
        if (!advance())
            return false;
        word = word_of_bytes(block_);
        if (meter_)
            meter_->writes(block_.size());
        return true;
    }

private:
    bool advance()
    {
        if (at_)
            ++*at_;
        else
            at_ = range_.begin();
        if (*at_ == range_.end())
            return false;
        block_ = **at_;
        return true;
    }

    ChunkRange range_;
    std::optional<ChunkRange::iterator> at_;
    Chunk block_;
    std::optional<Meter> meter_;
    std::optional<Screen> screen_; ///< after what it draws
};

class ProgressCode final : public InProcess {
public:
    ProgressCode(std::string_view label, ProgressOptions const& options)
        : InProcess(label.empty() ? "progress"
                                  : "progress(" + std::string(label) + ')',
                    Cut(chunks(block)), "cat"),
          shown_(label), options_(options)
    {
    }

    std::unique_ptr<WordPull> open(StageInput in, Cancel) const override
    {
        return std::make_unique<ProgressPull>(std::move(in), shown_, options_);
    }

    bool gives_bytes() const noexcept override { return true; }

private:
    std::string shown_;
    ProgressOptions options_;
};

} // namespace

} // namespace detail

Connected<Ends{}> progress(detail::TextView label,
                           ProgressOptions const& options)
{
    if (options.interval <= std::chrono::milliseconds(0))
        throw std::invalid_argument(
            "progress() with an interval that is not above 0");
    auto code = std::make_shared<detail::ProgressCode const>(
        label.as("the label of progress()"), options);
    return detail::ExpressionAccess::make<Connected<Ends{}>>(
        detail::in_process(std::move(code)));
}

} // namespace runnel::inline v0

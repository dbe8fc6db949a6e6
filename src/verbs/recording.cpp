// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/recording.hpp>

#include "sys/file.hpp"
#include "verbs/recorded_command.hpp"

#include <runnel/error.hpp>

#include <algorithm>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>

namespace runnel::inline v0 {

namespace detail {

/// The file of a recording. Commands have places in it, in the order of their start,
/// and are written when those before them are there. Thread safe.
class RecordingFile {
public:
    explicit RecordingFile(Pathname const& file) : name_(file.str())
    {
        auto opened = sys::open_file(name_, sys::FileUse::write);
        if (!opened)
            throw SystemError(opened.error, "cannot write \"" + name_ + '"');
        fd_ = std::move(opened.value);
        write(std::string(recording_version).append("\n\n"));
    }

    std::size_t take_place()
    {
        std::lock_guard const lock(mutex_);
        waiting_.emplace_back();
        return written_ + waiting_.size() - 1;
    }

    void fill(std::size_t place, std::string text) noexcept
    {
        std::lock_guard const lock(mutex_);
        waiting_[place - written_] = std::move(text);
        for (; !waiting_.empty() && waiting_.front(); ++written_) {
            write(*waiting_.front());
            waiting_.pop_front();
        }
    }

    void check() const
    {
        std::lock_guard const lock(mutex_);
        if (error_)
            throw SystemError(error_, "cannot write \"" + name_ + '"');
    }

private:
    void write(std::string_view text) noexcept
    {
        if (!error_)
            error_ = sys::write_all(fd_.get(), text);
    }

    std::string const name_;
    sys::Fd fd_;
    mutable std::mutex mutex_;
    std::size_t written_ = 0;
    std::deque<std::optional<std::string>> waiting_;
    std::error_code error_;
};

} // namespace detail

namespace {

using namespace detail;

RecordedRefusal refusal_of(SpawnError const& error, Secrets const& secrets)
{
    auto const& details = error.details();
    return {details.step, error.code().value(), secrets.masked(details.subject),
            secrets.masked(details.hint)};
}

/// The place of one command that has begun.
class Place final : public Witness {
public:
    Place(std::shared_ptr<RecordingFile> file, RecordedCall call,
          Secrets secrets)
        : file_(std::move(file)), place_(file_->take_place()),
          call_(std::move(call)), secrets_(std::move(secrets))
    {
    }
    ~Place() override
    {
        if (!is_filled_)
            file_->fill(place_, {});
    }

    /// Another witness that is told as well.
    void add(std::shared_ptr<Witness> other) { other_ = std::move(other); }

    void ended(Witnessed const& how) noexcept override
    {
        if (other_)
            other_->ended(how);
        write({call_, secrets_.masked(how.out), secrets_.masked(how.err),
               how.together, how.left_input, how.status,
               how.refusal != nullptr
                   ? std::optional(refusal_of(*how.refusal, secrets_))
                   : std::nullopt});
    }

    void refused(SpawnError const& error)
    {
        write({.call = call_, .refusal = refusal_of(error, secrets_)});
    }

private:
    void write(RecordedCommand const& command)
    {
        is_filled_ = true;
        file_->fill(place_, text_of(command));
    }

    std::shared_ptr<RecordingFile> file_;
    std::size_t place_;
    RecordedCall call_;
    Secrets secrets_;
    std::shared_ptr<Witness> other_;
    bool is_filled_ = false;
};

/// One command of a program.
class RecordedPart final : public StandIn {
public:
    RecordedPart(std::shared_ptr<RecordingFile> file, RecordedCall call,
                 Secrets secrets, std::shared_ptr<StandIn> inner)
        : file_(std::move(file)), call_(std::move(call)),
          secrets_(std::move(secrets)), inner_(std::move(inner))
    {
    }

    Part begin() override
    {
        auto place = std::make_shared<Place>(file_, call_, secrets_);
        Part part;
        try {
            if (inner_)
                part = inner_->begin();
        } catch (SpawnError const& error) {
            place->refused(error);
            throw;
        }
        place->add(std::move(part.witness));
        part.witness = std::move(place);
        return part;
    }

private:
    std::shared_ptr<RecordingFile> file_;
    RecordedCall call_;
    Secrets secrets_;
    std::shared_ptr<StandIn> inner_;
};

} // namespace

Recording::Recording(Pathname const& file, Executor& executor)
    : file_(std::make_shared<RecordingFile>(file)), inner_(&executor)
{
}

Recording::~Recording() = default;

void Recording::check() const
{
    file_->check();
}

std::unique_ptr<Running> Recording::start(Program program,
                                          RunOptions const& options)
{
    if (std::ranges::any_of(program.endpoints, &Endpoint::is_terminal))
        throw std::invalid_argument(
            "a recording cannot hold what runs on a terminal: " + program.text);
    for (std::size_t i = 0; i < program.commands.size(); ++i) {
        auto& command = program.commands[i];
        command.stand_in = std::make_shared<RecordedPart>(
            file_, call_of(program, i, options), secrets_for(program, i),
            std::move(command.stand_in));
    }
    return inner_->start(std::move(program), options);
}

} // namespace runnel::inline v0

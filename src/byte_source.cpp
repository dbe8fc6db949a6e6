#include "byte_source.hpp"

#include "in_process.hpp"
#include "job_state.hpp"
#include "line_sources.hpp"
#include "patience.hpp"
#include "pipe_allowance.hpp"
#include "stream_access.hpp"

#include <runnel/operators.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace runnel::inline v0::detail {

namespace {

/// Gives a pipe that is full again and again more room.
class PipeGrowth {
public:
    void saw(int fd, std::size_t count) noexcept
    {
        full_reads_ = count >= small_pipe ? full_reads_ + 1 : 0;
        if (full_reads_ < 2 || done_)
            return;
        done_ = true;
        if (sys::kind_of(fd) == sys::FileKind::pipe && share_.take(large_pipe))
            sys::resize_pipe(fd, large_pipe);
    }

    void closed() noexcept { share_.give_back(); }

private:
    static constexpr std::size_t small_pipe = std::size_t{64} * 1024;
    static constexpr std::size_t large_pipe = std::size_t{1024} * 1024;

    int full_reads_ = 0;
    bool done_ = false;
    PipeAllowance share_;
};

bool is_readable_now(int fd)
{
    sys::PollItem item{fd};
    auto const ready = sys::poll({&item, 1}, sys::Deadline::min());
    return !ready || ready.value > 0;
}

/// The stdout of an expression, or of a job that runs.
class JobBytes final : public ByteSource {
public:
    JobBytes(Plan plan, RunOptions options)
        : plan_(std::move(plan)), options_(std::move(options))
    {
        options_.pump = Pump::caller;
    }

    explicit JobBytes(std::shared_ptr<JobState> job)
        : job_(std::move(job)), is_ours_(false)
    {
    }

    void start() override
    {
        if (job_)
            return;
        auto job = std::make_shared<JobState>(plan_, options_);
        job->start({});
        job_ = std::move(job);
    }

    std::size_t read(std::span<char> into) override
    {
        while (!is_cut_off_) {
            bool const waits = !StreamAccess::has_read_ahead(job_->out);
            if (waits && !job_->wait_for_output())
                break;
            if (auto const count = take(into))
                return *count;
        }
        if (is_cut_off_)
            job_->wait(sys::never);
        job_->throw_if_ended_early();
        return 0;
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        if (is_cut_off_ && !job_->step())
            return {};
        if (!is_cut_off_ && StreamAccess::has_read_ahead(job_->out))
            return take(into);
        switch (job_->look_for_output()) {
        case JobState::OutputState::ready: return take(into);
        case JobState::OutputState::over: break;
        case JobState::OutputState::none: return {};
        }
        job_->throw_if_ended_early();
        return 0;
    }

    CompletedProcess finish(bool check) override
    {
        auto const job = std::move(job_);
        if (!saw_end_)
            job->leave_output();
        growth_.closed();
        job->wait(sys::never);
        // The job of somebody who has a handle to it gives its result again.
        auto result = is_ours_ ? std::move(job->result()) : job->result();
        if (check)
            result.check_returncode();
        return result;
    }

    bool try_finish() override { return job_->step(); }

    void give_back(std::string_view bytes) override
    {
        if (!is_ours_ && job_)
            StreamAccess::give_back(job_->out, bytes);
    }

    int event_fd() override { return job_->event_fd(true); }

    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override
    {
        return job_->next_deadline();
    }

private:
    std::optional<std::size_t> take(std::span<char> into)
    {
        auto const count = StreamAccess::read_ready(job_->out, into);
        if (!count)
            return {};
        saw_end_ = *count == 0;
        growth_.saw(job_->out.fd(), *count);
        // What a deadline cuts off must not look like a whole line.
        is_cut_off_ = saw_end_ && job_->is_cut_off();
        if (saw_end_)
            job_->close_output(); // or it would be ready for ever
        return is_cut_off_ ? std::nullopt : count;
    }

    Plan plan_;
    RunOptions options_;
    std::shared_ptr<JobState> job_;
    PipeGrowth growth_;
    bool is_ours_ = true;
    bool saw_end_ = false;
    bool is_cut_off_ = false; ///< and the job's end is waited for
};

/// A stream that belongs to somebody else.
class StreamBytes final : public ByteSource {
public:
    StreamBytes(ReadStream& stream, LineOptions const& options)
        : stream_(stream), patience_(options)
    {
    }

    void start() override { patience_.start(); }

    std::size_t read(std::span<char> into) override
    {
        for (;;) {
            if (stream_ && !StreamAccess::has_read_ahead(stream_))
                patience_.wait(stream_.fd(), name);
            else
                patience_.check(name);
            if (auto const count = take(into))
                return *count;
        }
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        patience_.check(name);
        if (stream_ && !StreamAccess::has_read_ahead(stream_)
            && !is_readable_now(stream_.fd()))
            return {};
        return take(into);
    }

    int event_fd() override { return stream_.fd(); }

    std::optional<sys::Deadline> next_deadline() const override
    {
        return patience_.deadline();
    }

    void give_back(std::string_view bytes) override
    {
        StreamAccess::give_back(stream_, bytes);
    }

private:
    static char const* name() { return "a stream"; }

    std::optional<std::size_t> take(std::span<char> into)
    {
        auto const count = StreamAccess::read_ready(stream_, into);
        if (count)
            growth_.saw(stream_.fd(), *count);
        return count;
    }

    ReadStream& stream_;
    Patience patience_;
    PipeGrowth growth_;
};

/// A file by name, or a descriptor of this process.
class FileBytes final : public ByteSource {
public:
    FileBytes(Stdio file, LineOptions const& options)
        : file_(std::move(file)), patience_(options)
    {
        if (file_.kind() == Stdio::pipe || file_.kind() == Stdio::out)
            throw std::invalid_argument(
                "only a file, a descriptor, devnull or inherit can be read");
    }

    void start() override
    {
        patience_.start();
        if (file_.kind() == Stdio::descriptor)
            fd_ = file_.fd();
        else if (file_.kind() == Stdio::inherit)
            fd_ = 0;
        else
            open(file_.kind() == Stdio::devnull ? sys::null_device
                                                : file_.path());
    }

    std::size_t read(std::span<char> into) override
    {
        auto const name_of = [this] { return name(); };
        for (;;) {
            if (is_nonblocking_)
                patience_.wait_until_ready(fd_, name_of);
            else
                patience_.wait(fd_, name_of);
            if (auto const count = take(into))
                return *count;
            is_nonblocking_ = true;
        }
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        patience_.check([this] { return name(); });
        if (!is_readable_now(fd_))
            return {};
        return take(into);
    }

    int event_fd() override { return fd_; }

    std::optional<sys::Deadline> next_deadline() const override
    {
        return patience_.deadline();
    }

private:
    // A FIFO is opened without waiting for somebody who writes to it, or no
    // deadline would reach it; that is waited for before the first read.
    void open(std::string const& path)
    {
        auto file = sys::open_file(path, sys::FileUse::poll);
        if (!file)
            throw std::system_error(file.error, "cannot open \"" + path + '"');
        owned_ = std::move(file.value);
        fd_ = owned_.get();
        is_nonblocking_ = sys::kind_of(fd_) == sys::FileKind::pipe;
    }

    std::optional<std::size_t> take(std::span<char> into)
    {
        auto const count = sys::read_some(fd_, into.data(), into.size());
        if (!count && sys::would_block(count.error))
            return {};
        if (!count)
            throw std::system_error(count.error, "cannot read " + name());
        growth_.saw(fd_, count.value);
        return count.value;
    }

    std::string name() const
    {
        return file_.kind() == Stdio::file
                 ? '"' + file_.path() + '"'
                 : "descriptor " + std::to_string(fd_);
    }

    Stdio file_;
    Patience patience_;
    sys::Fd owned_;
    int fd_ = -1;
    bool is_nonblocking_ = false; ///< as far as we know
    PipeGrowth growth_;
};

/// Words with their ends, for who wants bytes.
class WordBytes final : public ByteSource {
public:
    explicit WordBytes(ExpressionSource parts)
        : words_(std::move(parts), {.keep_ends = true,
                                    .max_line = static_cast<std::size_t>(-1),
                                    .check = false})
    {
    }

    void start() override { words_.start(); }

    std::size_t read(std::span<char> into) override
    {
        while (rest_.empty()) { // words of no bytes are passed over
            auto const at = words_.find(words_.cursor());
            if (at.next == nullptr)
                return 0;
            rest_ = {at.line, static_cast<std::size_t>(at.next - at.line)};
            words_.passed = at.next;
        }
        auto const count = std::min(into.size(), rest_.size());
        std::memcpy(into.data(), rest_.data(), count);
        rest_.remove_prefix(count);
        return count;
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        return read(into);
    }

    CompletedProcess finish(bool check) override
    {
        auto result = words_.result();
        if (check)
            result.check_returncode();
        return result;
    }

    int event_fd() override { return words_.event_fd(); }

private:
    WordLines words_;
    std::string_view rest_; ///< of the current word
};

/// The text of bytes.
class TextBytes final : public ByteSource {
public:
    TextBytes(std::unique_ptr<ByteSource> bytes, TextMode const& mode)
        : bytes_(std::move(bytes)), reader_(mode, read_size, "the lines")
    {
    }

    void start() override { bytes_->start(); }

    std::size_t read(std::span<char> into) override
    {
        while (needs_bytes())
            take(bytes_->read(reader_.raw));
        return give(into);
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        while (needs_bytes()) {
            auto const count = bytes_->try_read(reader_.raw);
            if (!count)
                return {};
            take(*count);
        }
        return give(into);
    }

    CompletedProcess finish(bool check) override
    {
        return bytes_->finish(check);
    }

    bool try_finish() override { return bytes_->try_finish(); }
    int event_fd() override { return bytes_->event_fd(); }
    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override
    {
        return bytes_->next_deadline();
    }

private:
    static constexpr std::size_t read_size = std::size_t{128} * 1024;

    bool needs_bytes()
    {
        if (text_.empty() && reader_.failed)
            reader_.fail(text_);
        return text_.empty() && !reader_.ended;
    }

    void take(std::size_t count)
    {
        reader_.take({reader_.raw.data(), count}, text_);
    }

    std::size_t give(std::span<char> into)
    {
        auto const count = std::min(into.size(), text_.size());
        std::memcpy(into.data(), text_.data(), count);
        text_.drop_front(count);
        return count;
    }

    std::unique_ptr<ByteSource> bytes_;
    TextReader reader_;
    Bytes text_;
};

Plan with_pipe_to_us(Plan plan)
{
    plan.root = redirect(plan.root, {1, false, Stdio(Stdio::pipe)});
    return plan;
}

/// True if the last thing in it is C++ whose words nobody else gets.
bool ends_in_code(PlanNode const& node)
{
    using Kind = PlanNode::Kind;
    if (!node.redirections.empty())
        return false;
    if (node.kind == Kind::in_process)
        return true;
    return node.kind == Kind::pipeline && node.piped.back() == 1
        && node.parts.back()->kind == Kind::in_process
        && node.parts.back()->redirections.empty();
}

/// A pipeline without its last part.
PlanNodePtr without_last(PlanNode node)
{
    node.parts.pop_back();
    node.piped.pop_back();
    if (node.parts.size() == 1)
        return node.parts.front();
    node.open.out = true;
    return std::make_shared<PlanNode const>(std::move(node));
}

} // namespace

namespace {

void refuse_text_of_text(ReadStream const& stream, LineOptions const& options)
{
    if (StreamAccess::is_text(stream) && text_mode_of(options))
        throw std::invalid_argument("the stream is in text mode already: lines "
                                    "need no encoding of their own");
}

} // namespace

RunOptions run_options(LineOptions const& options)
{
    RunOptions run;
    run.timeout = options.timeout;
    run.stop = options.stop;
    run.teardown = options.teardown;
    run.observer = options.observer;
    return run;
}

ExpressionSource source_of(Expression const& expression,
                           LineOptions const& options)
{
    auto plan = make_plan(expression);
    auto const run = run_options(options);
    auto const all = [&] {
        return std::make_unique<JobBytes>(with_pipe_to_us(plan), run);
    };
    if (!ends_in_code(*plan.root))
        return {all(), nullptr, nullptr};
    ExpressionSource source;
    source.all = all();
    if (plan.root->kind == PlanNode::Kind::in_process) {
        source.code = plan.root->code;
        if (source.code->reads())
            source.bytes = source_of(Stdio(Stdio::inherit), options);
        return source;
    }
    source.code = plan.root->parts.back()->code;
    plan.root = without_last(*plan.root);
    source.bytes = std::make_unique<JobBytes>(with_pipe_to_us(plan), run);
    return source;
}

std::unique_ptr<ByteSource> source_of(std::shared_ptr<JobState> job,
                                      LineOptions const& options)
{
    refuse_text_of_text(job->out, options);
    return std::make_unique<JobBytes>(std::move(job));
}

std::unique_ptr<ByteSource> text_of(std::unique_ptr<ByteSource> bytes,
                                    LineOptions const& options)
{
    auto const mode = text_mode_of(options);
    if (!mode)
        return bytes;
    return std::make_unique<TextBytes>(std::move(bytes), *mode);
}

std::unique_ptr<ByteSource> source_of(ReadStream& stream,
                                      LineOptions const& options)
{
    refuse_text_of_text(stream, options);
    return std::make_unique<StreamBytes>(stream, options);
}

std::unique_ptr<ByteSource> source_of(Stdio const& file,
                                      LineOptions const& options)
{
    return std::make_unique<FileBytes>(file, options);
}

std::unique_ptr<ByteSource> source_of(ExpressionSource parts)
{
    if (!parts.code)
        return std::move(parts.bytes);
    return std::make_unique<WordBytes>(std::move(parts));
}

// --- the input of C++ in a job -------------------------------------------------------

std::size_t InputSource::read(std::span<char> into)
{
    for (;;) {
        sys::PollItem items[] = {{fd_}, {CancelScope::fd()}};
        auto const ready = sys::poll(items, sys::never);
        if (!ready)
            throw std::system_error(ready.error, "cannot wait for a pipe");
        CancelScope::check();
        if (auto const count = take(into))
            return *count;
    }
}

std::optional<std::size_t> InputSource::try_read(std::span<char> into)
{
    CancelScope::check();
    if (!is_readable_now(fd_))
        return {};
    return take(into);
}

std::optional<std::size_t> InputSource::take(std::span<char> into)
{
    auto const count = sys::read_some(fd_, into.data(), into.size());
    if (!count && sys::would_block(count.error))
        return {};
    if (!count)
        throw std::system_error(count.error, "cannot read a pipe");
    had_more_ = count.value > 0;
    return count.value;
}

} // namespace runnel::inline v0::detail

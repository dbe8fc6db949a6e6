// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "flow/line_sources.hpp"
#include "base/cancel.hpp"
#include "plan/in_process.hpp"
#include "sys/clock.hpp"

#include <runnel/error.hpp>

#include <stdexcept>

namespace runnel::inline v0::detail {

namespace {

/// `bytes` as the input of an in-process stage. The owner of `bytes` waits for
/// the processes that write them.
class Lent final : public ByteSource {
public:
    explicit Lent(std::shared_ptr<ByteSource> bytes) : bytes_(std::move(bytes))
    {
    }
    std::size_t read(std::span<char> into) override
    {
        return bytes_->read(into);
    }
    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        return bytes_->try_read(into);
    }
    int event_fd() override { return bytes_->event_fd(); }
    std::size_t at_once() const override { return bytes_->at_once(); }

private:
    std::shared_ptr<ByteSource> bytes_;
};

/// A value of `passed`: no iterator has passed the current word.
char const not_passed = 0;

} // namespace

CompletedProcess const& finished(std::optional<CompletedProcess> const& result)
{
    if (!result)
        throw std::logic_error(
            "result() of a range that has not come to its end");
    return *result;
}

void refuse_second_pass(std::string_view elements)
{
    throw std::logic_error("this range has been read to its end, and output is "
                           "read once: collect the "
                           + std::string(elements) + " to read them again");
}

LineSource::~LineSource() = default;

LineCursor LineSource::look(LineSource* source, LineCursor at)
{
    if (source == nullptr || use_known(at, source->known))
        return at;
    return source->find(at);
}

LineCursor LineSource::look_or_throw(LineSource* source, LineCursor at)
{
    at = look(source, at);
    if (at.next == nullptr)
        throw std::logic_error("a line range was read past its end");
    return at;
}

void LineSource::throw_read_twice()
{
    refuse_second_pass("lines");
}

// --- bytes -------------------------------------------------------------------------

ByteLines::ByteLines(std::unique_ptr<ByteSource> bytes,
                     LineOptions const& options)
    : bytes_(std::move(bytes)), checks_(options.check), cutter_(options)
{
    check(options);
    delimiter = options.delimiter;
    keeps_ends = options.keep_ends;
    if (CancelScope::fd() >= 0)
        cutter_.look_less_far();
}

// Bytes that no iterator has passed belong to the next reader of the stream.
ByteLines::~ByteLines()
{
    let_go();
}

void ByteLines::let_go() noexcept
{
    auto const bytes = std::move(bytes_);
    if (!bytes || !started_)
        return;
    try {
        bytes->give_back(cutter_.rest(passed));
    } catch (...) { // no memory: the bytes are lost
    }
}

void ByteLines::start(ByteSource::DrivenBy by)
{
    if (started_ || !bytes_)
        return;
    bytes_->start(by);
    started_ = true;
}

LineCursor ByteLines::cursor()
{
    known = {};
    return cutter_.at(passed);
}

// If reading fails, the range is over: a caller that catches the error and asks
// again finds the end.
LineCursor ByteLines::find(LineCursor at)
{
    known = {};
    if (!bytes_)
        return tell_end();
    // If another iterator has gone further, this one continues there.
    if (at.line != passed || !cutter_.continues(at))
        at = cursor();
    try {
        CancelScope::check();
        while (!cutter_.next(at)) {
            if (cutter_.ended()) {
                finish();
                return tell_end();
            }
            auto const room = cutter_.room(at.line);
            passed = at.line;
            cutter_.commit(bytes_->read(room));
        }
    } catch (...) {
        let_go();
        throw;
    }
    passed = at.line;
    known = cutter_.known;
    cut = cutter_.cut;
    return at;
}

void ByteLines::close() noexcept
{
    known = {};
    bytes_.reset();
}

std::optional<Line> ByteLines::try_next()
{
    start(ByteSource::DrivenBy::events);
    if (next_.line != passed)
        next_ = cursor();
    gave_line_ = false;
    try {
        if (!bytes_ || !find_known(next_))
            return {};
    } catch (...) {
        let_go();
        throw;
    }
    auto const size =
        static_cast<std::size_t>(next_.next - next_.line) - cutter_.cut;
    Line const line({next_.line, size}, delimiter, keeps_ends);
    passed = next_.line = std::exchange(next_.next, nullptr);
    gave_line_ = true;
    return line;
}

bool ByteLines::find_known(LineCursor& at)
{
    while (!cutter_.next(at)) {
        if (cutter_.ended()) {
            if (bytes_->try_finish())
                finish();
            return false;
        }
        auto const room = cutter_.room(at.line);
        passed = at.line;
        auto const count = bytes_->try_read(room);
        if (!count)
            return false;
        cutter_.commit(*count);
    }
    return true;
}

void ByteLines::finish()
{
    auto const bytes = std::move(bytes_);
    result_ = bytes->finish(false);
    if (checks_)
        result_->check_returncode();
}

CompletedProcess const& ByteLines::result() const
{
    return finished(result_);
}

int ByteLines::event_fd()
{
    start(ByteSource::DrivenBy::events);
    return bytes_ ? bytes_->event_fd() : -1;
}

std::optional<std::chrono::steady_clock::time_point>
ByteLines::next_deadline() const
{
    if (!bytes_)
        return {};
    if (!started_ || gave_line_) // more lines may be in the buffer
        return sys::Clock::now();
    return bytes_->next_deadline();
}

// --- words -------------------------------------------------------------------------

WordLines::WordLines(std::unique_ptr<WordPull> words,
                     LineOptions const& options, Cancel cancel)
    : words_(std::move(words)), options_(options), patience_(options),
      cancel_(cancel), started_(true)
{
    passed = nullptr;
}

WordLines::WordLines(ExpressionSource source, LineOptions const& options)
    : code_(std::move(source.code)), bytes_(std::move(source.bytes)),
      all_(std::move(source.all)), options_(options), patience_(options)
{
    check(options);
}

// The running code refers to the bytes, so it is destroyed first.
WordLines::~WordLines()
{
    close();
}

void WordLines::close() noexcept
{
    ended_ = true;
    passed = nullptr; // the current line is gone
    words_.reset();
    input_.close();
}

void WordLines::start()
{
    if (started_)
        return;
    claim(*code_);
    try {
        if (bytes_)
            bytes_->start(ByteSource::DrivenBy::reads);
    } catch (...) {
        code_->unclaim();
        throw;
    }
    started_ = true;
    // The deadline ends the input of the code. During the grace period after
    // it, the code may come to its own end.
    auto const none = std::chrono::nanoseconds(0);
    patience_.start(bytes_ ? options_.teardown.grace() : none);
    try {
        if (bytes_)
            input_ = CodeInput(code_->cut(), std::make_unique<Lent>(bytes_));
        words_ = code_->open(input_.range(), {});
    } catch (...) {
        close();
        bytes_.reset();
        throw;
    }
}

LineCursor WordLines::cursor()
{
    if (evented_)
        throw std::logic_error("a range that is driven by try_next() and fd() "
                               "cannot be iterated as well");
    return {};
}

LineCursor WordLines::current() const
{
    return {.line = text_.data(), .next = text_.data() + text_.size()};
}

/// What `find` returns. At the end, and after an error, there is no more.
template <class Find>
bool WordLines::found(Find find)
{
    if (ended_)
        return false;
    try {
        if (find())
            return true;
        finish();
        return false;
    } catch (...) {
        close();
        bytes_.reset();
        throw;
    }
}

LineCursor WordLines::find(LineCursor)
{
    if (passed != &not_passed && !found([this] { return find_line(); }))
        return tell_end();
    passed = &not_passed;
    return current();
}

bool WordLines::next(OutWord& word)
{
    if (!found([this] { return next_word(); }))
        return false;
    word = word_;
    return true;
}

bool WordLines::find_line()
{
    whole_.clear();
    delimiter = options_.delimiter;
    keeps_ends = options_.keep_ends;
    while (has_word_ || next_word())
        if (take_rest())
            return true;
    if (whole_.empty())
        return false;
    take({}, false); // the last line has no end
    return true;
}

bool WordLines::next_word()
{
    patience_.check([] { return "words of C++"; });
    has_word_ = !are_over_ && !cancel_.asked() && words_->next(word_);
    are_over_ = !has_word_;
    return has_word_;
}

/// A line of what is left of the word. False if it goes on in the next word.
bool WordLines::take_rest()
{
    auto const end = word_.text.find(delimiter.view());
    if (end != word_.text.npos) {
        take(word_.text.substr(0, end), true);
        word_.text.remove_prefix(end + 1);
        has_word_ = word_.has_end || !word_.text.empty();
        return true;
    }
    has_word_ = false;
    if (word_.has_end && word_.end == delimiter) {
        take(word_.text, true);
        return true;
    }
    join(word_.text);
    // The delimiter may be one of several bytes that end the word.
    has_word_ = std::exchange(word_.has_end, false);
    word_.text = has_word_ ? word_.end.view() : std::string_view();
    return false;
}

/// `line` ends the line that other words have begun.
void WordLines::take(std::string_view line, bool has_end)
{
    text_ = line;
    if (!whole_.empty() || (has_end && keeps_ends)) {
        whole_ += line;
        if (has_end && keeps_ends)
            whole_ += delimiter.view();
        text_ = whole_;
    }
    if (text_.data() == nullptr)
        text_ = "";
    if (text_.size() > options_.max_line)
        throw LineTooLong(options_.max_line,
                          text_.substr(0, options_.max_line));
}

void WordLines::join(std::string_view text)
{
    whole_ += text;
    if (whole_.size() > options_.max_line)
        throw LineTooLong(options_.max_line, std::string_view(whole_).substr(
                                                 0, options_.max_line));
}

void WordLines::finish()
{
    close();
    auto const bytes = std::move(bytes_);
    result_ = bytes ? bytes->finish(false) : CompletedProcess();
    if (options_.check)
        result_->check_returncode();
}

// The code may block, which an event loop must not: it gets a thread of its
// own.
ByteLines& WordLines::evented()
{
    if (!evented_) {
        if (started_ || !all_)
            throw std::logic_error("a range that ends in C++ of this process "
                                   "is driven by iterators, or by try_next() "
                                   "and fd() from the beginning");
        evented_ = std::make_unique<ByteLines>(std::move(all_), options_);
        delimiter = options_.delimiter;
        keeps_ends = options_.keep_ends;
        started_ = true;
    }
    return *evented_;
}

std::optional<Line> WordLines::try_next()
{
    if (ended_)
        return {};
    return evented().try_next();
}

CompletedProcess const& WordLines::result() const
{
    return evented_ ? evented_->result() : finished(result_);
}

int WordLines::event_fd()
{
    return ended_ ? -1 : evented().event_fd();
}

std::optional<std::chrono::steady_clock::time_point>
WordLines::next_deadline() const
{
    if (!evented_ && !started_ && !ended_)
        return sys::Clock::now();
    return evented_ ? evented_->next_deadline() : std::nullopt;
}

} // namespace runnel::inline v0::detail

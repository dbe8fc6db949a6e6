// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What a `LineRange` is a handle to: bytes that are cut into lines, or words
// that are lines already.
#pragma once

#include "base/line_options.hpp"
#include "flow/byte_source.hpp"
#include "flow/code_input.hpp"
#include "flow/patience.hpp"
#include "text/line_buffer.hpp"
#include "text/line_ends.hpp"

#include <runnel/lines.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace runnel::inline v0::detail {

/// Cuts bytes into lines; pure. The lines do not depend on how the bytes are
/// split into reads.
///
/// It searches some thousand bytes ahead for line ends, and returns them as the
/// bits of a `LineCursor`. With universal newlines or a small `max_line`, a
/// look at one byte is not enough; then it searches line by line.
class LineCutter {
public:
    explicit LineCutter(LineOptions const& options);
    LineCutter(LineCutter const&) = delete;
    LineCutter& operator=(LineCutter const&) = delete;

    /// Searches fewer bytes ahead, so that control returns to the caller every
    /// few lines.
    void look_less_far() noexcept { blocks_ahead_ = 8; }

    /// Returns room for the next bytes; may move the content. `line`: the begin
    /// of the current line, updated if the line moves.
    std::span<char> room(char const*& line);

    /// Tells how many bytes were read; 0 is the end of the input.
    void commit(std::size_t count);

    bool ended() const noexcept { return ended_; }

    /// All bytes from `line` on that were read so far.
    std::string_view rest(char const* line) const noexcept;

    /// A cursor at `line`, whose end is not known yet.
    LineCursor at(char const* line);

    /// True if `at` is in the last block of `known`, and so has used it up.
    bool continues(LineCursor const& at) const noexcept;

    /// Finds the line after those that `at` knows. Returns false if that needs
    /// more bytes, or if the input has ended and no line is left.
    bool next(LineCursor& at);

    /// The line ends found ahead, and how many bytes to cut off the current
    /// line.
    KnownEnds known;
    std::size_t cut = 0;

private:
    bool look_ahead(LineCursor& at);
    bool take_rest(LineCursor& at);
    bool next_by_line(LineCursor& at);
    bool next_record(LineCursor& at);
    bool is_whole(char const* end);
    void refuse_long(LineCursor const& at, std::size_t size) const;

    static constexpr std::size_t read_size = std::size_t{256} * 1024;
    static constexpr std::size_t most_blocks_ahead = 256;

    LineBuffer buffer_;
    std::size_t max_line_;
    LineEnd delimiter_;
    bool keeps_ends_;
    bool universal_;
    bool by_line_;
    bool ended_ = false;
    bool after_return_ = false; ///< a `\r` ended the line before this byte
    char const* searched_ = nullptr; ///< ends in front of it are known
    std::size_t blocks_ahead_ = most_blocks_ahead;
    std::array<std::uint64_t, most_blocks_ahead> masks_;
};

/// Lines of bytes.
class ByteLines final : public LineSource {
public:
    ByteLines(std::unique_ptr<ByteSource> bytes, LineOptions const& options);
    ~ByteLines() override;

    void start() override { start(ByteSource::DrivenBy::reads); }
    LineCursor cursor() override;
    LineCursor find(LineCursor at) override;
    std::optional<Line> try_next() override;
    void close() noexcept override;
    bool has_ended() const noexcept override { return !bytes_; }
    CompletedProcess const& result() const override;
    int event_fd() override;
    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override;

private:
    void start(ByteSource::DrivenBy by);
    bool find_known(LineCursor& at);
    void finish();
    void let_go() noexcept;

    std::unique_ptr<ByteSource> bytes_; ///< null after the end
    bool checks_;
    bool started_ = false;
    LineCursor next_{}; ///< where `try_next` stands
    bool gave_line_ = false; ///< the last `try_next` did
    LineCutter cutter_;
    std::optional<CompletedProcess> result_;
};

/// Words as lines. As if they came through a pipe: a line ends at the delimiter,
/// wherever that is in a word or between two. Words whose end is the delimiter
/// are not copied. Only for lines that `ends_with_one_byte`.
class WordLines final : public LineSource {
public:
    /// The words of a run that the caller has begun. `cancel` ends it early.
    WordLines(std::unique_ptr<WordPull> words, LineOptions const& options,
              Cancel cancel);

    /// The words that `source.code` produces from `source.bytes`.
    WordLines(ExpressionSource source, LineOptions const& options);
    ~WordLines() override;

    /// The next word as it is, for a reader of bytes; false at the end. Not to be
    /// mixed with lines.
    bool next(OutWord& word);

    void start() override;
    LineCursor cursor() override;
    LineCursor find(LineCursor at) override;
    std::optional<Line> try_next() override;
    void close() noexcept override;
    bool has_ended() const noexcept override
    {
        return evented_ ? evented_->has_ended() : ended_;
    }
    CompletedProcess const& result() const override;
    int event_fd() override;
    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override;

private:
    LineCursor current() const;
    ByteLines& evented();
    template <class Find>
    bool found(Find find);
    bool find_line();
    bool next_word();
    bool take_rest();
    void take(std::string_view line, bool has_end);
    void join(std::string_view text);
    void finish();

    std::shared_ptr<InProcess const> code_;
    std::shared_ptr<ByteSource> bytes_;
    CodeInput input_;
    std::unique_ptr<WordPull> words_;
    std::unique_ptr<ByteSource> all_;
    std::unique_ptr<ByteLines>
        evented_; ///< for event loops, which may not wait
    LineOptions options_;
    Patience patience_;
    Cancel cancel_;
    std::optional<CompletedProcess> result_;
    OutWord word_; ///< what is left of the current word
    bool has_word_ = false;
    bool are_over_ = false; ///< no word may be asked for any more
    std::string whole_; ///< a line of several pieces
    std::string_view text_; ///< the current line
    bool started_ = false;
    bool ended_ = false;
};

} // namespace runnel::inline v0::detail

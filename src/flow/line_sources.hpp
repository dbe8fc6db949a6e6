// What a `LineRange` is a handle to: bytes that are cut into lines, or words
// that are lines already.
#pragma once

#include "base/line_options.hpp"
#include "flow/byte_source.hpp"
#include "flow/patience.hpp"
#include "text/line_buffer.hpp"
#include "text/line_ends.hpp"

#include <runnel/lines.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace runnel::inline v0::detail {

/// Cuts bytes into lines; pure. The same lines for any pieces.
///
/// It looks for ends some thousand bytes ahead, and gives those found as the
/// bits of a `LineCursor`. What needs more than a look at one byte (universal
/// newlines, a small `max_line`) is found line by line.
class LineCutter {
public:
    explicit LineCutter(LineOptions const& options);
    LineCutter(LineCutter const&) = delete;
    LineCutter& operator=(LineCutter const&) = delete;

    /// Lets the caller have a say every few lines.
    void look_less_far() noexcept { blocks_ahead_ = 8; }

    /// Where the next bytes go; moves what is there. `line`: begin of the
    /// current line, wherever it lies now.
    std::span<char> room(char const*& line);

    /// Says how many bytes came; none is the end of the input.
    void commit(std::size_t count);

    bool ended() const noexcept { return ended_; }

    /// All bytes from `line` on that came so far.
    std::string_view rest(char const* line) const noexcept;

    /// A cursor at a line whose end is not known.
    LineCursor at(char const* line);

    /// True if `at` comes from what was known last, and used it up.
    bool continues(LineCursor const& at) const noexcept;

    /// Finds the line behind what `at` knows. False if more bytes are needed,
    /// or if the input has ended and with it the lines.
    bool next(LineCursor& at);

    /// What is known of the ends ahead, and of the end of the current line.
    KnownEnds known;
    std::size_t cut = 0;

private:
    bool look_ahead(LineCursor& at);
    bool take_rest(LineCursor& at);
    bool next_by_line(LineCursor& at);
    bool is_whole(char const* end);
    void refuse_long(LineCursor const& at, std::size_t size) const;

    static constexpr std::size_t read_size = std::size_t{256} * 1024;
    static constexpr std::size_t most_blocks_ahead = 256;

    LineBuffer buffer_;
    std::size_t max_line_;
    char delimiter_;
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

    /// Drops the bytes. Ranges that still refer to this find the end.
    void close() noexcept;

    void start() override;
    LineCursor cursor() override;
    LineCursor find(LineCursor at) override;
    std::optional<Line> try_next() override;
    bool has_ended() const noexcept override { return !bytes_; }
    CompletedProcess const& result() const override;
    int event_fd() override;
    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override;

private:
    bool find_known(LineCursor& at);
    void finish();
    void let_go() noexcept;

    std::unique_ptr<ByteSource> bytes_; ///< null when all is over
    bool checks_;
    bool started_ = false;
    LineCursor next_{}; ///< where `try_next` stands
    LineCutter cutter_;
    std::optional<CompletedProcess> result_;
};

/// Words as lines.
class WordLines final : public LineSource {
public:
    /// Of one run of C++ that somebody else looks after.
    WordLines(std::unique_ptr<WordPull> words, LineOptions const& options,
              Cancel cancel);

    /// Of what `source.code` makes of `source.bytes`.
    WordLines(ExpressionSource source, LineOptions const& options);
    ~WordLines() override;

    void start() override;
    LineCursor cursor() override;
    LineCursor find(LineCursor at) override;
    std::optional<Line> try_next() override;
    bool has_ended() const noexcept override
    {
        return evented_ ? evented_->has_ended() : ended_;
    }
    CompletedProcess const& result() const override;
    int event_fd() override;
    std::optional<std::chrono::steady_clock::time_point>
    next_deadline() const override;

private:
    LineRange input();
    LineCursor current() const;
    ByteLines& evented();
    void take(OutWord const& word);
    void finish();
    void close() noexcept;

    std::shared_ptr<InProcess const> code_;
    std::shared_ptr<ByteSource> bytes_;
    std::shared_ptr<ByteLines> lines_; ///< what the C++ reads
    std::unique_ptr<WordPull> words_;
    std::unique_ptr<ByteSource> all_;
    std::unique_ptr<ByteLines>
        evented_; ///< for event loops, which may not wait
    LineOptions options_;
    Patience patience_;
    Cancel cancel_;
    std::optional<CompletedProcess> result_;
    std::string whole_; ///< a word with its end, if both must lie together
    std::string_view text_; ///< the current word
    bool started_ = false;
    bool ended_ = false;
};

} // namespace runnel::inline v0::detail

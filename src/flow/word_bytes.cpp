// The words of one in-process stage as the input of the next one.
#include "flow/code_input.hpp"
#include "flow/line_sources.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace runnel::inline v0::detail {

namespace {

/// Words as bytes, each with its end.
class PulledBytes final : public ByteSource {
public:
    /// `delimiter`: of the lines that are cut; none: chunks.
    PulledBytes(std::unique_ptr<WordPull> words, std::optional<char> delimiter,
                Cancel cancel)
        : words_(std::move(words)), delimiter_(delimiter), cancel_(cancel)
    {
    }

    // What is left of one word. Of words that are single bytes, all up to the
    // end of a line: less is of no use to the reader.
    std::size_t read(std::span<char> into) override
    {
        std::size_t count = 0;
        while (count < into.size() && has_bytes()) {
            bool const is_byte = rest_.size() == 1;
            auto const room = into.subspan(count);
            auto const size = std::min(room.size(), rest_.size());
            std::memcpy(room.data(), rest_.data(), size);
            rest_.remove_prefix(size);
            count += size;
            if (!is_byte || into[count - 1] == delimiter_)
                break;
        }
        return count;
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        return read(into);
    }

    int event_fd() override { return -1; }

private:
    bool has_bytes()
    {
        while (rest_.empty() && (has_end() || next_word())) {}
        return !rest_.empty();
    }

    /// Goes on to the end of the current word, if that was not written yet.
    bool has_end()
    {
        if (!std::exchange(word_.has_end, false))
            return false;
        rest_ = {&word_.end, 1};
        return true;
    }

    // After their end, the words must not be asked again.
    bool next_word()
    {
        ended_ = ended_ || cancel_.asked() || !words_->next(word_);
        if (ended_)
            return false;
        rest_ = word_.text;
        return true;
    }

    std::unique_ptr<WordPull> words_;
    std::optional<char> delimiter_;
    Cancel cancel_;
    OutWord word_{{}, '\n', false};
    std::string_view rest_; ///< of the current word, or its end
    bool ended_ = false;
};

} // namespace

StageInput input_of(InProcess const& stage, std::unique_ptr<WordPull> words,
                    Cut const& cut, Cancel cancel)
{
    auto const* const lines = std::get_if<LineOptions>(&cut);
    if (lines != nullptr && !stage.gives_bytes())
        return LineRange(
            std::make_shared<WordLines>(std::move(words), *lines, cancel));
    std::optional<char> delimiter;
    if (lines != nullptr)
        delimiter = lines->delimiter;
    return CodeInput(cut, std::make_unique<PulledBytes>(std::move(words),
                                                        delimiter, cancel))
        .range();
}

} // namespace runnel::inline v0::detail

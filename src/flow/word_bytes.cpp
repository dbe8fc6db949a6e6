// Line ranges over the words of an in-process stage.
#include "flow/line_sources.hpp"

#include <algorithm>
#include <cstring>

namespace runnel::inline v0::detail {

namespace {

/// The words of a stage that gives bytes, as input of another one.
class PulledBytes final : public ByteSource {
public:
    PulledBytes(std::unique_ptr<WordPull> pull, char delimiter, Cancel cancel)
        : pull_(std::move(pull)), delimiter_(delimiter), cancel_(cancel)
    {
    }

    // Stops behind a delimiter, so that a line is handed out before the range
    // looks for another byte.
    std::size_t read(std::span<char> into) override
    {
        std::size_t count = 0;
        while (count < into.size() && has_bytes()) {
            auto const room = into.subspan(count);
            auto const size = std::min(room.size(), rest_.size());
            std::memcpy(room.data(), rest_.data(), size);
            rest_.remove_prefix(size);
            count += size;
            if (ends_line(room[size - 1]))
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
    bool ends_line(char last) const
    {
        return last == delimiter_ || last == '\r';
    }

    // After its end, `pull_` must not be asked again.
    bool has_bytes()
    {
        OutWord word;
        while (rest_.empty() && !ended_) {
            ended_ = cancel_.asked() || !pull_->next(word);
            if (!ended_)
                rest_ = word.text;
        }
        return !rest_.empty();
    }

    std::unique_ptr<WordPull> pull_;
    char delimiter_;
    Cancel cancel_;
    std::string_view rest_; ///< of the last word
    bool ended_ = false;
};

LineRange lines_of_bytes(std::unique_ptr<WordPull> pull, LineOptions const& cut,
                         Cancel cancel)
{
    return LineRange(std::make_shared<ByteLines>(
        std::make_unique<PulledBytes>(std::move(pull), cut.delimiter, cancel),
        cut));
}

/// The lines of bytes, each as a word.
class CutBytes final : public WordPull {
public:
    CutBytes(std::unique_ptr<WordPull> pull, LineOptions const& cut)
        : lines_(lines_of_bytes(std::move(pull), cut, {}))
    {
    }

    bool next(OutWord& word) override { return walk_.next(lines_, word); }

private:
    LineRange lines_;
    RangeWalk<LineRange> walk_;
};

} // namespace

LineRange lines_of(InProcess const& code, std::unique_ptr<WordPull> pull,
                   LineOptions const& cut, Cancel cancel)
{
    if (code.gives_bytes())
        return lines_of_bytes(std::move(pull), cut, cancel);
    return LineRange(std::make_shared<WordLines>(std::move(pull), cut, cancel));
}

std::unique_ptr<WordPull> cut_bytes(std::unique_ptr<WordPull> pull,
                                    LineOptions const& cut)
{
    return std::make_unique<CutBytes>(std::move(pull), cut);
}

} // namespace runnel::inline v0::detail

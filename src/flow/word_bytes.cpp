// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A stage that reads the words of another one.
#include "flow/code_input.hpp"
#include "flow/line_sources.hpp"
#include "flow/word_copy.hpp"
#include "text/text_codec.hpp"

#include <utility>

namespace runnel::inline v0::detail {

namespace {

/// Words as bytes.
class PulledBytes final : public ByteSource {
public:
    PulledBytes(std::unique_ptr<WordPull> words,
                std::optional<LineEnd> delimiter, Cancel cancel)
        : words_(std::move(words)), copy_(delimiter), cancel_(cancel)
    {
    }

    // After their end, the words must not be asked again.
    std::size_t read(std::span<char> into) override
    {
        return copy_.read(into, [this](OutWord& word) {
            ended_ = ended_ || cancel_.asked() || !words_->next(word);
            return !ended_;
        });
    }

    std::optional<std::size_t> try_read(std::span<char> into) override
    {
        return read(into);
    }

    int event_fd() override { return -1; }

private:
    std::unique_ptr<WordPull> words_;
    WordCopy copy_;
    Cancel cancel_;
    bool ended_ = false;
};

/// The words of `first` as the input of a stage that cuts it by `cut`.
CodeInput input_of(InProcess const& first, std::unique_ptr<WordPull> words,
                   Cut const& cut, Cancel cancel)
{
    auto const* const lines = cut.lines();
    if (lines != nullptr && !first.gives_bytes())
        return CodeInput(
            std::make_shared<WordLines>(std::move(words), *lines, cancel));
    std::optional<LineEnd> delimiter;
    if (lines != nullptr && !text_mode_of(*lines))
        delimiter = lines->delimiter;
    return CodeInput(cut, std::make_unique<PulledBytes>(std::move(words),
                                                        delimiter, cancel));
}

/// The words of the second stage. It ends before its input does.
class Behind final : public WordPull {
public:
    Behind(CodeInput input, InProcess const& second, Cancel cancel)
        : input_(std::move(input)), words_(second.open(input_.range(), cancel))
    {
    }

    bool next(OutWord& word) override { return words_->next(word); }
    void pour(WordOut& out) override { words_->pour(out); }

private:
    CodeInput input_;
    std::unique_ptr<WordPull> words_;
};

} // namespace

std::unique_ptr<WordPull> open_behind(InProcess const& first,
                                      std::unique_ptr<WordPull> words,
                                      InProcess const& second, Cancel cancel)
{
    return std::make_unique<Behind>(
        input_of(first, std::move(words), second.cut(), cancel), second,
        cancel);
}

} // namespace runnel::inline v0::detail

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/program_encoding.hpp"

#include "plan/in_process.hpp"

#include <memory>
#include <string>
#include <utility>

namespace runnel::inline v0 {

namespace {

using namespace detail;

/// Encodes words. The ends of words are characters as well.
class WordEncoder {
public:
    explicit WordEncoder(TextMode const& mode) : encoder_(mode, "words of C++")
    {
    }

    /// Valid until the next call.
    OutWord operator()(OutWord const& word)
    {
        auto text = word.text;
        if (word.has_end) {
            text_.assign(text) += word.end.view();
            text = text_;
        }
        bytes_.clear();
        encoder_.encode(text, bytes_);
        return current();
    }

    /// What ends the text in its encoding; may be empty.
    OutWord end()
    {
        bytes_.clear();
        encoder_.finish(bytes_);
        return current();
    }

private:
    OutWord current() const { return {bytes_.view(), '\n', false}; }

    Encoder encoder_;
    std::string text_;
    Bytes bytes_;
};

class EncodedWords final : public WordPull {
public:
    EncodedWords(std::unique_ptr<WordPull> words, TextMode const& mode)
        : words_(std::move(words)), encode_(mode)
    {
    }

    bool next(OutWord& word) override
    {
        if (std::exchange(ended_, ended_ || !words_->next(word)))
            return false;
        word = ended_ ? encode_.end() : encode_(word);
        return true;
    }

    void pour(WordOut& out) override
    {
        Passed passed{out, encode_};
        words_->pour(passed);
        out.put(encode_.end());
    }

private:
    struct Passed final : WordOut {
        Passed(WordOut& to, WordEncoder& by) : out(to), encode(by) {}
        bool put(OutWord const& word) override { return out.put(encode(word)); }
        WordOut& out;
        WordEncoder& encode;
    };

    std::unique_ptr<WordPull> words_;
    WordEncoder encode_;
    bool ended_ = false;
};

/// A stage that reads lines decodes them. What it does not say itself, the encoding
/// or what to do about errors, is that of the run.
Cut decoded(Cut const& cut, TextMode const& mode)
{
    if (cut.lines() == nullptr)
        return cut;
    auto lines = *cut.lines();
    if (lines.encoding.empty())
        lines.encoding = Encoding(mode.name());
    lines.errors = lines.errors.value_or(mode.errors());
    return lines;
}

class EncodedStage final : public InProcess {
public:
    EncodedStage(std::shared_ptr<InProcess const> stage, TextMode const& mode)
        : InProcess(stage->label(), decoded(stage->cut(), mode),
                    stage->shell_text()),
          stage_(std::move(stage)), mode_(mode)
    {
    }

    std::unique_ptr<WordPull> open(StageInput in, Cancel cancel) const override
    {
        auto words = stage_->open(std::move(in), cancel);
        if (stage_->gives_bytes())
            return words;
        return std::make_unique<EncodedWords>(std::move(words), mode_);
    }

    Use use_of() const noexcept override { return stage_->use_of(); }
    bool gives_bytes() const noexcept override { return true; }
    bool claim() const noexcept override { return stage_->claim(); }
    void unclaim() const noexcept override { stage_->unclaim(); }

private:
    std::shared_ptr<InProcess const> stage_;
    TextMode mode_;
};

} // namespace

// Each of two composed stages for itself: the second one gets what a pipe would
// bring, with newlines translated.
std::shared_ptr<InProcess const>
in_text_mode(std::shared_ptr<InProcess const> stage, TextMode const& mode)
{
    auto const* const both = dynamic_cast<Composed const*>(stage.get());
    if (both != nullptr)
        return std::make_shared<Composed const>(
            in_text_mode(both->first(), mode),
            in_text_mode(both->second(), mode));
    return std::make_shared<EncodedStage const>(std::move(stage), mode);
}

namespace {

/// An error does not show the character that cannot be encoded.
std::string encoded_secret(std::string const& text, TextMode const& mode,
                           std::string_view role)
{
    try {
        return encoded(text, mode, role);
    } catch (TextError const& error) {
        auto details = error.details();
        details.bad.clear();
        throw TextError(std::move(details));
    }
}

void encode(Endpoint& endpoint, TextMode const& mode)
{
    constexpr auto role = "the text of stdin";
    if (endpoint.secret_text) {
        Secrets parts;
        endpoint.secret_text.add_to(parts);
        endpoint.secret_text = {
            encoded_secret(endpoint.reveal_text(), mode, role),
            std::move(parts)};
    }
    detail::Bytes changed;
    auto const text = encoded(*endpoint.text, mode, role, changed);
    if (text.data() != endpoint.text->data())
        endpoint.text = std::make_shared<std::string const>(text);
}

/// A join finds lines by the byte of a newline.
void refuse_joins(Program const& program, TextMode const& mode)
{
    for (auto const& helper : program.helpers)
        if (helper.is_join() && encoded("\n", mode, "a newline") != "\n")
            throw std::invalid_argument(
                "the lines of together() cannot be joined in the encoding "
                + mode.name());
}

} // namespace

void use_text_mode(Program& program, TextMode const& mode)
{
    for (auto& endpoint : program.endpoints)
        if (endpoint.kind == Endpoint::Kind::text && !endpoint.is_bytes)
            encode(endpoint, mode);
    refuse_joins(program, mode);
    for (auto& helper : program.helpers)
        if (helper.code)
            helper.code = in_text_mode(std::move(helper.code), mode);
}

} // namespace runnel::inline v0

#include "plan/program_encoding.hpp"

#include "plan/in_process.hpp"

#include <memory>
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
        bytes_.clear();
        encoder_.encode(word.text, bytes_);
        if (word.has_end)
            encoder_.encode({&word.end, 1}, bytes_);
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
        if (passed.is_wanted)
            out.put(encode_.end());
    }

private:
    struct Passed final : WordOut {
        Passed(WordOut& to, WordEncoder& by) : out(to), encode(by) {}
        bool put(OutWord const& word) override
        {
            is_wanted = out.put(encode(word));
            return is_wanted;
        }
        WordOut& out;
        WordEncoder& encode;
        bool is_wanted = true;
    };

    std::unique_ptr<WordPull> words_;
    WordEncoder encode_;
    bool ended_ = false;
};

/// A stage that reads lines decodes them, if it has no encoding of its own.
Cut decoded(Cut cut, TextMode const& mode)
{
    auto* const lines = std::get_if<LineOptions>(&cut);
    if (lines == nullptr || text_mode_of(*lines))
        return cut;
    lines->encoding = Encoding(mode.name());
    lines->errors = mode.errors();
    return cut;
}

/// Where encoded text is.
struct Sides {
    bool in = true;
    bool out = true;
};

/// A stage that reads and writes encoded text.
class EncodedStage final : public InProcess {
public:
    EncodedStage(std::shared_ptr<InProcess const> stage, TextMode const& mode,
                 Sides sides)
        : InProcess(stage->label(),
                    sides.in ? decoded(stage->cut(), mode) : stage->cut(),
                    stage->shell_text()),
          stage_(std::move(stage)), mode_(mode),
          encodes_(sides.out && !stage_->gives_bytes())
    {
    }

    std::unique_ptr<WordPull> open(StageInput in, Cancel cancel) const override
    {
        auto words = stage_->open(std::move(in), cancel);
        if (!encodes_)
            return words;
        return std::make_unique<EncodedWords>(std::move(words), mode_);
    }

    Use use_of() const noexcept override { return stage_->use_of(); }
    bool gives_bytes() const noexcept override
    {
        return encodes_ || stage_->gives_bytes();
    }
    bool claim() const noexcept override { return stage_->claim(); }
    void unclaim() const noexcept override { stage_->unclaim(); }

private:
    std::shared_ptr<InProcess const> stage_;
    TextMode mode_;
    bool encodes_;
};

// Between two composed stages, text that the first one writes and the second one
// reads is not encoded.
std::shared_ptr<InProcess const>
encoded_stage(std::shared_ptr<InProcess const> stage, TextMode const& mode,
              Sides sides)
{
    auto const* const both = dynamic_cast<Composed const*>(stage.get());
    if (both == nullptr)
        return std::make_shared<EncodedStage const>(std::move(stage), mode,
                                                    sides);
    bool const passes_text =
        !both->first()->gives_bytes()
        && std::holds_alternative<LineOptions>(both->second()->cut());
    return std::make_shared<Composed const>(
        encoded_stage(both->first(), mode, {sides.in, !passes_text}),
        encoded_stage(both->second(), mode, {!passes_text, sides.out}));
}

} // namespace

void use_text_mode(Program& program, TextMode const& mode)
{
    for (auto& endpoint : program.endpoints)
        if (endpoint.kind == Endpoint::Kind::text && !endpoint.is_bytes)
            endpoint.text = std::make_shared<std::string const>(
                encoded(*endpoint.text, mode));
    for (auto& helper : program.helpers)
        if (helper.code)
            helper.code = encoded_stage(std::move(helper.code), mode, {});
}

} // namespace runnel::inline v0

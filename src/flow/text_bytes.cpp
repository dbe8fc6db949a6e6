// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text mode for any source of bytes.
#include "flow/byte_source.hpp"
#include "io/stream_access.hpp"
#include "io/stream_text.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace runnel::inline v0::detail {

namespace {

/// Decodes the bytes of another source.
class TextBytes final : public ByteSource {
public:
    TextBytes(std::unique_ptr<ByteSource> bytes, TextMode const& mode,
              std::string name)
        : bytes_(std::move(bytes)), name_(std::move(name)),
          reader_(mode, read_size, name_)
    {
    }

    void start(DrivenBy by) override { bytes_->start(by); }

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
    std::string name_;
    TextReader reader_;
    Bytes text_;
};

} // namespace

void refuse_text_of_text(ReadStream const& stream, LineOptions const& options)
{
    if (StreamAccess::is_text(stream) && text_mode_of(options))
        throw std::invalid_argument("the stream is in text mode already: lines "
                                    "need no encoding of their own");
}

std::unique_ptr<ByteSource> text_of(std::unique_ptr<ByteSource> bytes,
                                    LineOptions const& options,
                                    std::string name)
{
    auto const mode = text_mode_of(options);
    if (!mode)
        return bytes;
    return std::make_unique<TextBytes>(std::move(bytes), *mode,
                                       std::move(name));
}

} // namespace runnel::inline v0::detail

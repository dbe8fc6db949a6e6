// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The captured output of a child process.
//
//     auto done = run(cmd("date") > capture);
//     std::string_view date = done.out;
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/bytes.hpp>
#include <runnel/detail/format.hpp>
#include <runnel/text_view.hpp>

#include <compare>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0 {

/// The bytes of one captured stream, or the fact that the stream was not
/// captured, which differs from empty.
///
/// A small handle to bytes that never change: copies share them. Reads, prints
/// and compares like a `std::string_view`. To access the bytes of a stream that
/// was not captured is a mistake of the program: it throws `std::logic_error`,
/// whose message says what to add.
class Output {
public:
    /// Not captured.
    Output() noexcept = default;

    /// Captured: a copy of `bytes`.
    explicit Output(detail::TextView bytes)
        : Output(detail::Bytes(bytes.as("the text of an output")))
    {
    }

    /// Captured `bytes`.
    RUNNEL_EXPORT explicit Output(detail::Bytes bytes, bool truncated = false);

    /// Captured bytes that are shared already.
    explicit Output(std::shared_ptr<detail::Bytes> bytes,
                    bool truncated = false) noexcept
        : bytes_(std::move(bytes)), truncated_(truncated)
    {
    }

    bool captured() const noexcept { return bytes_ != nullptr; }

    /// True if there was more than `CaptureLimit` allows to keep.
    bool truncated() const noexcept { return truncated_; }

    /// The bytes, valid as long as this object or a copy of it exists.
    std::string_view view() const RUNNEL_LIFETIMEBOUND
    {
        if (!captured())
            throw_not_captured();
        return bytes_->view();
    }

    operator std::string_view() const RUNNEL_LIFETIMEBOUND { return view(); }
    operator std::string() const { return std::string(view()); }
    std::string str() const& { return std::string(view()); }
    /// Leaves this object as if nothing had been captured.
    RUNNEL_EXPORT std::string str() &&;
    std::size_t size() const { return view().size(); }
    bool empty() const { return view().empty(); }
    char const* data() const RUNNEL_LIFETIMEBOUND { return view().data(); }

    /// The bytes without the newlines at the end, as `$(...)` gives them.
    std::string_view trimmed() const RUNNEL_LIFETIMEBOUND
    {
        auto const text = view();
        return text.substr(0, text.find_last_not_of('\n') + 1);
    }

    friend bool operator==(Output const& a, std::string_view b)
    {
        return a.view() == b;
    }
    friend bool operator==(Output const& a, Output const& b)
    {
        return a.captured() == b.captured()
            && (!a.captured() || a.view() == b.view());
    }
    friend std::strong_ordering operator<=>(Output const& a, std::string_view b)
    {
        return a.view() <=> b;
    }

    /// Prints the bytes as they are.
    template <class Traits>
    friend std::basic_ostream<char, Traits>&
    operator<<(std::basic_ostream<char, Traits>& stream, Output const& output)
    {
        auto const text = output.view();
        return stream.write(text.data(),
                            static_cast<std::ptrdiff_t>(text.size()));
    }

private:
    [[noreturn]] RUNNEL_EXPORT static void throw_not_captured();

    std::shared_ptr<detail::Bytes> bytes_;
    bool truncated_ = false;
};

} // namespace runnel::inline v0

#ifdef RUNNEL_HAS_FORMAT
/// Formats the bytes as text.
template <>
struct std::formatter<runnel::Output> : std::formatter<std::string_view> {};
#endif

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where the events of a trace are written.
#pragma once

#include "sys/fd.hpp"

#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// One event a line, each written in one piece as soon as it is there. Used by one
/// thread at a time.
class TraceFile {
public:
    /// Appends to `text`.
    explicit TraceFile(std::string& text);

    /// Creates or empties a file. Throws `SystemError`.
    explicit TraceFile(std::string const& path);

    /// A file that several processes may write to. Its array is never closed.
    struct Shared {};
    TraceFile(std::string const& path, Shared);

    TraceFile(TraceFile&&) = default;

    /// `event`: a JSON object.
    void put(std::string_view event);

    /// Writes the last bracket, unless the file is shared.
    void close() noexcept;

    /// True in a process that was forked from the one that made this object.
    bool is_foreign() const noexcept;

private:
    void write(std::string_view bytes);
    void complain(std::error_code error);

    std::string* text_ = nullptr;
    std::string path_;
    sys::Fd fd_;
    int const owner_;
    bool is_first_ = true; ///< no event was written yet
    bool is_shared_ = false;
};

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Where one of a child's standard streams comes from or goes to.
//
//     Popen({"sort"}, {.in = "words.txt", .out = Stdio::pipe});
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/detail/refused.hpp>
#include <runnel/pathname.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace runnel::inline v0 {

/// An end of a stream: inherited, a new pipe, the null device, a descriptor of
/// this process, or a named file.
///
/// A value that opens nothing; files are opened when the child is started.
/// Origin: the values that Python's `Popen` takes for stdin, stdout, stderr.
class RUNNEL_EXPORT Stdio {
public:
    enum Kind : unsigned char {
        inherit, ///< the stream of this process when the child starts
        pipe,    ///< a new pipe, whose other end this process holds
        devnull, ///< the null device
        out,     ///< for stderr only: the same open file as stdout (2>&1)
        descriptor, ///< see `Stdio(int)`
        file,       ///< see `Stdio(path)`
    };

    /// How a file is opened.
    enum class Mode : unsigned char {
        plain,  ///< stdin: read it; stdout, stderr: create or empty it
        append, ///< create it, or append to it
    };

    /// `inherit`, `pipe`, `devnull` or `out`.
    constexpr Stdio(Kind kind) noexcept : kind_(kind) {}

    /// Descriptor `fd` of this process. The caller keeps it: it is not closed,
    /// and must be open when the child is started.
    template <std::same_as<int> Int>
    constexpr Stdio(Int fd) noexcept : kind_(descriptor), fd_(fd)
    {
    }

    /// The file of that name. For stdin it is opened to read. Otherwise it is
    /// created with mode 0666 less the umask, or emptied if it exists.
    template <class T>
        requires detail::text_like<T> || detail::path_like<T>
    Stdio(T const& path)
        : Stdio(Bytes{detail::text_of(path, "the name of a file")})
    {
    }

    Stdio(Pathname const& path) : Stdio(Bytes{path.str()}) {}

    Stdio(bool) = delete;
    Stdio(char) = delete;
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no file name: write devnull, or \"f\"")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no file name: write devnull, or \"f\"")
    Stdio(T) RUNNEL_DELETED;

    /// The file `path`, to append to.
    static Stdio append(Pathname const& path)
    {
        Stdio target(path.str());
        target.mode_ = Mode::append;
        return target;
    }

    Kind kind() const noexcept { return kind_; }
    int fd() const noexcept { return fd_; }
    std::string const& path() const noexcept { return path_; }
    Mode mode() const noexcept { return mode_; }

private:
    struct Bytes {
        std::string_view view;
    };

    explicit Stdio(Bytes path);

    Kind kind_;
    Mode mode_ = Mode::plain;
    int fd_ = -1;
    std::string path_;
};

} // namespace runnel::inline v0

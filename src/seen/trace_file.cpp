// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "seen/trace_file.hpp"

#include "seen/quantity.hpp"
#include "sys/file.hpp"
#include "sys/names.hpp"
#include "text/visible.hpp"

#include <runnel/error.hpp>

#include <utility>

namespace runnel::inline v0 {

namespace {

[[noreturn]] void refuse_file(std::error_code error, std::string const& path)
{
    throw SystemError(error, "cannot write the trace \"" + path + '"');
}

/// The first event of a shared file: the process that creates the file writes it, so
/// that every later event begins with a comma.
constexpr std::string_view first_of_many =
    "[\n{\"ph\":\"M\",\"name\":\"process_labels\",\"pid\":0,\"tid\":0,"
    "\"args\":{\"labels\":\"runnel\"}}";

} // namespace

TraceFile::TraceFile(std::string& text) : text_(&text), owner_(sys::own_pid())
{
    write("[");
}

TraceFile::TraceFile(std::string const& path)
    : path_(path), owner_(sys::own_pid())
{
    auto file = sys::open_file(path, sys::FileUse::write);
    if (!file)
        refuse_file(file.error, path);
    fd_ = std::move(file.value);
    write("[");
}

TraceFile::TraceFile(std::string const& path, Shared)
    : path_(path), owner_(sys::own_pid()), is_shared_(true)
{
    auto file = sys::open_shared_file(path, first_of_many);
    if (!file)
        refuse_file(file.error, path);
    fd_ = std::move(file.value);
    is_first_ = false;
}

// The comma stands in front, so that a file that is not closed lacks the bracket
// alone.
void TraceFile::put(std::string_view event)
{
    auto line = std::string(std::exchange(is_first_, false) ? "\n" : ",\n");
    write(line.append(event));
}

void TraceFile::close() noexcept
{
    if (!is_shared_ && !is_foreign())
        write("\n]\n");
    fd_.reset();
}

bool TraceFile::is_foreign() const noexcept
{
    return sys::own_pid() != owner_;
}

void TraceFile::write(std::string_view bytes)
{
    if (text_ != nullptr)
        text_->append(bytes);
    else if (fd_)
        if (auto const error = sys::write_all(fd_.get(), bytes))
            complain(error);
}

// Nothing more is written: the file would not be JSON any more.
void TraceFile::complain(std::error_code error)
{
    fd_.reset();
    static_cast<void>(sys::write_all(2, "runnel: cannot write the trace \""
                                            + in_one_line(path_) + "\": "
                                            + sys::describe(error) + '\n'));
}

} // namespace runnel::inline v0

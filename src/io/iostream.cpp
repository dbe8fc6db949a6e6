// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/iostream.hpp>

#include <algorithm>
#include <cstring>

namespace runnel::inline v0 {

// The last characters stay in front of the new ones, to be put back.
ReadStreamBuf::int_type ReadStreamBuf::underflow()
{
    auto* const begin = buffer_.data() + put_back;
    auto const kept = std::min<std::ptrdiff_t>(put_back, gptr() - eback());
    if (kept > 0)
        std::memmove(begin - kept, gptr() - kept,
                     static_cast<std::size_t>(kept));
    auto const count = stream_.read_some({begin, size});
    setg(begin - kept, begin, begin + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(*begin);
}

WriteStreamBuf::int_type WriteStreamBuf::overflow(int_type c)
{
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
        char const byte = traits_type::to_char_type(c);
        stream_.write(std::string_view(&byte, 1));
    }
    return traits_type::not_eof(c);
}

std::streamsize WriteStreamBuf::xsputn(char const* bytes, std::streamsize count)
{
    stream_.write(std::string_view(bytes, static_cast<std::size_t>(count)));
    return count;
}

// With std::unitbuf this is called by a destructor, which may not throw.
int WriteStreamBuf::sync()
{
    try {
        stream_.flush();
    } catch (...) {
        return -1;
    }
    return 0;
}

void OutputStream::close()
{
    try {
        buffer.close();
    } catch (...) {
        // As the standard's own functions do: badbit is always set. If
        // `exceptions()` contains badbit, the original error is thrown.
        try {
            setstate(badbit);
        } catch (failure const&) {
        }
        if ((exceptions() & badbit) != 0)
            throw;
    }
}

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Any pieces of any text give the same lines, and both ways of finding ends the
// same ends. For libFuzzer; scripts/nightly.sh builds and runs it.
//
// The input: a byte of options, one for max_line, some for the sizes of the
// pieces, then the text.
#include "support/cutting.hpp"
#include "support/line_ends_any.hpp"
#include "support/require.hpp"

#include <runnel/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

/// Bytes of the input, again and again.
class Choices {
public:
    explicit Choices(std::string_view from) : from_(from) {}

    unsigned next()
    {
        if (from_.empty())
            return 1;
        return static_cast<unsigned char>(from_[at_++ % from_.size()]);
    }

private:
    std::string_view from_;
    std::size_t at_ = 0;
};

struct Cut {
    std::vector<std::string> lines;
    bool too_long = false;

    bool operator==(Cut const&) const = default;
};

Cut cut(std::string_view text, LineOptions const& options, Choices pieces,
        bool again)
{
    // Some pieces are as large as the text. Those of a long one are no single
    // bytes, which would take long; a look again is no endless loop.
    std::size_t const unit = 1 + text.size() / 256;
    auto const next_piece = [&]() -> std::size_t {
        auto const choice = pieces.next();
        return choice > 200 ? text.size() + 1 : choice * unit + 1;
    };
    bool looked = false;
    auto const looks_again = [&] {
        looked = again && !looked && pieces.next() % 3 == 0;
        return looked;
    };
    try {
        return {cut_in_pieces(text, options, next_piece, looks_again)};
    } catch (LineTooLong const& error) {
        require(error.max_line() == options.max_line, "max_line of the error");
        return {.too_long = true};
    }
}

Cut plain_cut(std::string_view text, LineOptions options)
{
    Cut wanted{plain_lines(text, options)};
    options.keep_ends = false;
    for (auto const& line : plain_lines(text, options))
        if (line.size() > options.max_line)
            return {.too_long = true};
    return wanted;
}

void check_ends(std::string_view text, char end)
{
    auto const wanted = plain_line_ends(text, end);
    // Behind the text, a whole block can be read.
    std::string const memory = std::string(text) + std::string(block_size, end);
    auto masks = wanted;
    find_line_ends(memory.data(), text.size(), end, masks.data());
    require(masks == wanted, "ends by this processor");
    find_line_ends_any(memory.data(), text.size(), end, masks.data());
    require(masks == wanted, "ends by any processor");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data,
                                      std::size_t size)
{
    std::string_view input(reinterpret_cast<char const*>(data), size);
    if (input.size() < 6)
        return 0;
    auto const flags = static_cast<unsigned char>(input[0]);
    auto const most = static_cast<unsigned char>(input[1]);
    LineOptions options{.keep_ends = (flags & 1) != 0,
                        .delimiter = (flags & 6) == 4 ? '\0' : '\n',
                        .universal_newlines = (flags & 2) != 0};
    if ((flags & 8) != 0)
        options.max_line = most + std::size_t{1};
    Choices const pieces(input.substr(2, 4));
    auto text = std::string(input.substr(6));
    if ((flags & 16) != 0) // long enough for several looks ahead
        while (!text.empty() && text.size() < 9000)
            text += std::string(text);

    auto const wanted = plain_cut(text, options);
    require(cut(text, options, pieces, false) == wanted, "lines");
    require(cut(text, options, pieces, true) == wanted,
            "lines, looked at again");
    check_ends(text, options.delimiter);
    return 0;
}

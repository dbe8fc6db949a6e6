// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What is quoted is read back, and any text is split into words or refused,
// without a look behind its end. For libFuzzer; scripts/nightly.sh builds and
// runs it.
//
// The input: a byte of options, then the text.
#include "support/require.hpp"

#include <runnel/shlex.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace runnel;
using namespace runnel::test;

namespace {

using Words = std::vector<std::string>;

std::optional<Words> words_of(std::string_view text, SplitOptions options)
{
    try {
        return split(text, options);
    } catch (std::invalid_argument const&) {
        return {};
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data,
                                      std::size_t size)
{
    if (size == 0)
        return 0;
    SplitOptions const options{.comments = data[0] % 2 != 0};
    // Where the fuzzer has it, so that the sanitizer knows its end.
    std::string_view const text(reinterpret_cast<char const*>(data) + 1,
                                size - 1);
    if (auto const words = words_of(text, options))
        require(split(join(*words), options) == *words, "the words again");
    require(split(quote(text), options) == Words{std::string(text)},
            "the text as one word");
    return 0;
}

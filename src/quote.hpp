// Words as a POSIX shell reads them back.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

/// `word` as one word of shell text; quoted only if needed.
std::string shell_quote(std::string_view word);

/// The same, quoted in any case.
std::string shell_quote_always(std::string_view word);

/// The words with blanks between them.
std::string shell_join(std::span<std::string const> words);

} // namespace runnel::inline v0

#include "support/line_ends_any.hpp"

#include "text/line_ends.hpp"

#include <bit>
#include <cstring>

// The same source once more, in a namespace of its own. What it includes is
// included above, so that nothing but its own code lands in there.
namespace portable {

namespace runnel::inline v0 {
using ::runnel::block_size;
}

#include "text/cpu/line_ends_any.cpp"

} // namespace portable

namespace runnel::test {

void find_line_ends_any(char const* bytes, std::size_t count, char end,
                        std::uint64_t* masks) noexcept
{
    portable::runnel::find_line_ends(bytes, count, end, masks);
}

} // namespace runnel::test

#include "support/children.hpp"

namespace runnel::test {

// Not inline: g++ 12 gives a false -Warray-bounds warning for strings of known
// length.
std::string child(std::string_view name)
{
    return RUNNEL_CHILDREN_DIR "/" + std::string(name);
}

} // namespace runnel::test

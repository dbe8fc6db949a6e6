// What must hold while fuzzing: if it does not, the program ends and libFuzzer
// keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace runnel::test {

inline void require(bool holds, char const* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

} // namespace runnel::test

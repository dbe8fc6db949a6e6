// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Static objects that use the library before main and after it. The library's
// object files are linked behind this one, and in another program between
// late.cpp and this one. The first would find static objects of the library that
// are not there yet; the second would find them destroyed, but not early.
#include "work.hpp"

#include <runnel/runnel.hpp>

using namespace runnel;

namespace {

auto const early = run(cmd(RUNNEL_CHILDREN_DIR "/exit_with", 0));
int const worked = (test::work("before main"), 1);

// Destroyed first, while all else is there.
test::WorksAtEnd const sooner;

} // namespace

int main()
{
    return early && early.returncode == 0 && worked == 1 ? 0 : 1;
}

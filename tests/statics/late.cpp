// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A static object that is finished before every other, and so destroyed after
// every other; its file is the first that is linked.
#include "work.hpp"

namespace {

runnel::test::WorksAtEnd const late;

} // namespace

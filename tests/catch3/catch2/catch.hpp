// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Catch2 2 has one header; with Catch2 3 this file stands in for it.
#pragma once
#include <catch2/catch_all.hpp>

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Text mode for what C++ code writes and reads in a program.
#pragma once

#include "text/text_codec.hpp"

#include <runnel/program.hpp>
#include <runnel/words.hpp>

#include <memory>

namespace runnel::inline v0 {

/// The same stage with encoded text outside: it decodes the lines that it reads,
/// and encodes words that are text.
std::shared_ptr<detail::InProcess const>
in_text_mode(std::shared_ptr<detail::InProcess const> stage,
             TextMode const& mode);

/// Encodes the texts of a program, and puts its in-process stages into text mode.
/// Bytes stay as they are. Throws `TextError` for a text that cannot be encoded.
void use_text_mode(Program& program, TextMode const& mode);

} // namespace runnel::inline v0

// Text mode for what C++ code writes and reads in a program.
#pragma once

#include "text/text_codec.hpp"

#include <runnel/program.hpp>

namespace runnel::inline v0 {

/// Encodes the texts of a program and the words of its in-process stages, and
/// decodes what these stages read. Bytes stay as they are. Throws `TextError` for
/// a text that cannot be encoded.
void use_text_mode(Program& program, TextMode const& mode);

} // namespace runnel::inline v0

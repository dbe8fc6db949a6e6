// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The picture of a plan, before it is written in the form of some program: shapes
// and arrows.
#pragma once

#include <runnel/plan.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::inline v0 {

struct Diagram {
    enum class Form : unsigned char {
        command,
        code, ///< an in-process stage
        tee,
        file, ///< or a capture, a text, a descriptor
    };

    struct Shape {
        std::string label;
        Form form;
        /// Of a command: what it is in the plan; else null.
        PlannedStage const* stage = nullptr;
    };

    struct Arrow {
        std::size_t from;
        std::size_t to;
        std::string label;
        bool is_order; ///< the order of a list: no bytes flow
    };

    std::vector<Shape> shapes{};
    std::vector<Arrow> arrows{};
};

Diagram diagram_of(Plan const& plan);

} // namespace runnel::inline v0

// The tree behind an expression. Nodes are never changed once they are shared.
#pragma once

#include <runnel/plan.hpp>

#include <variant>

namespace runnel::inline v0::detail {

struct PipeNode {
    NodePtr left;
    NodePtr right;
};

struct RedirectNode {
    NodePtr inner;
    Redirection redirection;
};

struct Node {
    std::variant<PlannedStage, PipeNode, RedirectNode> content;
};

} // namespace runnel::inline v0::detail

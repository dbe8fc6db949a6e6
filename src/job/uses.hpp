// When the parts of a program need an endpoint no longer.
#pragma once

#include "child/wiring.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <vector>

namespace runnel::inline v0 {

/// Ends the uses of endpoints, each once: of what has started, and of what never
/// will. Whoever reads from a command that never runs finds the end at once.
class Uses {
public:
    /// Both must outlive it.
    Uses(Program const& program, Wiring& wiring);

    void end_command(std::size_t index) noexcept;
    void end_helper(std::size_t index) noexcept;

    /// What a list holds for those of its parts that are still to start.
    void end_held(std::size_t list) noexcept;

    /// The same, and the parts from `first_part` on.
    void end_list(std::size_t list, std::size_t first_part) noexcept;

    void end_unit(ProgramUnit const& unit) noexcept;

private:
    bool is_first_time(std::size_t part) noexcept;
    void end(std::size_t endpoint) noexcept;

    Program const& program_;
    Wiring& wiring_;
    /// Whose uses have ended: of commands, then of helpers, then of lists.
    std::vector<bool> ended_;
};

} // namespace runnel::inline v0

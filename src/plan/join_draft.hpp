// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What joins the output of parts that run together.
#pragma once

#include "plan/program_draft.hpp"
#include "plan/scope.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// The joins of one group: one for each stream of the group that is connected, or
/// one for both streams if they lead to the same place. Streams that lead to
/// descriptors of this process are shared without a join, unless their lines get
/// labels. Tapped
/// streams are kept apart.
class JoinDraft {
public:
    /// `scope`: of the group. `draft` must outlive this object.
    JoinDraft(ProgramDraft& draft, Scope const& scope, bool is_labelled,
              std::size_t unit);

    std::size_t count() const noexcept { return joins_.size(); }

    /// Connects the streams of one part to the joins, by new pipes.
    void connect(Scope& part, std::string const& label);

    /// Adds the joins as parts of `group`, from index `first` on.
    void add_to(std::size_t group, std::size_t first);

private:
    struct Join {
        std::vector<int> streams;
        ProgramHelper helper{};
    };

    bool is_ours(std::size_t endpoint) const;
    void add(int stream, std::size_t endpoint);

    ProgramDraft& draft_;
    std::size_t const unit_;
    std::vector<Join> joins_;
};

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/join_draft.hpp"

#include <utility>

namespace runnel::inline v0 {

JoinDraft::JoinDraft(ProgramDraft& draft, Scope const& scope, bool is_labelled,
                     std::size_t unit)
    : draft_(draft), unit_(unit)
{
    for (int const stream : {1, 2}) {
        auto const endpoint = scope.find(stream);
        if (endpoint == no_index && is_labelled)
            add(stream, draft.descriptor(stream, unit));
        else if (endpoint != no_index && tap_of(endpoint) == 0
                 && (is_labelled || !is_ours(endpoint)))
            add(stream, endpoint);
    }
}

/// True for a descriptor of this process: the parts share it.
bool JoinDraft::is_ours(std::size_t endpoint) const
{
    return draft_.program.endpoints[endpoint].kind
        == Endpoint::Kind::descriptor;
}

void JoinDraft::add(int stream, std::size_t endpoint)
{
    if (!joins_.empty() && joins_.front().helper.out == endpoint)
        joins_.front().streams.push_back(stream);
    else
        joins_.push_back({{stream}, {.out = endpoint}});
}

void JoinDraft::connect(Scope& part, std::string const& label)
{
    for (auto& [streams, helper] : joins_) {
        auto const [read_end, write_end] = draft_.pipe(unit_);
        draft_.program.endpoints[write_end].is_read_to_end =
            !draft_.program.endpoints[helper.out].feeds_reader();
        for (int const stream : streams)
            part.set(stream, write_end);
        helper.joined.push_back({read_end, label});
    }
}

void JoinDraft::add_to(std::size_t group, std::size_t first)
{
    for (auto& [streams, helper] : joins_) {
        helper.place = {group, first};
        draft_.set_part(group, first++,
                        draft_.add_helper(std::move(helper), unit_));
    }
}

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The contenders of a scenario: how each is driven, and how they rank.
#pragma once

#include "contenders.hpp"
#include "measure.hpp"
#include "report.hpp"
#include "worker.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace bench {

// --- contenders --------------------------------------------------------------

inline void add_operations(std::vector<Case>& cases, Worker& worker,
                           std::vector<Operation> const& operations)
{
    for (std::size_t i = 0; i < operations.size(); ++i)
        cases.push_back({operations[i].name, [&worker, i](unsigned count) {
                             return worker.run(i, count);
                         }});
}

/// Starts the peer when it is first needed, so that one which is not
/// installed is trouble of its case alone.
template <class Peer, class... Args>
auto lazily(Args... args)
{
    return [args..., peer = std::shared_ptr<Peer>()]() mutable -> Peer& {
        if (!peer)
            peer = std::make_shared<Peer>(args...);
        return *peer;
    };
}

/// `program` and `arguments`: the child process that the peer starts.
inline Case peer_case(PeerProgram const& peer, std::string const& program,
                      std::vector<std::string> const& arguments,
                      std::string const& task, Condition condition = {})
{
    auto started =
        lazily<ProgramPeer>(peer.command, program, arguments, condition);
    return {peer.name, [started, task](unsigned count) mutable {
                return started().run(task, count);
            }};
}

inline Case python_case(std::string const& python, std::string const& program,
                        std::string const& task, Condition condition = {},
                        std::vector<std::string> const& arguments = {})
{
    return peer_case(
        {"Python subprocess", {python, RUNNEL_BENCH_PEERS "/spawn.py"}},
        program, arguments, task, condition);
}

/// One case for each program of peers/programs.
inline void add_peer_programs(std::vector<Case>& cases,
                              std::string const& program,
                              std::vector<std::string> const& arguments,
                              std::string const& task)
{
    for (auto const& peer : peer_programs)
        cases.push_back(peer_case(peer, program, arguments, task));
}

inline Case shell_case(std::string const& shell, std::string const& command)
{
    auto peer = lazily<ShellPeer>(shell, command);
    return {shell,
            [peer](unsigned count) mutable { return peer().run(count); }};
}

// --- tables ------------------------------------------------------------------

/// The ones that worked, fastest first.
inline std::vector<Case const*> ranked(std::vector<Case> const& cases)
{
    std::vector<Case const*> result;
    for (auto const& one : cases)
        if (!one.micros.empty())
            result.push_back(&one);
    std::ranges::sort(result, {}, [&](Case const* one) {
        return median(ratios(*one, cases.front()));
    });
    return result;
}

inline void print_ranking(std::vector<Case> const& cases)
{
    Table table({"", "µs", "x floor", "±"});
    for (auto const* one : ranked(cases)) {
        auto const to_floor = ratios(*one, cases.front());
        table.add({one->name, in_micros(*one), as_ratio(median(to_floor)),
                   as_uncertainty(to_floor)});
    }
    table.print();
    print_troubles(cases);
}

inline Case const& named(std::vector<Case> const& cases,
                         std::string const& name)
{
    return *std::ranges::find(cases, name, &Case::name);
}

inline double ratio(Case const& measured, Case const& to)
{
    if (measured.micros.empty() || to.micros.empty())
        return NAN;
    return median(ratios(measured, to));
}

} // namespace bench

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Measures things that want comparing: all of them in every round, in shuffled
// order, so that whatever disturbs the machine disturbs all alike.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace bench {

using Clock = std::chrono::steady_clock;
using Nanoseconds = std::chrono::nanoseconds;

/// Does the thing so many times and says how long all of them took.
using Batch = std::function<Nanoseconds(unsigned count)>;

/// One thing to measure, and what came of it.
struct Case {
    std::string name;
    Batch run;
    std::vector<double> micros{}; ///< per round: the mean of one batch
    std::string trouble{};        ///< why it could not be measured
};

template <class Operation>
Nanoseconds time_of(unsigned count, Operation&& operation)
{
    auto const begin = Clock::now();
    for (unsigned i = 0; i < count; ++i)
        operation();
    return Clock::now() - begin;
}

// --- what came of it ---------------------------------------------------------

/// The value that `part` (0 to 1) of all values lie below. Wants one at least.
inline double quantile(std::vector<double> values, double part)
{
    std::ranges::sort(values);
    auto const at = part * static_cast<double>(values.size() - 1);
    auto const below = static_cast<std::size_t>(at);
    auto const above = std::min(below + 1, values.size() - 1);
    return std::lerp(values[below], values[above],
                     at - static_cast<double>(below));
}

inline double median(std::vector<double> values)
{
    return quantile(std::move(values), 0.5);
}

/// Round by round: a slow moment of the machine slows both and cancels out.
inline std::vector<double> ratios(Case const& measured, Case const& to)
{
    std::vector<double> result;
    auto const rounds = std::min(measured.micros.size(), to.micros.size());
    for (std::size_t i = 0; i < rounds; ++i)
        result.push_back(measured.micros[i] / to.micros[i]);
    return result;
}

/// How far the median of other runs is from this one, 19 times of 20. Wants one value
/// at least.
inline double uncertainty(std::vector<double> const& values)
{
    auto const middle_half = quantile(values, 0.75) - quantile(values, 0.25);
    auto const deviation = middle_half / 1.349;
    auto const of_mean =
        deviation / std::sqrt(static_cast<double>(values.size()));
    return 1.96 * 1.2533 * of_mean;
}

/// Ratios below 2 must be right to a tenth.
inline bool are_certain(std::vector<double> const& ratios)
{
    if (ratios.empty() || median(ratios) >= 2)
        return true;
    return uncertainty(ratios) <= std::max(0.1 * median(ratios), 0.02);
}

/// True if all ratios to the first case are certain.
inline bool are_certain(std::vector<Case> const& cases)
{
    return std::ranges::all_of(cases, [&](Case const& one) {
        return are_certain(ratios(one, cases.front()));
    });
}

/// Tells whether there were rounds enough.
using Enough = std::function<bool(std::vector<Case> const&)>;

// --- rounds ------------------------------------------------------------------

/// Long enough for the clock not to matter, short enough for a round to see
/// one state of the machine.
constexpr Nanoseconds batch_time = std::chrono::milliseconds(2);
constexpr unsigned largest_batch = 50;

inline double micros(Nanoseconds time, unsigned count)
{
    return std::chrono::duration<double, std::micro>(time).count() / count;
}

/// How many fit into a batch; none if the thing does not work at all.
inline unsigned batch_size(Case& tried)
{
    try {
        tried.run(2); // the first ones pay for page faults and caches
        auto const one = std::max(tried.run(3) / 3, Nanoseconds(1));
        auto const fit = static_cast<unsigned long>(batch_time / one);
        return static_cast<unsigned>(
            std::clamp<unsigned long>(fit, 1, largest_batch));
    } catch (std::exception const& error) {
        tried.trouble = error.what();
        return 0;
    }
}

/// What is wrong in itself, a logic_error, is let through.
inline bool works(Case& tried)
{
    try {
        tried.run(1);
        return true;
    } catch (std::runtime_error const& error) {
        tried.trouble = error.what();
        return false;
    }
}

inline void show_progress(unsigned round, unsigned rounds)
{
    if (::isatty(STDERR_FILENO) == 0)
        return;
    std::fprintf(stderr, "\r  round %u of %u ", round, rounds);
    if (round >= rounds)
        std::fputs("\r                              \r", stderr);
}

/// In each round, every case as often as its size says. Takes more rounds until they
/// are `enough`, four times as many at most.
inline void take_rounds(std::vector<Case>& cases,
                        std::vector<unsigned> const& sizes, unsigned rounds,
                        Enough const& enough)
{
    auto const most = 4 * rounds;
    std::vector<std::size_t> order(cases.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(1);
    for (unsigned round = 1;
         round <= rounds || (round <= most && !enough(cases)); ++round) {
        show_progress(round, std::max(round, rounds));
        std::ranges::shuffle(order, random);
        for (auto const i : order)
            if (sizes[i] > 0)
                cases[i].micros.push_back(
                    micros(cases[i].run(sizes[i]), sizes[i]));
    }
}

/// Fills `micros` of every case that works; they get equally many.
inline void measure(
    std::vector<Case>& cases, unsigned rounds,
    Enough const& enough = [](auto& all) { return are_certain(all); })
{
    std::vector<unsigned> sizes;
    for (auto& one : cases)
        sizes.push_back(batch_size(one));
    take_rounds(cases, sizes, rounds, enough);
}

/// The same for what takes long: one is a batch, and one before shows whether
/// it works.
inline void measure_long(std::vector<Case>& cases, unsigned rounds)
{
    std::vector<unsigned> sizes;
    for (auto& one : cases)
        sizes.push_back(works(one) ? 1 : 0);
    take_rounds(cases, sizes, rounds,
                [](auto& all) { return are_certain(all); });
}

// --- placement ---------------------------------------------------------------

inline ::cpu_set_t allowed_cpus()
{
    ::cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        CPU_SET(0, &allowed);
    return allowed;
}

/// Of those that this process may run on: the first often gets interrupts.
inline int last_cpu()
{
    auto const allowed = allowed_cpus();
    int last = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &allowed))
            last = cpu;
    return last;
}

/// Keeps this process and its later children on one CPU, or leaves their
/// places to the kernel again.
inline void place(std::optional<int> cpu)
{
    static auto const all = allowed_cpus();
    auto cpus = all;
    if (cpu) {
        CPU_ZERO(&cpus);
        CPU_SET(*cpu, &cpus);
    }
    if (::sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        throw std::runtime_error(
            cpu ? "cannot pin to CPU " + std::to_string(*cpu) : "cannot unpin");
}

} // namespace bench

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Makes a wrong sample smaller, as long as it stays wrong.
#pragma once

#include "model/shape.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

namespace runnel::test::model {

/// Calls `give` with every shape that is one step smaller.
inline void for_each_smaller(Shape const& shape,
                             std::function<void(Shape)> const& give)
{
    // A part in place of the whole.
    for (auto const& part : shape.parts)
        give(part);
    // One part less.
    bool const may_lose = shape.kind == Shape::command ? !shape.parts.empty()
                        : shape.kind == Shape::tee
                            ? shape.parts.size() + shape.copies.size() > 1
                            : shape.parts.size() > 2;
    if (may_lose && shape.kind != Shape::command)
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            auto smaller = shape;
            smaller.parts.erase(smaller.parts.begin() + std::ptrdiff_t(i));
            if (shape.kind == Shape::pipeline)
                smaller.piped.erase(smaller.piped.begin()
                                    + std::ptrdiff_t(i == 0 ? 0 : i - 1));
            give(smaller);
        }
    if (may_lose && shape.kind == Shape::command) {
        auto smaller = shape;
        auto const last = smaller.parts.size() - 1;
        smaller.parts.pop_back();
        smaller.reads.pop_back();
        std::erase_if(smaller.acts, [&](Act const& act) {
            return (act.what == 'r' || act.what == 'w') && act.count == last;
        });
        give(smaller);
    }
    for (std::size_t i = 0; i < shape.copies.size() && may_lose; ++i) {
        auto smaller = shape;
        smaller.copies.erase(smaller.copies.begin() + std::ptrdiff_t(i));
        give(smaller);
    }
    for (std::size_t i = 0; i < shape.redirects.size(); ++i) {
        auto smaller = shape;
        smaller.redirects.erase(smaller.redirects.begin() + std::ptrdiff_t(i));
        give(smaller);
    }
    for (std::size_t i = 0; i < shape.acts.size(); ++i) {
        auto smaller = shape;
        smaller.acts.erase(smaller.acts.begin() + std::ptrdiff_t(i));
        give(smaller);
        auto const& act = shape.acts[i];
        if (act.what != 'r' && act.what != 'w' && act.count > 1) {
            smaller = shape;
            smaller.acts[i].count /= 2;
            give(smaller);
        }
    }
    if (shape.code != 0 || shape.signal != 0 || shape.accept
        || shape.unchecked) {
        auto smaller = shape;
        smaller.code = smaller.signal = 0;
        smaller.accept.reset();
        smaller.unchecked = false;
        give(smaller);
    }
    for (std::size_t i = 0; i < shape.parts.size(); ++i)
        for_each_smaller(shape.parts[i], [&](Shape part) {
            auto smaller = shape;
            smaller.parts[i] = std::move(part);
            give(smaller);
        });
}

/// The smallest wrong sample that is found within ten seconds. Skips samples
/// that cannot be built because they connect a stream twice.
inline Sample shrunk(Sample sample,
                     std::function<bool(Sample const&)> const& is_wrong)
{
    using Clock = std::chrono::steady_clock;
    auto const end = Clock::now() + std::chrono::seconds(10);
    for (bool found = true; found && Clock::now() < end;) {
        found = false;
        std::vector<Sample> smaller;
        for_each_smaller(sample.shape, [&](Shape shape) {
            flatten(shape);
            smaller.push_back({std::move(shape), sample.options});
        });
        for (auto const& next : smaller) {
            if (Clock::now() >= end)
                break;
            try {
                found = is_wrong(next);
            } catch (std::exception const&) {
                found = false;
            }
            if (found) {
                sample = next;
                break;
            }
        }
    }
    return sample;
}

} // namespace runnel::test::model

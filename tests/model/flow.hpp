// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What the model knows of the bytes that arrive in one place.
#pragma once

#include "model/lines.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::test::model {

/// The lines that one writer wrote, in order; no two of them are equal.
struct Strand {
    std::shared_ptr<std::string const> text;
    int writer = 0;
    bool chunky = false;     ///< written by runnel, in pieces of any size
    bool partial = false;    ///< perhaps only the beginning
    bool background = false; ///< perhaps later than what comes next
};

/// Everything that arrives in one place: its strands, in any interleaving of
/// lines.
struct Flow {
    std::vector<Strand> strands;
    bool unknown = false; ///< nothing is known of it
    bool mixed = false; ///< lines may stand within other lines

    bool partial() const
    {
        return unknown || std::ranges::any_of(strands, &Strand::partial);
    }

    /// True if lines of one writer may stand within lines of another.
    bool torn() const
    {
        if (mixed)
            return true;
        for (auto const& a : strands)
            for (auto const& b : strands)
                if (a.writer != b.writer && (a.chunky || a.partial))
                    return true;
        return false;
    }

    std::size_t size() const
    {
        std::size_t all = 0;
        for (auto const& strand : strands)
            all += strand.text->size();
        return all;
    }

    /// True for one strand with known bytes, or none.
    bool is_one() const
    {
        return !unknown && strands.size() <= 1 && !partial();
    }

    std::string_view text() const
    {
        return strands.empty() ? std::string_view() : *strands.front().text;
    }
};

/// Calls `each` with each line of `text`, without newlines.
template <class F>
void for_each_line(std::string_view text, F each)
{
    while (!text.empty()) {
        auto const end = text.find('\n');
        each(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
}

inline std::shared_ptr<std::string const> shared(std::string text)
{
    return std::make_shared<std::string const>(std::move(text));
}

inline std::string shortened(std::string_view text)
{
    std::string words = std::to_string(text.size()) + " bytes: \"";
    for (char const c : text.substr(0, 120))
        words += c == '\n' ? std::string("\\n") : std::string(1, c);
    return words + (text.size() > 120 ? "...\"" : "\"");
}

inline std::string described(Flow const& flow)
{
    if (flow.unknown)
        return "anything";
    std::string words;
    for (auto const& strand : flow.strands)
        words += (words.empty() ? "" : " + ") + shortened(*strand.text)
               + (strand.partial ? " (or its beginning)" : "");
    return words.empty() ? "nothing" : words;
}

namespace detail {

inline std::array<std::size_t, 256> histogram(std::string_view text)
{
    std::array<std::size_t, 256> counts{};
    for (char const c : text)
        ++counts[static_cast<unsigned char>(c)];
    return counts;
}

inline bool same_bytes(std::string_view got, Flow const& wanted)
{
    std::string all;
    for (auto const& strand : wanted.strands)
        all += *strand.text;
    return histogram(got) == histogram(all);
}

/// Assigns lines to strands: a line belongs to a strand whose next line it is.
class Demux {
public:
    explicit Demux(Flow const& flow)
    {
        for (auto const& strand : flow.strands)
            rests_.push_back({*strand.text, strand.partial});
    }

    /// Takes a line (with its newline); false if it is the next line of no
    /// strand.
    bool take(std::string_view line)
    {
        for (std::size_t i = 0; i < rests_.size(); ++i) {
            auto& rest = rests_[(last_ + i) % rests_.size()];
            if (rest.text.starts_with(line)) {
                rest.text.remove_prefix(line.size());
                last_ = (last_ + i) % rests_.size();
                return true;
            }
        }
        return false;
    }

    /// True if nothing is missing.
    bool is_done() const
    {
        return std::ranges::all_of(rests_, [](Rest const& rest) {
            return rest.partial || rest.text.empty();
        });
    }

private:
    struct Rest {
        std::string_view text;
        bool partial;
    };
    std::vector<Rest> rests_;
    std::size_t last_ = 0;
};

/// How often each line comes.
inline std::map<std::string_view, std::size_t> line_counts(Flow const& flow)
{
    std::map<std::string_view, std::size_t> counts;
    for (auto const& strand : flow.strands)
        for_each_line(*strand.text,
                      [&](std::string_view line) { ++counts[line]; });
    return counts;
}

/// For strands that have lines in common, so that it is not certain which
/// strand a line belongs to: compares how often each line comes.
inline bool has_same_lines(std::string_view got, Flow const& wanted)
{
    auto counts = line_counts(wanted);
    bool const may_be_same = std::ranges::any_of(
        counts, [](auto const& entry) { return entry.second > 1; });
    if (!may_be_same)
        return false;
    bool holds = true;
    for_each_line(got, [&](std::string_view line) {
        auto const at = counts.find(line);
        holds = holds && at != counts.end() && at->second-- > 0;
    });
    return holds
        && (wanted.partial()
            || std::ranges::all_of(
                counts, [](auto const& entry) { return entry.second == 0; }));
}

} // namespace detail

namespace detail {

inline bool agrees_in_order(std::string_view got, Flow const& wanted)
{
    Demux demux(wanted);
    while (!got.empty()) {
        auto const end = got.find('\n');
        if (end == got.npos) // cut short
            return wanted.partial();
        if (!demux.take(got.substr(0, end + 1)))
            return false;
        got.remove_prefix(end + 1);
    }
    return demux.is_done();
}

} // namespace detail

/// True if `got` can be what arrived.
inline bool agrees(std::string_view got, Flow const& wanted)
{
    if (wanted.unknown)
        return true;
    if (wanted.strands.empty())
        return got.empty();
    if (wanted.is_one() && !wanted.mixed)
        return got == wanted.text();
    if (wanted.torn())
        return wanted.partial() ? got.size() <= wanted.size()
                                : detail::same_bytes(got, wanted);
    return detail::agrees_in_order(got, wanted)
        || detail::has_same_lines(got, wanted);
}

} // namespace runnel::test::model

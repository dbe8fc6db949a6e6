// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Lines of several ranges in the order in which they come.
//
//     for (auto const& [index, line] : as_they_come(web | lines, db | lines))
//         std::cout << names[index] << ": " << line << '\n';
//
// `tagged` (tagged.hpp) does this for the two streams of one expression; a job set for
// whole results of many commands.
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/line.hpp>
#include <runnel/lines.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// A line, and which of the ranges it comes from: 0 is the first. The line is valid
/// until the loop goes on.
struct ArrivedLine {
    std::size_t index;
    Line line;
};

/// The lines of several ranges in the order in which they come. Of lines that are there
/// at the same time, each range gives one in turn, so that none waits for a fast one.
///
/// All pipelines start at `begin()`, and one thread reads all of them. Single pass; not
/// thread safe. An exception of one range comes out of the loop; the lines of the others
/// can still be read, by `begin()` again, until this object goes, which ends what still
/// runs.
class [[nodiscard("nothing was started: write for (auto const& [index, line] : "
                  "ranges)")]] RUNNEL_EXPORT Arrivals
    : public std::ranges::view_interface<Arrivals> {
public:
    explicit Arrivals(std::vector<LineRange> ranges);
    Arrivals(Arrivals&&) noexcept = default;
    Arrivals& operator=(Arrivals&&) noexcept = default;
    ~Arrivals() = default;

    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = ArrivedLine;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        explicit iterator(Arrivals& all) : all_(&all) {}

        ArrivedLine const& operator*() const { return *all_->current_; }
        iterator& operator++()
        {
            all_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const
        {
            return !all_->current_;
        }

    private:
        Arrivals* all_ = nullptr;
    };

    /// Waits for the first line.
    iterator begin()
    {
        advance();
        return iterator(*this);
    }
    std::default_sentinel_t end() const { return {}; }

private:
    enum class State : unsigned char {
        asked, ///< it may have a line
        silent, ///< it had none when it was asked last
        over, ///< it has ended or thrown
    };

    void advance();
    bool take();
    void look();
    bool has(State state) const;

    std::vector<LineRange> ranges_;
    std::vector<State> states_; ///< one for each range
    std::size_t turn_ = 0; ///< which range is asked first
    std::size_t taken_ = 0; ///< lines since the last look at silent ranges
    std::optional<ArrivedLine> current_;
};

/// The lines of `ranges` in the order in which they come.
[[nodiscard("nothing was started: write for (auto const& [index, line] : "
            "as_they_come(x, y))")]] inline Arrivals
as_they_come(std::vector<LineRange> ranges)
{
    return Arrivals(std::move(ranges));
}

template <std::same_as<LineRange>... Ranges>
    requires(sizeof...(Ranges) > 0)
[[nodiscard("nothing was started: write for (auto const& [index, line] : "
            "as_they_come(x, y))")]] Arrivals
as_they_come(Ranges... ranges)
{
    return Arrivals(std::vector<LineRange>{std::move(ranges)...});
}

} // namespace runnel::inline v0

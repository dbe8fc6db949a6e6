// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Random shapes. Every shape ends: no command waits for a stream that never
// ends, and the two readers of one stdin never run at the same time.
#pragma once

#include "model/shape.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace runnel::test::model {

/// How often each kind of thing is generated: once in so many times, 0 for
/// never.
struct Theme {
    int lists = 4;
    int tees = 4;
    int branches = 2; ///< of the copies of a tee
    int substitutions = 6;
    int redirects = 4;
    int captures = 3; ///< of the redirections
    int in_process = 4;
    int early = 8; ///< readers that stop reading early
    int errors = 3; ///< commands that write to stderr
    int failures = 4;
    int huge = 60; ///< expressions that move more than any pipe holds
    int depth = 3;
    int shared =
        0; ///< large expressions whose copies go into a pipe of several writers
    bool tiny_timeouts = false;
};

class Generator {
public:
    Generator(unsigned long long seed, Theme const& theme)
        : random_(seed), theme_(theme)
    {
    }

    Sample sample()
    {
        Sample sample;
        budget_ = one_in(theme_.huge) ? 6U << 20
                : one_in(12)          ? 700U << 10
                                      : 24U << 10;
        sample.shape =
            one_in(theme_.shared) ? sharing() : expression(theme_.depth, {});
        flatten(sample.shape);
        sample.options = options(sample.shape);
        return sample;
    }

private:
    /// What surrounds the part that is generated next.
    struct Place {
        bool feeds = false; ///< its stdout is taken
        bool feeds_err = false; ///< its stderr is taken
        bool is_fed = false; ///< its stdin is taken
        bool may_read = true;
        bool must_read = false; ///< its stdin, to the end
    };

    std::size_t below(std::size_t limit)
    {
        // std::uniform_int_distribution differs between libraries.
        return std::size_t(random_() % limit);
    }

    bool one_in(int count)
    {
        return count > 0 && below(std::size_t(count)) == 0;
    }

    // --- sizes ----------------------------------------------------------------

    /// Lines and their length, within what is left of the budget.
    std::pair<std::size_t, std::size_t> size()
    {
        std::size_t bytes = 0;
        switch (below(8)) {
        case 0: break;
        case 1:
        case 2: bytes = budget_; break;
        case 3:
        case 4: bytes = below(budget_ / 2 + 1); break;
        default: bytes = below(400); break;
        }
        bytes = std::min(bytes, budget_);
        budget_ -= bytes / 2;
        auto const length =
            bytes > 100'000 ? 200 + below(1500) : 12 + below(90);
        return {bytes == 0 ? 0 : bytes / length + 1, length};
    }

    Act writing(char what)
    {
        auto const [count, length] = size();
        return {.what = what, .count = count, .length = length};
    }

    // --- redirections ---------------------------------------------------------

    Redirect target(int fd)
    {
        Redirect made{.fd = fd, .id = next_++};
        if (one_in(theme_.captures)) {
            made.what = one_in(4) ? Redirect::string : Redirect::capture;
            return made;
        }
        switch (below(6)) {
        case 0: made.what = Redirect::null; break;
        case 1: made.what = Redirect::append; break;
        case 2: made.what = Redirect::same; break;
        default: made.what = Redirect::file; break;
        }
        return made;
    }

    /// Redirects some of the streams that the place leaves open.
    void redirect(Shape& shape, Place& place, int often)
    {
        std::vector<Redirect> made;
        bool const out = !place.feeds && one_in(often);
        bool const err = !place.feeds_err && one_in(often * 2);
        if (out && err && one_in(2)) {
            made.push_back(target(1));
            if (made.back().what == Redirect::same)
                made.back().what = Redirect::file;
            made.back().both = true;
        } else {
            if (out)
                made.push_back(target(1));
            if (err)
                made.push_back(target(2));
            if (made.size() == 2 && one_in(2))
                std::swap(made[0], made[1]);
        }
        if (!place.is_fed && (one_in(often * 2) || place.must_read)) {
            made.push_back({.fd = 0,
                            .what = one_in(3) ? Redirect::null
                                  : one_in(2) ? Redirect::file
                                              : Redirect::text,
                            .id = next_++});
            place.is_fed = place.may_read = true;
        }
        for (auto const& redirect : made) {
            place.feeds |= redirect.fd == 1;
            place.feeds_err |= redirect.fd == 2 || redirect.both;
        }
        shape.redirects = std::move(made);
    }

    // --- parts ----------------------------------------------------------------

    Shape expression(int depth, Place const& place)
    {
        if (depth == 0 || one_in(5))
            return simple(depth, place);
        if (one_in(theme_.lists))
            return list(depth - 1, place);
        return one_in(6) ? simple(depth, place) : pipeline(depth - 1, place);
    }

    Shape simple(int depth, Place const& place)
    {
        bool const reads = place.may_read;
        if (reads && depth > 0 && place.is_fed && one_in(theme_.tees * 2))
            return tee(depth - 1, place);
        if (reads && place.is_fed && one_in(theme_.in_process))
            return in_process(place);
        return command(depth, place);
    }

    /// An in-process stage. It reads, so its stdin is connected.
    Shape in_process(Place place)
    {
        Shape shape{.id = next_++};
        if (one_in(theme_.early) && !place.must_read) {
            shape.kind = Shape::first;
            shape.count = below(6);
        } else
            switch (below(3)) {
            case 0: shape.kind = Shape::map; break;
            case 1: shape.kind = Shape::filter; break;
            default: shape.kind = Shape::sum; break;
            }
        redirect(shape, place, theme_.redirects * 2);
        return shape;
    }

    Shape words()
    {
        Shape shape{.kind = Shape::words, .id = next_++};
        std::tie(shape.count, shape.length) = size();
        return shape;
    }

    Shape command(int depth, Place place)
    {
        Shape shape{.id = next_++};
        auto const outside = place;
        redirect(shape, place, theme_.redirects);
        bool const must = place.must_read;
        if (one_in(90) && !must && theme_.failures > 0) {
            shape.hangs = true;
            shape.unchecked = one_in(3);
            return shape;
        }
        auto const add = [&](Act const& act) { shape.acts.push_back(act); };
        if (one_in(theme_.errors))
            add(writing(one_in(3) ? 'i' : 'e'));
        if (one_in(3) && !place.is_fed)
            add(writing('o'));
        if (place.may_read && (must || place.is_fed || one_in(3))) {
            if (!must && one_in(theme_.early))
                add({.what = one_in(3) ? 'z' : 'h', .count = below(5)});
            else
                add({.what = "cccmmffsbd"[below(10)]});
        } else if (!place.is_fed)
            add(writing('o'));
        if (one_in(theme_.errors * 2))
            add(writing('e'));
        if (one_in(25))
            add(writing('g'));
        if (depth > 0 && one_in(theme_.substitutions))
            substitute(shape, outside, depth - 1);
        end(shape, place);
        return shape;
    }

    void substitute(Shape& shape, Place place, int depth)
    {
        for (std::size_t left = 1 + below(2); left > 0; --left) {
            auto inside = place;
            // The command holds the other end of the stdout or stdin of this
            // part.
            bool const reads = one_in(2);
            inside.feeds = reads;
            inside.is_fed = !reads;
            inside.must_read = !reads;
            inside.may_read = !reads;
            auto const which = shape.parts.size();
            shape.parts.push_back(expression(depth, inside));
            shape.reads.push_back(reads);
            Act act{.what = reads ? 'r' : 'w', .count = which};
            if (!reads)
                std::tie(act.lines, act.length) = size();
            if (!reads || !one_in(theme_.early))
                shape.acts.push_back(act);
        }
    }

    void end(Shape& shape, Place const&)
    {
        if (!one_in(theme_.failures))
            return;
        if (one_in(5)) {
            static constexpr int signals[] = {15, 9, 10, 13};
            shape.signal = signals[below(4)];
        } else if (one_in(8)) { // what is accepted without 0
            shape.accept = std::vector<int>{1 + int(below(5))};
            return;
        } else
            shape.code = one_in(10) ? 141 : 1 + int(below(5));
        if (one_in(4))
            shape.accept = std::vector<int>{0, 1 + int(below(5))};
        shape.unchecked = one_in(6);
    }

    Shape list(int depth, Place place)
    {
        Shape shape{.id = next_++};
        redirect(shape, place, theme_.redirects);
        auto inside = place;
        // Every part may redirect the streams that the list redirects.
        inside.feeds = inside.feeds_err = false;
        if (one_in(6)) {
            shape.kind = Shape::negation;
            // The ends of a negation are those of its part.
            inside.feeds = place.feeds;
            inside.feeds_err = place.feeds_err;
            if (std::ranges::any_of(shape.redirects, [](auto const& redirect) {
                    return redirect.fd == 0;
                }))
                inside.is_fed = true;
            shape.parts.push_back(expression(depth, inside));
            return shape;
        }
        static constexpr Shape::Kind kinds[] = {Shape::all_of, Shape::any_of,
                                                Shape::sequence};
        shape.kind = kinds[below(3)];
        for (std::size_t left = 2 + below(2); left > 0; --left) {
            auto part = inside;
            // Later parts read what the first one left, or their own stdin.
            part.must_read = inside.must_read && shape.parts.empty();
            shape.parts.push_back(expression(depth, part));
            // (a && b) && c is written as a list of three.
            if (shape.parts.size() == 1 && shape.parts[0].kind == shape.kind
                && shape.parts[0].redirects.empty())
                shape.parts[0] = command(0, part);
        }
        return shape;
    }

    Shape tee(int depth, Place place)
    {
        Shape shape{.kind = Shape::tee, .id = next_++};
        redirect(shape, place, theme_.redirects * 2);
        for (std::size_t left = one_in(3) ? 2 : 1; left > 0; --left) {
            if (!one_in(theme_.branches)) {
                auto copy = target(1);
                if (copy.what == Redirect::same)
                    copy.what = Redirect::capture;
                shape.copies.push_back(copy);
                continue;
            }
            Place branch;
            branch.is_fed = true;
            shape.parts.push_back(expression(depth, branch));
        }
        return shape;
    }

    Shape pipeline(int depth, Place place)
    {
        Shape shape{.kind = Shape::pipeline, .id = next_++};
        redirect(shape, place, theme_.redirects);
        std::size_t const count = 2 + below(2) + below(2);
        for (std::size_t i = 0; i < count; ++i) {
            bool const is_last = i + 1 == count;
            Place part;
            part.is_fed = i > 0 || place.is_fed;
            part.may_read = i > 0 || place.may_read;
            part.must_read = place.must_read;
            int const stream = !is_last && one_in(8) ? 2 : 1;
            part.feeds = !is_last ? stream == 1 : place.feeds;
            part.feeds_err = !is_last && stream == 2;
            if (i == 0 && !part.is_fed && one_in(theme_.in_process * 2)) {
                shape.parts.push_back(words());
                shape.piped.push_back(1);
                continue;
            }
            if (i > 0 && depth > 0 && one_in(theme_.tees))
                shape.parts.push_back(tee(depth - 1, part));
            else
                shape.parts.push_back(one_in(2) ? simple(depth, part)
                                                : expression(depth, part));
            if (!is_last)
                shape.piped.push_back(stream);
        }
        return shape;
    }

    /// A command that writes to both streams, and in-process stages behind it,
    /// all of them into one pipe.
    Shape sharing()
    {
        Shape whole{.kind = Shape::pipeline, .id = next_++};
        Shape noisy{.id = next_++};
        noisy.acts.push_back({.what = 'i',
                              .count = 200 + below(4000),
                              .length = 100 + below(400)});
        whole.parts.push_back(noisy);
        for (std::size_t left = 1 + below(2); left > 0; --left) {
            Shape next{.id = next_++};
            switch (below(4)) {
            case 0: next.kind = Shape::map; break;
            case 1:
                next.kind = Shape::tee;
                next.parts.push_back({.id = next_++, .acts = {{.what = 'c'}}});
                break;
            default:
                next.kind = Shape::tee;
                next.copies.push_back(
                    {.what = one_in(2) ? Redirect::null : Redirect::file,
                     .id = next_++});
                break;
            }
            whole.parts.push_back(next);
            whole.piped.push_back(1);
        }
        whole.redirects.push_back(
            {.what = one_in(3) ? Redirect::string : Redirect::capture,
             .both = true,
             .id = next_++});
        if (one_in(2))
            return whole;
        // Puts the pipeline after a writer that is not waited for.
        whole.redirects = {{.fd = 2, .what = Redirect::same}};
        Shape late{.id = next_++};
        late.acts.push_back(
            {.what = 'g', .count = 200 + below(4000), .length = 300});
        return {.kind = Shape::sequence,
                .id = next_++,
                .parts = {late, whole},
                .redirects = {{.what = Redirect::capture, .id = next_++}}};
    }

    // --- how it is run --------------------------------------------------------

    static bool is_open(Shape const& shape, int fd)
    {
        for (auto const& redirect : shape.redirects)
            if (redirect.fd == fd || (redirect.both && fd == 2))
                return false;
        if (shape.kind == Shape::words && fd == 0)
            return false;
        if (shape.kind == Shape::pipeline && fd < 2)
            return is_open(fd == 0 ? shape.parts.front() : shape.parts.back(),
                           fd);
        if (shape.kind == Shape::negation)
            return is_open(shape.parts.front(), fd);
        return true;
    }

    /// True if no stderr in the shape is connected.
    static bool has_free_stderr(Shape const& shape)
    {
        return is_open(shape, 2)
            && std::ranges::find(shape.piped, 2) == shape.piped.end()
            && std::ranges::all_of(shape.parts, has_free_stderr);
    }

    /// True if a part that is not a command has `out_to_err` or `err_to_out`.
    static bool asks_for_stderr(Shape const& shape)
    {
        auto const is_same = [](Redirect const& redirect) {
            return redirect.what == Redirect::same;
        };
        return (shape.kind != Shape::command
                && std::ranges::any_of(shape.redirects, is_same))
            || std::ranges::any_of(shape.parts, asks_for_stderr);
    }

    Options options(Shape const& shape)
    {
        Options made;
        bool const out = is_open(shape, 1);
        switch (below(10)) {
        case 0:
        case 1: made.verb = Options::start_and_wait; break;
        case 2: made.verb = Options::start_and_step; break;
        case 3: made.verb = Options::check; break;
        case 4:
        case 5: made.verb = out ? Options::read : Options::run; break;
        case 6:
            made.verb = out && shape.kind != Shape::negation ? Options::lines
                                                             : Options::run;
            break;
        default: break;
        }
        if (made.verb != Options::lines && made.verb != Options::read)
            made.capture_output = out && has_free_stderr(shape)
                               && !asks_for_stderr(shape) && one_in(2);
        if (made.verb != Options::lines && is_open(shape, 0) && one_in(3))
            made.input = size().first;
        if (made.verb != Options::lines && one_in(6)) {
            made.excess = Options::Excess(1 + below(4));
            made.limit = below(one_in(2) ? 100 : 30000);
        }
        if (theme_.tiny_timeouts)
            made.timeout_ms = 1 + int(below(40));
        return made;
    }

    std::mt19937_64 random_;
    Theme theme_;
    std::size_t budget_ = 0;
    int next_ = 1;
};

} // namespace runnel::test::model

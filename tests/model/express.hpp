// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Builds the expression of a shape.
#pragma once

#include "model/oracle.hpp"
#include "support/children.hpp"
#include "support/files.hpp"

#include <runnel/runnel.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::test::model {

/// A function for `stage` that puts `prefix` in front of each line.
struct Prefixed {
    std::string prefix;

    auto operator()(LineRange lines) const
    {
        return std::move(lines)
             | std::views::transform([prefix = prefix](std::string_view line) {
                   return prefix + std::string(line);
               });
    }
};

/// A function for `stage` that reads all lines before it gives one.
struct Summed {
    std::string name;

    std::vector<std::string> operator()(LineRange lines) const
    {
        Summary sum;
        for (std::string_view line : lines)
            sum.add(line);
        auto line = sum.line(name);
        line.pop_back();
        return {line};
    }
};

/// Builds expressions, and keeps what they refer to.
class Expressions {
public:
    explicit Expressions(std::string directory)
        : directory_(std::move(directory))
    {
    }

    std::string file(int id) const
    {
        return directory_ + "/f" + std::to_string(id);
    }
    std::string log() const { return directory_ + "/log"; }
    std::string const& string(int id) const { return strings_.at(id); }

    Pipeline of(Shape const& shape)
    {
        return with_redirects(bare(shape), shape.redirects);
    }

private:
    Pipeline bare(Shape const& shape)
    {
        switch (shape.kind) {
        case Shape::command: return command(shape);
        case Shape::words: return words(shape) | first(1'000'000'000);
        case Shape::map: return stage(Prefixed{shape.name()});
        case Shape::filter:
            return stage(std::views::filter(
                [](std::string_view line) { return is_kept(line); }));
        case Shape::sum: return stage(Summed{shape.name()});
        case Shape::first: return first(std::ptrdiff_t(shape.count));
        case Shape::tee: return copies(shape);
        case Shape::pipeline: return pipeline(shape, 0);
        case Shape::negation: return !of(shape.parts.front());
        default: return list(shape);
        }
    }

    std::vector<std::string>& words(Shape const& shape)
    {
        auto& all = words_[shape.id];
        all.clear();
        for (std::size_t i = 0; i < shape.count; ++i) {
            std::string line;
            append_line(line, shape.name(), i, shape.length);
            line.pop_back();
            all.push_back(line);
        }
        return all;
    }

    static std::vector<std::string> acts(Shape const& shape)
    {
        std::vector<std::string> all{shape.name()};
        auto const add = [&](std::size_t number) {
            all.push_back(std::to_string(number));
        };
        for (auto const& act : shape.acts) {
            all.emplace_back(1, act.what);
            switch (act.what) {
            case 'm': all.push_back(shape.name()); break;
            case 'h':
            case 'r': add(act.count); break;
            case 'w':
                add(act.count);
                add(act.lines);
                add(act.length);
                break;
            case 'o':
            case 'e':
            case 'i':
            case 'g':
                add(act.count);
                add(act.length);
                break;
            default: break;
            }
        }
        if (shape.hangs)
            all.emplace_back("t");
        else if (shape.signal != 0)
            all.insert(all.end(), {"k", std::to_string(shape.signal)});
        else
            all.insert(all.end(), {"x", std::to_string(shape.code)});
        return all;
    }

    Pipeline command(Shape const& shape)
    {
        using namespace std::chrono_literals;
        std::vector<ProcessSubstitution> words;
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            auto const part = of(shape.parts[i]);
            words.push_back(shape.reads[i] ? from(part) : into(part));
        }
        auto const program = child("model_child");
        auto const count = words.size();
        auto e = count == 0 ? cmd(program, count, acts(shape))
               : count == 1
                   ? cmd(program, count, words[0], acts(shape))
                   : cmd(program, count, words[0], words[1], acts(shape));
        if (shape.accept)
            e = e.accept(*shape.accept);
        if (shape.unchecked)
            e = e.unchecked();
        if (shape.hangs)
            e = e.timeout(60ms);
        return e;
    }

    Pipeline list(Shape const& shape)
    {
        auto e = of(shape.parts.front());
        for (std::size_t i = 1; i < shape.parts.size(); ++i) {
            auto const next = of(shape.parts[i]);
            if (shape.kind == Shape::all_of)
                e = e && next;
            else if (shape.kind == Shape::any_of)
                e = e || next;
            else
                e = seq(e, next);
        }
        return e;
    }

    // `stderr_of` takes the stderr of everything on its left, so the parts
    // after it are put together first.
    Pipeline pipeline(Shape const& shape, std::size_t begin)
    {
        auto const& parts = shape.parts;
        auto const has_err_pipe = [&](std::size_t i) {
            return i < shape.piped.size() && shape.piped[i] == 2;
        };
        auto const next_of = [&](std::size_t i) {
            return has_err_pipe(i) ? pipeline(shape, i) : of(parts[i]);
        };
        if (begin + 1 == parts.size())
            return of(parts[begin]);
        auto i = begin + 1;
        auto const first = next_of(i);
        auto e = parts[begin].kind == Shape::words
                   ? Pipeline(words(parts[begin]) | first)
               : has_err_pipe(begin)
                   ? Pipeline(stderr_of(of(parts[begin])) | first)
                   : Pipeline(of(parts[begin]) | first);
        while (!has_err_pipe(i) && i + 1 < parts.size()) {
            ++i;
            e = e | next_of(i);
        }
        return e;
    }

    Pipeline copies(Shape const& shape)
    {
        // A tee takes its targets as arguments: at most two of them here.
        auto const with = [&](auto const& first_target) -> Pipeline {
            if (shape.copies.size() == 2)
                return with_copy(shape.copies[1], [&](auto const& second) {
                    return Pipeline(tee(first_target, second));
                });
            if (!shape.parts.empty())
                return tee(first_target, of(shape.parts[0]));
            return tee(first_target);
        };
        if (!shape.copies.empty())
            return with_copy(shape.copies[0], with);
        auto const branch = of(shape.parts[0]);
        return shape.parts.size() == 2 ? tee(branch, of(shape.parts[1]))
                                       : tee(branch);
    }

    template <class F>
    Pipeline with_copy(Redirect const& copy, F use)
    {
        switch (copy.what) {
        case Redirect::null: return use(devnull);
        case Redirect::file: return use(Stdio(file(copy.id)));
        case Redirect::append: return use(append(log()));
        case Redirect::string: return use(to(fresh(copy.id)));
        default: return use(capture);
        }
    }

    std::string& fresh(int id)
    {
        auto& string = strings_[id];
        string = "untouched";
        return string;
    }

    Pipeline with_redirects(Pipeline e, std::vector<Redirect> const& all)
    {
        for (auto const& redirect : all)
            e = with_redirect(e, redirect);
        return e;
    }

    Pipeline with_redirect(Pipeline const& e, Redirect const& redirect)
    {
        if (redirect.fd == 0)
            return with_source(e, redirect);
        auto const lead = [&](auto const& target) -> Pipeline {
            if (redirect.both)
                return e > both(target);
            return redirect.fd == 1 ? Pipeline(e > target)
                                    : Pipeline(e > err(target));
        };
        switch (redirect.what) {
        case Redirect::null: return lead(devnull);
        case Redirect::file: return lead(Stdio(file(redirect.id)));
        case Redirect::append: return lead(append(log()));
        case Redirect::capture: return lead(capture);
        case Redirect::string: return lead(to(fresh(redirect.id)));
        default:
            return redirect.fd == 1 ? Pipeline(e > out_to_err)
                                    : Pipeline(e > err_to_out);
        }
    }

    Pipeline with_source(Pipeline const& e, Redirect const& redirect)
    {
        if (redirect.what == Redirect::null)
            return e < devnull;
        if (redirect.what == Redirect::text)
            return e < text(Oracle::given_text(redirect.id));
        auto const name = file(redirect.id);
        write_file(name, Oracle::file_text(redirect.id));
        return e < name;
    }

    std::string directory_;
    std::map<int, std::string> strings_;
    std::map<int, std::vector<std::string>> words_;
};

} // namespace runnel::test::model

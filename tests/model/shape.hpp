// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The shape of an expression as plain data. The oracle reads it, the expression
// is built from it, and the shrinker changes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace runnel::test::model {

/// One act of a command; the letters are those of the child model_child.
struct Act {
    char what = 'o';
    std::size_t count = 0; ///< lines; of r and w, which substitution
    std::size_t length = 0; ///< bytes of a line
    std::size_t lines = 0; ///< of w
};

/// Where a stream of a command or a group goes, or where stdin comes from.
struct Redirect {
    enum What {
        null,
        file, ///< written, or read from
        append, ///< the one file that several writers append to
        capture,
        string, ///< `to(s)`
        same, ///< `err_to_out` or `out_to_err`
        text, ///< of stdin
    };
    int fd = 1;
    What what = null;
    bool both = false; ///< stdout and stderr
    int id = 0; ///< names the file, the string or the text
};

struct Shape {
    enum Kind {
        command,
        // In-process stages:
        words, ///< a range on the left
        map,
        filter,
        sum, ///< reads all, then gives one line
        first,
        tee,
        // Groups:
        pipeline,
        all_of,
        any_of,
        sequence,
        negation,
    };

    Kind kind = command;
    int id = 0; ///< unique in the expression

    /// Of a pipeline or list; the substitutions of a command; the branches of
    /// a tee.
    std::vector<Shape> parts{};
    std::vector<int> piped{}; ///< of a pipeline: 1 or 2 for each pipe
    std::vector<bool> reads{}; ///< of a command: from(...), else into(...)
    std::vector<Redirect> copies{}; ///< of a tee; all have fd 1
    std::vector<Redirect> redirects{};

    // Of a command:
    std::vector<Act> acts{};
    int code = 0; ///< its exit code
    int signal = 0; ///< or the signal that ends it
    bool hangs = false; ///< or its own time limit ends it
    std::optional<std::vector<int>> accept{};
    bool unchecked = false;

    // Of in-process stages:
    std::size_t count = 0; ///< lines of first or words
    std::size_t length = 0; ///< of the lines of words

    bool is_list() const
    {
        return kind == all_of || kind == any_of || kind == sequence
            || kind == negation;
    }

    bool is_in_process() const { return kind >= words && kind <= first; }

    /// How many commands there are in the shape.
    std::size_t size() const
    {
        std::size_t all = kind == command;
        for (auto const& part : parts)
            all += part.size();
        return all;
    }

    std::string name() const { return 'c' + std::to_string(id) + '-'; }
};

/// How the expression is run.
struct Options {
    enum Verb { run, check, read, start_and_wait, start_and_step, lines };
    enum Excess { none, keep_head, keep_tail, spill, fail };

    Verb verb = run;
    bool capture_output = false;
    std::optional<std::size_t> input{}; ///< lines of it
    Excess excess = none;
    std::size_t limit = 0;
    int timeout_ms = 20000;
};

struct Sample {
    Shape shape;
    Options options;
};

/// Changes a shape to match the written expression: since `|` is associative,
/// parts that are plain pipelines are not groups. In front of a pipe of stderr
/// they are.
inline void flatten(Shape& shape)
{
    for (auto& part : shape.parts)
        flatten(part);
    if (shape.kind != Shape::pipeline)
        return;
    Shape flat = shape;
    flat.parts.clear();
    flat.piped.clear();
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
        auto const& part = shape.parts[i];
        bool const is_plain =
            part.kind == Shape::pipeline && part.redirects.empty();
        bool const feeds_err = i < shape.piped.size() && shape.piped[i] == 2;
        // `stderr_of(a | (b | c))` is a group of [a, b, c].
        if (is_plain && !feeds_err) {
            flat.parts.insert(flat.parts.end(), part.parts.begin(),
                              part.parts.end());
            flat.piped.insert(flat.piped.end(), part.piped.begin(),
                              part.piped.end());
        } else
            flat.parts.push_back(part);
        if (i < shape.piped.size())
            flat.piped.push_back(shape.piped[i]);
    }
    shape = std::move(flat);
}

} // namespace runnel::test::model

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The rows of the table: what an expression can be made of, and what a shell
// writes for it.
#pragma once

#include "crossed/contexts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::test::crossed {

/// How a shell reads the text of a source.
enum class Form {
    command, ///< simple: a redirection behind it is its own
    pipeline,
    group,
};

struct Source {
    std::string_view name;
    Form form;
    /// For bash; descriptor 9 is stdout of the whole pipeline.
    std::string_view shell;

    /// The last command that writes to its stdout is in the result. False: it
    /// is C++, or there is no last one.
    bool ends_in_command = true;

    /// What comes out of its stderr is that of one command.
    bool has_one_talker = true;

    /// True if its stdin is open.
    bool is_open = true;

    /// More than one process writes to its stdout, one after the other.
    bool has_many_writers = false;

    /// Two processes write at once: the order of lines is free.
    bool is_free = false;

    /// What `RunOptions::input` brings.
    bool has_input = false;

    /// A command of it has a stderr that is connected.
    bool hides_err = false;

    /// The source is `!e` itself, which no `|` may follow without parentheses.
    bool is_negated = false;

    /// It is no expression: what is on the left of `|` only.
    bool is_range = false;
};

inline constexpr std::string_view words[] = {"one", "tw\xe9o"};
inline constexpr std::string_view text_words[] = {"one", "tw\xc3\xa9o"};
inline constexpr std::string_view input_bytes = "in\nput \xe9\n";
inline constexpr std::string_view file_bytes{"fi\0le \xff\r\nlast", 13};

inline Command voice(std::string_view name, int code = 0)
{
    return cmd("voice", name, code);
}

/// Calls `visit(Source, e, in_text)` for each source. `in_text`: what gives the
/// same bytes in text mode, since the words and texts of C++ are UTF-8 there.
template <class Visit>
void for_each_source(Visit visit_both)
{
    // Expressions borrow them.
    static auto const range =
        std::vector<std::string>(std::begin(words), std::end(words));
    static auto const text_range =
        std::vector<std::string>(std::begin(text_words), std::end(text_words));
    auto const visit = [&](Source const& source, auto const& e) {
        visit_both(source, e, e);
    };
    auto const a = voice("a");
    auto const b = voice("b");
    visit(Source{"command", Form::command, "voice a 0"}, a);
    visit(Source{"shell script", Form::command, "sh -c 'voice a 0'"},
          sh("voice a 0"));
    visit_both(Source{.name = "range",
                      .form = Form::pipeline,
                      .shell = "printf '%s\\n' one $'tw\\xe9o'",
                      .ends_in_command = false,
                      .has_one_talker = false,
                      .is_open = false,
                      .is_range = true},
               range, text_range);
    visit_both(Source{.name = "range into a command",
                      .form = Form::pipeline,
                      .shell = "printf '%s\\n' one $'tw\\xe9o' | voice a 0",
                      .is_open = false},
               range | a, text_range | a);
    visit_both(Source{.name = "text",
                      .form = Form::command,
                      .shell = "voice a 0 < <(printf 'te\\r\\nxt \\xe9\\n')",
                      .is_open = false},
               a < text("te\r\nxt \xe9\n"), a < text("te\r\nxt \xc3\xa9\n"));
    visit(Source{.name = "file",
                 .form = Form::command,
                 .shell = "voice a 0 < ../in",
                 .is_open = false},
          a < "../in");
    visit(Source{.name = "input",
                 .form = Form::command,
                 .shell = "voice a 0",
                 .has_input = true},
          a);
    visit(Source{.name = "in-process stage",
                 .form = Form::pipeline,
                 .shell = "voice a 0 | sed s/^/S:/",
                 .ends_in_command = false},
          a | marks());
    visit_both(Source{.name = "words of in-process code",
                      .form = Form::pipeline,
                      .shell = "printf '%s\\n' one $'tw\\xe9o' | sed s/^/S:/",
                      .ends_in_command = false,
                      .has_one_talker = false,
                      .is_open = false},
               range | marks(), text_range | marks());
    visit(Source{.name = "first lines",
                 .form = Form::pipeline,
                 .shell = "voice a 0 | head -n 1",
                 .ends_in_command = false},
          a | first(1));
    visit(Source{"pipeline", Form::pipeline, "voice a 0 | voice b 0"}, a | b);
    visit(Source{.name = "group with a redirection inside",
                 .form = Form::pipeline,
                 .shell = "voice a 0 2>&1 | voice b 0",
                 .hides_err = true},
          grouped((a > err_to_out) | b));
    visit(Source{.name = "pipe of stderr",
                 .form = Form::pipeline,
                 .shell = "voice a 0 2>&1 >&9 | voice b 0",
                 .has_many_writers = true},
          stderr_of(a) | b);
    visit(Source{.name = "&&",
                 .form = Form::group,
                 .shell = "voice a 0 && voice b 0",
                 .has_many_writers = true},
          a && b);
    visit(Source{.name = "||",
                 .form = Form::group,
                 .shell = "voice a 3 || voice b 0",
                 .has_many_writers = true},
          voice("a", 3) || b);
    visit(Source{.name = "seq",
                 .form = Form::group,
                 .shell = "voice a 0; voice b 0",
                 .has_many_writers = true},
          seq(a, b));
    visit(Source{.name = "together",
                 .form = Form::group,
                 .shell = "voice a 0 <&0 & voice b 0 < /dev/null & wait",
                 .has_many_writers = true,
                 .is_free = true},
          together(a, b < devnull));
    visit(Source{.name = "!",
                 .form = Form::group,
                 .shell = "! voice a 3",
                 .is_negated = true},
          !voice("a", 3));
    visit(Source{.name = "list in a pipeline",
                 .form = Form::pipeline,
                 .shell = "{ voice a 0 && voice b 0; } | voice c 0"},
          (a && b) | voice("c"));
    visit(Source{"from", Form::command, "voice b 0 '<' <(voice a 0)"},
          cmd("voice", "b", 0, "<", from(a)));
    visit(Source{.name = "into",
                 .form = Form::command,
                 .shell = "voice a 0 '>' >(voice b 0)",
                 .has_many_writers = true,
                 .is_free = true},
          cmd("voice", "a", 0, ">", into(b)));
    visit(Source{.name = "tee",
                 .form = Form::pipeline,
                 .shell = "voice a 0 | tee >(voice b 0 >&9) | voice c 0",
                 .has_many_writers = true,
                 .is_free = true},
          a | tee(b) | voice("c"));
    visit(Source{"Pipeline", Form::command, "voice a 0"}, Pipeline(a));
}

} // namespace runnel::test::crossed

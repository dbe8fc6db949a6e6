// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The columns of the table: everything that can be written around an
// expression, and what a shell writes for it.
#pragma once

#include <runnel/runnel.hpp>

#include <ranges>
#include <string>
#include <string_view>

namespace runnel::test::crossed {

/// The string that `to(kept)` fills.
inline std::string kept;

/// What an in-process stage of the table does to a line: `sed s/^/S:/`.
inline std::string marked(std::string_view line)
{
    return "S:" + std::string(line);
}

inline auto marks()
{
    return stage(std::views::transform(marked));
}

/// An in-process stage that passes bytes on: `cat`.
inline auto passes_chunks()
{
    return stage(std::views::transform([](Chunk bytes) { return bytes; }),
                 chunks(7));
}

/// The command that contexts add. It shows what it has read.
inline Command z()
{
    return cmd("voice", "z", 0);
}

inline Command t()
{
    return cmd("voice", "t", 0);
}

// clang does not take a deleted function among the arguments of `cmd` for a
// substitution failure.
template <class E>
    requires requires(E const& e) { from(e); }
Command z_from(E const& e)
{
    return cmd("voice", "z", 0, "<", from(e));
}

template <class E>
    requires requires(E const& e) { into(e); }
Command z_into(E const& e)
{
    return cmd("voice", "z", 0, ">", into(e));
}

struct Context {
    std::string_view name;

    /// For bash; `%` is the expression. `@` is the same if its pipeline goes on:
    /// what does not feed the next stage of a pipeline goes to stdout of the
    /// longer pipeline, which is descriptor 9. Where runnel captures, bash writes to a
    /// file: `cap1` and `cap2` in the order of `CompletedProcess::captures`,
    /// `string` for `to(kept)`, `hand1` and `hand2` for `Stdio::pipe`.
    std::string_view shell;

    /// Which ends of the expression it connects, of "ioe" for stdin, stdout and
    /// stderr. If one of them is not open, it is refused.
    std::string_view takes = "";

    /// Which of stdout and stderr, "oe", are open behind it.
    std::string_view leaves = "oe";

    /// The places that are `out` and `err` of the result; "" if none is.
    std::string_view out = "";
    std::string_view err = "";

    /// The stream that a tee copies for that belongs to no command if C++ wrote
    /// it. Then it is in `captures` only.
    bool by_tee = false;

    /// Two write to one place at once: the order of lines is free.
    bool is_free = false;

    /// A redirection inside it connects stderr of a command, so that
    /// `capture_output` is refused.
    bool hides_err = false;

    /// What it connects to the stdout of this process, so that `tagged` does
    /// not read it.
    bool is_inherited = false;

    /// Types do not tell which ends are open; the operators look when they are
    /// called.
    bool is_untyped = false;
};

/// Calls `visit(Context, form)` for each context. `form(e)` writes `e` in that
/// context; it takes part in overload resolution only if that compiles.
template <class Visit>
void for_each_context(Visit visit)
{
#define RUNNEL_FORM(...)                                                       \
    [](auto const& e) -> decltype(__VA_ARGS__) { return __VA_ARGS__; }
    // --- stdout ---
    visit(Context{"e", "%"}, RUNNEL_FORM(e));
    visit(Context{"e > \"f\"", "% > f", "o", "e"}, RUNNEL_FORM(e > "f"));
    visit(Context{"e >> \"f\"", "% >> f", "o", "e"}, RUNNEL_FORM(e >> "f"));
    visit(Context{"e > devnull", "% > /dev/null", "o", "e"},
          RUNNEL_FORM(e > devnull));
    visit(Context{"e > Stdio(7)", "% >&7", "o", "e"},
          RUNNEL_FORM(e > Stdio(7)));
    visit(Context{.name = "e > Stdio::inherit",
                  .shell = "%",
                  .takes = "o",
                  .leaves = "e",
                  .is_inherited = true},
          RUNNEL_FORM(e > Stdio(Stdio::inherit)));
    visit(Context{"e > capture", "% > cap1", "o", "e", "cap1"},
          RUNNEL_FORM(e > capture));
    visit(Context{"e | capture", "% > cap1", "o", "e", "cap1"},
          RUNNEL_FORM(e | capture));
    visit(Context{"e > to(kept)", "% > string", "o", "e"},
          RUNNEL_FORM(e > to(kept)));
    visit(Context{"e | to(kept)", "% > string", "o", "e"},
          RUNNEL_FORM(e | to(kept)));
    visit(Context{"e > Stdio::pipe", "% > hand1", "o", "e"},
          RUNNEL_FORM(e > Stdio(Stdio::pipe)));
    visit(Context{"e > out_to_err", "% >&2", "o", "e"},
          RUNNEL_FORM(e > out_to_err));
    visit(Context{"e > fd(2)", "% >&2", "o", "e"}, RUNNEL_FORM(e > fd(2)));
    // --- stderr ---
    visit(Context{"e > err(\"f\")", "% 2> f", "e", "o"},
          RUNNEL_FORM(e > err("f")));
    visit(Context{"e > err(append(\"f\"))", "% 2>> f", "e", "o"},
          RUNNEL_FORM(e > err(append("f"))));
    visit(Context{"e > err(devnull)", "% 2> /dev/null", "e", "o"},
          RUNNEL_FORM(e > err(devnull)));
    visit(Context{"e > err(Stdio(7))", "% 2>&7", "e", "o"},
          RUNNEL_FORM(e > err(Stdio(7))));
    visit(Context{"e > err(capture)", "% 2> cap1", "e", "o", "", "cap1"},
          RUNNEL_FORM(e > err(capture)));
    visit(Context{"e > err(to(kept))", "% 2> string", "e", "o"},
          RUNNEL_FORM(e > err(to(kept))));
    visit(Context{"e > err(Stdio::pipe)", "% 2> hand2", "e", "o"},
          RUNNEL_FORM(e > err(Stdio(Stdio::pipe))));
    visit(Context{"e > err_to_out", "% 2>&1", "e", "o"},
          RUNNEL_FORM(e > err_to_out));
    visit(Context{"stderr_of(e) | capture", "% 2> cap1", "e", "o", "", "cap1"},
          RUNNEL_FORM(stderr_of(e) | capture));
    visit(Context{"stderr_of(e) | to(kept)", "% 2> string", "e", "o"},
          RUNNEL_FORM(stderr_of(e) | to(kept)));
    // --- both ---
    visit(Context{"e > both(\"f\")", "% &> f", "oe", ""},
          RUNNEL_FORM(e > both("f")));
    visit(Context{"e > both(append(\"f\"))", "% &>> f", "oe", ""},
          RUNNEL_FORM(e > both(append("f"))));
    visit(Context{"e > both(devnull)", "% &> /dev/null", "oe", ""},
          RUNNEL_FORM(e > both(devnull)));
    visit(Context{"e > both(Stdio(7))", "% >&7 2>&1", "oe", ""},
          RUNNEL_FORM(e > both(Stdio(7))));
    visit(Context{"e > both(capture)", "% &> cap1", "oe", "", "cap1"},
          RUNNEL_FORM(e > both(capture)));
    visit(Context{"e > both(to(kept))", "% &> string", "oe", ""},
          RUNNEL_FORM(e > both(to(kept))));
    visit(Context{"e > both(Stdio::pipe)", "% &> hand1", "oe", ""},
          RUNNEL_FORM(e > both(Stdio(Stdio::pipe))));
    visit(Context{"e > \"f\" > err_to_out", "% > f 2>&1", "oe", ""},
          RUNNEL_FORM((e > "f") > err_to_out));
    visit(Context{"e > err_to_out > \"f\"", "% 2>&1 > f", "oe", ""},
          RUNNEL_FORM((e > err_to_out) > "f"));
    visit(Context{"e > \"f\" > err(capture)", "% > f 2> cap1", "oe", "", "",
                  "cap1"},
          RUNNEL_FORM((e > "f") > err(capture)));
    visit(
        Context{"e > capture > err(\"f\")", "% > cap1 2> f", "oe", "", "cap1"},
        RUNNEL_FORM((e > capture) > err("f")));
    visit(Context{"e > capture > err(capture)", "% > cap1 2> cap2", "oe", "",
                  "cap1", "cap2"},
          RUNNEL_FORM((e > capture) > err(capture)));
    visit(Context{"e > to(kept) > err(capture)", "% > string 2> cap1", "oe", "",
                  "", "cap1"},
          RUNNEL_FORM((e > to(kept)) > err(capture)));
    visit(
        Context{"e > capture > err_to_out", "% > cap1 2>&1", "oe", "", "cap1"},
        RUNNEL_FORM((e > capture) > err_to_out));
    visit(Context{.name = "e > err_to_out > capture",
                  .shell = "% > cap1 2>&1",
                  .takes = "oe",
                  .leaves = "",
                  .out = "cap1"},
          RUNNEL_FORM((e > err_to_out) > capture));
    visit(Context{"e > err(capture) > out_to_err", "% 2> cap1 >&2", "oe", "",
                  "", "cap1"},
          RUNNEL_FORM((e > err(capture)) > out_to_err));
    visit(Context{.name = "e > out_to_err > err(capture)",
                  .shell = "% 2> cap1 >&2",
                  .takes = "oe",
                  .leaves = "",
                  .err = "cap1"},
          RUNNEL_FORM((e > out_to_err) > err(capture)));
    visit(Context{.name = "e with 3>&1 1>&2 2>&3",
                  .shell = "% 3>&1 1>&2 2>&3",
                  .takes = "oe",
                  .leaves = "",
                  .is_untyped = true},
          RUNNEL_FORM(((e > fd(3, fd(1))) > fd(1, fd(2))) > fd(2, fd(3))));
    // --- tees ---
    visit(Context{"e | tee(\"f\")", "{ @ | tee f; } 9>&1", "o"},
          RUNNEL_FORM(e | tee("f")));
    visit(Context{"e | tee(append(\"f\"))", "{ @ | tee -a f; } 9>&1", "o"},
          RUNNEL_FORM(e | tee(append("f"))));
    visit(Context{"e | tee(Stdio(7))", "{ @ | tee /dev/fd/7; } 9>&1", "o"},
          RUNNEL_FORM(e | tee(Stdio(7))));
    visit(Context{"e | tee(devnull)", "{ @ | tee /dev/null; } 9>&1", "o"},
          RUNNEL_FORM(e | tee(devnull)));
    visit(Context{.name = "e | tee(capture)",
                  .shell = "{ @ | tee cap1; } 9>&1",
                  .takes = "o",
                  .out = "cap1",
                  .by_tee = true},
          RUNNEL_FORM(e | tee(capture)));
    visit(Context{"e | tee(to(kept))", "{ @ | tee string; } 9>&1", "o"},
          RUNNEL_FORM(e | tee(to(kept))));
    visit(Context{"e | tee(t > \"f\")", "{ @ | tee >(voice t 0 > f); } 9>&1",
                  "o"},
          RUNNEL_FORM(e | tee(t() > "f")));
    visit(Context{"e | tee(t | capture)",
                  "{ @ | tee >(voice t 0 > cap1); } 9>&1", "o"},
          RUNNEL_FORM(e | tee(t() > capture)));
    visit(Context{.name = "e | tee(t > err(capture))",
                  .shell = "{ @ | tee >(voice t 0 2> cap1 >&9); } 9>&1",
                  .takes = "o",
                  .is_free = true,
                  .hides_err = true},
          RUNNEL_FORM(e | tee(t() > err(capture))));
    visit(Context{.name = "e | tee(t)",
                  .shell = "{ @ | tee >(voice t 0 >&9); } 9>&1",
                  .takes = "o",
                  .is_free = true},
          RUNNEL_FORM(e | tee(t())));
    visit(Context{.name = "e | tee(capture) > capture",
                  .shell = "{ { @ | tee cap1; } 9>&1; } > cap2",
                  .takes = "o",
                  .leaves = "e",
                  .out = "cap2"},
          RUNNEL_FORM((e | tee(capture)) > capture));
    visit(Context{.name = "e | tee(capture) > \"f\"",
                  .shell = "{ { @ | tee cap1; } 9>&1; } > f",
                  .takes = "o",
                  .leaves = "e",
                  .out = "cap1",
                  .by_tee = true},
          RUNNEL_FORM((e | tee(capture)) > "f"));
    visit(Context{.name = "e | tee(capture) | z",
                  .shell = "{ @ | tee cap1 | voice z 0; } 9>&1",
                  .takes = "o",
                  .out = "cap1",
                  .by_tee = true},
          RUNNEL_FORM(e | tee(capture) | z()));
    visit(Context{"e | tee(capture) | z | capture",
                  "{ { @ | tee cap1 | voice z 0; } 9>&1; } > cap2", "o", "e",
                  "cap2"},
          RUNNEL_FORM((e | tee(capture) | z()) > capture));
    visit(Context{.name = "stderr_of(e > \"f\") | tee(capture)",
                  .shell = "{ { % > f; } 2>&1 >&9 | tee cap1; } 9>&1",
                  .takes = "oe",
                  .err = "cap1",
                  .by_tee = true},
          RUNNEL_FORM(stderr_of(e > "f") | tee(capture)));
    visit(Context{.name = "e > err(tee(\"f\"))",
                  .shell = "{ { %; } 2>&1 >&9 | tee f >&2; } 9>&1",
                  .takes = "e"},
          RUNNEL_FORM(e > err(tee("f"))));
    visit(Context{.name = "(e > err(tee(\"f\"))) | z",
                  .shell =
                      "{ { { %; } 2>&1 >&9 | tee f >&2; } 9>&1; } | voice z 0",
                  .takes = "oe",
                  .is_free = true},
          RUNNEL_FORM((e > err(tee("f"))) | z()));
    // --- what follows in a pipeline ---
    visit(Context{"e | z", "{ @ | voice z 0; } 9>&1", "o"},
          RUNNEL_FORM(e | z()));
    visit(Context{.name = "e > err_to_out | z",
                  .shell = "% 2>&1 | voice z 0",
                  .takes = "oe",
                  .hides_err = true},
          RUNNEL_FORM((e > err_to_out) | z()));
    visit(Context{"e | (z > \"f\")", "{ @ | voice z 0 > f; } 9>&1", "o", "e"},
          RUNNEL_FORM(e | (z() > "f")));
    visit(Context{"e | (z > capture)", "{ @ | voice z 0 > cap1; } 9>&1", "o",
                  "e", "cap1"},
          RUNNEL_FORM(e | (z() > capture)));
    visit(Context{.name = "e | (z > err(capture))",
                  .shell = "{ @ | voice z 0 2> cap1; } 9>&1",
                  .takes = "o",
                  .err = "cap1",
                  .hides_err = true},
          RUNNEL_FORM(e | (z() > err(capture))));
    visit(Context{.name = "(e > err(capture)) | z",
                  .shell = "% 2> cap1 | voice z 0",
                  .takes = "oe",
                  .err = "cap1",
                  .hides_err = true},
          RUNNEL_FORM((e > err(capture)) | z()));
    visit(Context{"e | stage(f)", "{ @ | sed s/^/S:/; } 9>&1", "o"},
          RUNNEL_FORM(e | marks()));
    visit(Context{"e | stage(f) | z", "{ @ | sed s/^/S:/ | voice z 0; } 9>&1",
                  "o"},
          RUNNEL_FORM(e | marks() | z()));
    visit(Context{"e | stage(g, chunks(7))", "{ @ | cat; } 9>&1", "o"},
          RUNNEL_FORM(e | passes_chunks()));
    visit(Context{"e | first(1)", "{ @ | head -n 1; } 9>&1", "o"},
          RUNNEL_FORM(e | first(1)));
    visit(Context{"stderr_of(e) | z", "{ { %; } 2>&1 >&9 | voice z 0; } 9>&1",
                  "e"},
          RUNNEL_FORM(stderr_of(e) | z()));
    visit(Context{"stderr_of(e > \"f\") | z",
                  "{ { % > f; } 2>&1 >&9 | voice z 0; } 9>&1", "oe"},
          RUNNEL_FORM(stderr_of(e > "f") | z()));
    visit(Context{.name = "stderr_of(e) | stage(f)",
                  .shell = "{ { %; } 2>&1 >&9 | sed s/^/S:/; } 9>&1",
                  .takes = "e",
                  .is_free = true},
          RUNNEL_FORM(stderr_of(e) | marks()));
    // --- what a word or an input stands for ---
    visit(Context{"cmd(z, from(e))", "voice z 0 '<' <(%)", "o"},
          RUNNEL_FORM(z_from(e)));
    visit(Context{"cmd(z, from(e)) > capture", "voice z 0 '<' <(%) > cap1", "o",
                  "e", "cap1"},
          RUNNEL_FORM(z_from(e) > capture));
    visit(Context{.name = "cmd(z, into(e))",
                  .shell = "voice z 0 '>' >(%)",
                  .takes = "i",
                  .is_free = true},
          RUNNEL_FORM(z_into(e)));
    visit(Context{.name = "z | tee(e)",
                  .shell = "{ voice z 0 | tee >(% >&9); } 9>&1",
                  .takes = "i",
                  .is_free = true},
          RUNNEL_FORM(z() | tee(e)));
    visit(Context{"z | e", "voice z 0 | %", "i"}, RUNNEL_FORM(z() | e));
    // --- lists and groups ---
    visit(Context{"e && z", "% && voice z 0"}, RUNNEL_FORM(e && z()));
    visit(Context{"e || z", "% || voice z 0"}, RUNNEL_FORM(e || z()));
    visit(Context{"seq(e, z)", "%; voice z 0"}, RUNNEL_FORM(seq(e, z())));
    visit(Context{"seq(e, z) > capture", "{ %; voice z 0; } > cap1", "", "e",
                  "cap1"},
          RUNNEL_FORM(seq(e, z()) > capture));
    visit(Context{.name = "seq(e > capture, z)",
                  .shell = "% > cap1; voice z 0",
                  .takes = "o",
                  .out = "cap1"},
          RUNNEL_FORM(seq(e > capture, z())));
    visit(Context{"(e && z) > err(capture)", "{ % && voice z 0; } 2> cap1", "",
                  "o", "", "cap1"},
          RUNNEL_FORM((e && z()) > err(capture)));
    visit(Context{.name = "together(e, z)",
                  .shell = "{ %; } <&0 & p=$!; voice z 0 < /dev/null & "
                           "wait $p; r=$?; wait; (exit $r)",
                  .is_free = true},
          RUNNEL_FORM(together(e, z() < devnull)));
    visit(Context{.name = "together(e, z) > capture",
                  .shell = "{ { %; } <&0 & p=$!; voice z 0 < /dev/null & "
                           "wait $p; r=$?; wait; (exit $r); } > cap1",
                  .leaves = "e",
                  .out = "cap1",
                  .is_free = true},
          RUNNEL_FORM(together(e, z() < devnull) > capture));
    visit(Context{.name = "together(z, e) | z",
                  .shell = "{ voice z 0 < /dev/null & { %; } <&0 & wait; } "
                           "| voice z 0",
                  .is_free = true},
          RUNNEL_FORM(together(z() < devnull, e) | z()));
    visit(Context{"!e", "! %"}, RUNNEL_FORM(!e));
    visit(Context{"grouped(e) > \"f\"", "% > f", "o", "e"},
          RUNNEL_FORM(grouped(e) > "f"));
    // --- what makes no sense ---
    visit(Context{"e > \"f\" > \"g\"", "", "!"}, RUNNEL_FORM((e > "f") > "g"));
    visit(Context{"e > capture > \"f\"", "", "!"},
          RUNNEL_FORM((e > capture) > "f"));
    visit(Context{"e | capture | z", "", "!"},
          RUNNEL_FORM((e | capture) | z()));
    visit(Context{"(e > \"f\") | tee(capture)", "", "!"},
          RUNNEL_FORM((e > "f") | tee(capture)));
    visit(Context{"e > both(\"f\") > err_to_out", "", "!"},
          RUNNEL_FORM((e > both("f")) > err_to_out));
    visit(Context{"e > out_to_err > err_to_out > \"f\"", "", "!"},
          RUNNEL_FORM(((e > out_to_err) > err_to_out) > "f"));
    visit(Context{"stderr_of(e > err(\"f\")) | z", "", "!"},
          RUNNEL_FORM(stderr_of(e > err("f")) | z()));
    visit(Context{"stderr_of(e > err_to_out) | capture", "", "!"},
          RUNNEL_FORM(stderr_of(e > err_to_out) | capture));
    visit(Context{"cmd(z, from(e > \"f\"))", "", "!"},
          RUNNEL_FORM(z_from(e > "f")));
    visit(Context{"cmd(z, into(e < \"in\"))", "", "!"},
          RUNNEL_FORM(z_into(e < "in")));
    visit(Context{"z | tee(e < \"in\")", "", "!"},
          RUNNEL_FORM(z() | tee(e < "in")));
    visit(Context{"z | (e < \"in\")", "", "!"}, RUNNEL_FORM(z() | (e < "in")));
    visit(Context{"e < text(\"\") < \"in\"", "", "!"},
          RUNNEL_FORM((e < text("")) < "in"));
#undef RUNNEL_FORM
}

} // namespace runnel::test::crossed

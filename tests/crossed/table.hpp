// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The table: which cells there are, which of them are refused, and what
// justifies the ones that are left out.
#pragma once

#include "crossed/contexts.hpp"
#include "crossed/sources.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace runnel::test::crossed {

// --- verbs ----------------------------------------------------------------------

enum class Does {
    run,
    capture_output,
    check,
    read,
    start,
    step,
    lines,
    keep_ends,
    records,
    chunks,
    tagged,
    err_lines,
    err_chunks,
};

struct Verb {
    std::string_view name;
    Does does;
    bool is_text = false; ///< with `{.encoding = "latin-1"}`

    bool is_range() const { return does >= Does::lines; }
    bool has_hands() const { return does == Does::start || does == Does::step; }

    /// The streams that it connects, of "oe".
    std::string_view takes() const
    {
        switch (does) {
        case Does::capture_output: return "oe";
        case Does::read:
        case Does::lines:
        case Does::keep_ends:
        case Does::records:
        case Does::chunks: return "o";
        case Does::err_lines:
        case Does::err_chunks: return "e";
        default: return "";
        }
    }
};

inline constexpr Verb verbs[] = {
    {"run(x)", Does::run},
    {"run(x, text)", Does::run, true},
    {"run(x, capture_output)", Does::capture_output},
    {"run(x, capture_output, text)", Does::capture_output, true},
    {"check(x)", Does::check},
    {"check(x, text)", Does::check, true},
    {"read(x)", Does::read},
    {"read(x, text)", Does::read, true},
    {"start(x).wait()", Does::start},
    {"start(x, text).wait()", Does::start, true},
    {"start(x, Pump::caller).step()", Does::step},
    {"start(x, Pump::caller, text).step()", Does::step, true},
    {"x | lines", Does::lines},
    {"x | lines(text)", Does::lines, true},
    {"x | lines(keep_ends)", Does::keep_ends},
    {"x | lines(keep_ends, text)", Does::keep_ends, true},
    {"x | records(' ')", Does::records},
    {"x | records(' ', text)", Does::records, true},
    {"x | chunks(7)", Does::chunks},
    {"x | chunks(7, text)", Does::chunks, true},
    {"x | tagged", Does::tagged},
    {"x | tagged(text)", Does::tagged, true},
    {"stderr_of(x) | lines", Does::err_lines},
    {"stderr_of(x) | lines(text)", Does::err_lines, true},
    {"stderr_of(x) | chunks(7)", Does::err_chunks},
    {"stderr_of(x) | chunks(7, text)", Does::err_chunks, true},
};

// --- holes ----------------------------------------------------------------------

/// Some cells, and what is to be said of them.
struct Remark {
    bool (*has)(Source const&, Context const&, Verb const&);
    std::string_view because;
};

inline bool has_word(std::string_view text, std::string_view word)
{
    return text.find(word) != text.npos;
}

/// Cells that are left out, and why.
inline constexpr Remark holes[] = {
    {[](Source const&, Context const&, Verb const& verb) {
         return verb.is_text
             && (verb.does == Does::chunks || verb.does == Does::err_chunks);
     },
     "ChunkOptions has no text mode: it does not compile"},
    {[](Source const& source, Context const&, Verb const& verb) {
         return source.has_input && verb.is_range();
     },
     "LineOptions has no input: it does not compile"},
    {[](Source const& source, Context const& context, Verb const&) {
         return source.has_input && has_word(context.name, "from(e)");
     },
     "two commands read one input: what each of them gets is not determined"},
    {[](Source const& source, Context const& context, Verb const&) {
         return source.is_negated && has_word(context.name, "first(1)");
     },
     "first(1) may end the command, which `!` takes for a failure then"},
    {[](Source const& source, Context const& context, Verb const&) {
         return source.has_many_writers && has_word(context.name, "first(1)");
     },
     "it is not determined how many of the writers have run when first(1) "
     "ends them"},
    {[](Source const& source, Context const& context, Verb const& verb) {
         return source.name == "into" && context.is_inherited
             && verb.does == Does::tagged;
     },
     "the expression of into() is tagged, the command itself is not"},
};

/// Cells whose shell text is not what bash makes of the same words, but what a
/// rule of runnel makes of them.
inline constexpr Remark unlike_bash[] = {
    {[](Source const&, Context const& context, Verb const&) {
         return context.name == "e > err_to_out > capture"
             || context.name == "e > out_to_err > err(capture)";
     },
     "captures are connected before other redirections, as pipes are"},
    {[](Source const& source, Context const& context, Verb const&) {
         return context.name == "grouped(e) > \"f\""
             && (source.name == "from" || source.name == "into");
     },
     "grouped() of a command is that command: the expression of a from() or "
     "into() does not get its redirections"},
    {[](Source const& source, Context const& context, Verb const&) {
         return (source.name == "pipe of stderr" || source.name == "tee")
             && has_word(context.shell, "@");
     },
     "a pipeline in front of a pipe is no group: what does not feed its next "
     "stage goes to stdout of the longer pipeline"},
};

// --- expressions ------------------------------------------------------------------

/// Which readers compile behind an expression.
struct Readers {
    bool lines = false;
    bool chunks = false;
    bool tagged = false;
    bool err_lines = false;
    bool err_chunks = false;
    bool err_tagged = false;

    bool operator==(Readers const&) const = default;
};

template <class E>
constexpr Readers readers_of()
{
    return {.lines = requires(E const& e){e | lines;
}
, .chunks = requires(E const& e) { e | chunks(1); },
  .tagged = requires(E const& e) { e | tagged; },
  .err_lines = requires(E const& e) { stderr_of(e) | lines; },
  .err_chunks = requires(E const& e) { stderr_of(e) | chunks(1); },
  .err_tagged = requires(E const& e) { stderr_of(e) | tagged; },
};
}

/// A source in a context.
struct Written {
    bool compiles = false;
    std::string refusal{}; ///< thrown where it is written, for a `Pipeline`
    std::optional<Pipeline> x{};
    Readers readers{};
    bool is_pipeline = false; ///< its type knows no ends
    bool is_negated = false;
};

template <class E>
constexpr bool is_negated_type = false;
template <Ends Open>
constexpr bool is_negated_type<Negated<Open>> = true;

template <class E, class Form>
constexpr bool compiles()
{
    if constexpr (std::invocable<Form const&, E const&>)
        return std::derived_from<
            std::remove_cvref_t<std::invoke_result_t<Form const&, E const&>>,
            Expression>;
    return false;
}

template <class X>
void keep(Written& made, X const& x)
{
    made.readers = readers_of<X>();
    made.is_pipeline = std::same_as<X, Pipeline>;
    made.is_negated = is_negated_type<X>;
    made.x = x;
}

/// Writes `e` in a context. If that does not compile, writes it as a
/// `Pipeline`, for which the operators look when they are called.
template <class E, class Form>
Written written(E const& e, Form const& form)
{
    constexpr bool is_expression = std::derived_from<E, Expression>;
    Written made;
    made.compiles = compiles<E, Form>();
    try {
        if constexpr (compiles<E, Form>())
            keep(made, form(e));
        else if constexpr (is_expression && compiles<Pipeline, Form>())
            keep(made, form(Pipeline(e)));
    } catch (std::invalid_argument const& refusal) {
        made.refusal = refusal.what();
    }
    return made;
}

struct Column {
    Context context;
    Written written;
    std::optional<Pipeline> in_text; ///< for the verbs in text mode
};

/// A source in every context.
struct Row {
    std::size_t number;
    Source source;
    std::vector<Column> columns;
};

template <class E>
Row row_of(std::size_t number, Source const& source, E const& e,
           E const& in_text)
{
    Row row{number, source, {}};
    for_each_context([&](Context const& context, auto const& form) {
        row.columns.push_back(
            {context, written(e, form), written(in_text, form).x});
    });
    return row;
}

// --- rules ------------------------------------------------------------------------

/// A range of C++ is on the left of a `|`, and in no other place.
inline bool takes_range(Context const& context)
{
    return context.name.starts_with("e | ")
        && !context.name.starts_with("e | capture")
        && !context.name.starts_with("e | to(");
}

/// Whether this can be written at all.
inline bool makes_sense(Source const& source, Context const& context)
{
    if (context.takes == "!" || (source.is_range && !takes_range(context)))
        return false;
    return source.is_open || !has_word(context.takes, "i");
}

/// C++ cannot tell `!e | f`, a mistake, from `grouped(!e) | f`; a `Pipeline`
/// may stand there.
inline bool needs_grouped(Source const& source, Context const& context)
{
    return source.is_negated && has_word(context.name, " | ")
        && !context.name.starts_with("z | ")
        && !context.name.starts_with("together(")
        && !context.name.starts_with("stderr_of(");
}

/// What must compile behind an expression whose type knows its ends.
inline Readers wanted_readers(Context const& context, Written const& written)
{
    bool const any = !written.is_negated;
    bool const knows = !written.is_pipeline && !context.is_untyped;
    bool const out = any && (!knows || has_word(context.leaves, "o"));
    bool const err = !knows || has_word(context.leaves, "e");
    return {out, out, any, err, err, false};
}

/// Why a verb does not take an expression: parts of the messages, of which one
/// is given. Empty if it does.
inline std::vector<std::string_view>
refusals_of(Source const& source, Context const& context, Verb const& verb)
{
    std::vector<std::string_view> all;
    for (char const stream : verb.takes())
        if (!has_word(context.leaves, {&stream, 1}))
            all.push_back("connected already");
    if (verb.does == Does::capture_output
        && (source.hides_err || context.hides_err))
        all.push_back("capture_output is given, but stderr of ");
    if (has_word(context.shell, "hand") && !verb.has_hands())
        all.push_back("Stdio::pipe needs ");
    return all;
}

/// The first of the remarks that is about a cell; empty if none is.
inline std::string_view remark_on(std::span<Remark const> remarks,
                                  Source const& source, Context const& context,
                                  Verb const& verb)
{
    for (auto const& remark : remarks)
        if (remark.has(source, context, verb))
            return remark.because;
    return {};
}

/// True if lines pass through C++, which translates their ends in text mode.
inline bool passes_code(Source const& source, Context const& context)
{
    return !source.ends_in_command || has_word(context.name, "stage(f)")
        || has_word(context.name, "first(1)");
}

/// True if lines of several writers may come in any order.
inline bool is_free(Source const& source, Context const& context)
{
    // z waits for the end of stderr, which in-process stages do not have.
    bool const beside_code =
        context.name == "stderr_of(e) | z" && !source.ends_in_command;
    return source.is_free || context.is_free || beside_code;
}

/// True if the writers write pieces of lines: then their bytes may mix.
inline bool mixes_bytes(Source const& source, Context const& context)
{
    return is_free(source, context)
        && (has_word(source.name, "chunks")
            || has_word(context.name, "chunks"));
}

} // namespace runnel::test::crossed

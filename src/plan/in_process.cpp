// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/in_process.hpp"

#include "base/line_options.hpp"

#include <runnel/stage.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace runnel::inline v0 {

namespace detail {

namespace {

/// Empty unless both have shell text.
std::string composed_text(InProcess const& first, InProcess const& second)
{
    if (first.shell_text().empty() || second.shell_text().empty())
        return {};
    return "{ " + first.shell_text() + " | " + second.shell_text() + "; }";
}

} // namespace

Cut cut_of_stage(LineOptions const& options)
{
    refuse_run_options(options, RunsElsewhere::stage);
    return options;
}

Cut cut_of_stage(ChunksWith const& cut)
{
    refuse_run_options(line_options(cut.options), RunsElsewhere::stage);
    return cut;
}

Cut cut_of_stage(CutOptions const& options)
{
    return LineOptions{.keep_ends = options.keep_ends,
                       .delimiter = options.delimiter,
                       .max_line = options.max_line,
                       .text = options.text,
                       .universal_newlines = options.universal_newlines,
                       .encoding = options.encoding,
                       .errors = options.errors};
}

Composed::Composed(std::shared_ptr<InProcess const> first,
                   std::shared_ptr<InProcess const> second)
    : InProcess(first->label() + " | " + second->label(), first->cut(),
                composed_text(*first, *second)),
      first_(std::move(first)), second_(std::move(second))
{
}

std::unique_ptr<WordPull> Composed::open(StageInput in, Cancel cancel) const
{
    return open_behind(*first_, open_first(std::move(in), cancel), *second_,
                       cancel);
}

// A stage whose `open` throws has given its own claim back. `second_` was never
// opened, so its claim is given back here.
std::unique_ptr<WordPull> Composed::open_first(StageInput in,
                                               Cancel cancel) const
{
    try {
        in.after = second_->label();
        return first_->open(std::move(in), cancel);
    } catch (...) {
        second_->unclaim();
        throw;
    }
}

InProcess::Use Composed::use_of() const noexcept
{
    return std::max(first_->use_of(), second_->use_of());
}

bool Composed::claim() const noexcept
{
    if (!first_->claim())
        return false;
    if (second_->claim())
        return true;
    first_->unclaim();
    return false;
}

void Composed::unclaim() const noexcept
{
    second_->unclaim();
    first_->unclaim();
}

WordPull::~WordPull() = default;

void WordPull::pour(WordOut& out)
{
    OutWord word;
    while (next(word))
        if (!out.put(word))
            return;
}

InProcess::InProcess(std::string_view label, Cut cut,
                     std::string_view shell_text)
    : label_(label), shell_text_(shell_text), cut_(std::move(cut))
{
    if (auto const* const lines = cut_.lines())
        check(*lines);
    else if (auto const* const chunks = cut_.chunks())
        check_chunk_size(chunks->size);
}

InProcess::~InProcess() = default;

bool InProcess::claim() const noexcept
{
    return use_of() == Use::often || std::atomic_ref(claimed_).exchange(1) == 0;
}

void InProcess::unclaim() const noexcept
{
    std::atomic_ref(claimed_).store(0);
}

void claim(InProcess const& code)
{
    if (code.claim())
        return;
    throw std::logic_error(
        code.use_of() == InProcess::Use::once
            ? "a single-pass range was written to a process already: it can be "
              "run once"
            : "a range or function that cannot be copied is in use by another "
              "run");
}

} // namespace detail

} // namespace runnel::inline v0

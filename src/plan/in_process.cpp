#include "plan/in_process.hpp"

#include "base/line_options.hpp"

#include <runnel/words.hpp>

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

class Composed final : public InProcess {
public:
    Composed(std::shared_ptr<InProcess const> first,
             std::shared_ptr<InProcess const> second)
        : InProcess(first->label() + " | " + second->label(),
                    first->reads() ? &first->cut() : nullptr,
                    composed_text(*first, *second)),
          first_(std::move(first)), second_(std::move(second))
    {
    }

    std::unique_ptr<WordPull> open(LineRange in, Cancel cancel) const override
    {
        return second_->open(lines_of(*first_,
                                      open_first(std::move(in), cancel),
                                      second_->cut(), cancel),
                             cancel);
    }

    Use use_of() const noexcept override
    {
        return std::max(first_->use_of(), second_->use_of());
    }

    bool gives_bytes() const noexcept override
    {
        return second_->gives_bytes();
    }

    bool claim() const noexcept override
    {
        if (!first_->claim())
            return false;
        if (second_->claim())
            return true;
        first_->unclaim();
        return false;
    }

    void unclaim() const noexcept override
    {
        second_->unclaim();
        first_->unclaim();
    }

private:
    // A stage whose `open` throws has given its own claim back. `second_` was
    // never opened, so its claim is given back here.
    std::unique_ptr<WordPull> open_first(LineRange in, Cancel cancel) const
    {
        try {
            return first_->open(std::move(in), cancel);
        } catch (...) {
            second_->unclaim();
            throw;
        }
    }

    std::shared_ptr<InProcess const> first_;
    std::shared_ptr<InProcess const> second_;
};

} // namespace

WordPull::~WordPull() = default;

void WordPull::pour(WordOut& out)
{
    OutWord word;
    while (next(word))
        if (!out.put(word))
            return;
}

InProcess::InProcess(std::string_view label, LineOptions const* cut,
                     std::string_view shell_text)
    : label_(label), shell_text_(shell_text), reads_(cut != nullptr)
{
    if (reads_)
        cut_ = *cut;
    check(cut_);
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

std::shared_ptr<InProcess const>
compose(std::shared_ptr<InProcess const> first,
        std::shared_ptr<InProcess const> second)
{
    return std::make_shared<Composed const>(std::move(first),
                                            std::move(second));
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

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "plan/redirection_text.hpp"

#include "plan/plan_text.hpp"
#include "plan/redirections.hpp"
#include "text/quote.hpp"
#include "text/shell_words.hpp"

namespace runnel::inline v0 {

namespace {

bool leads_to_reader(Redirection const& redirection,
                     ShellStreams const& streams)
{
    if (auto const* same = std::get_if<SameAs>(&redirection.target))
        return streams.piped.contains(same->fd);
    auto const* stdio = stdio_of(redirection);
    return stdio != nullptr && stdio->kind() == Stdio::out
        && streams.piped.contains(1);
}

std::string arrow(Redirection const& redirection)
{
    bool const usual = redirection.fd == (redirection.reads ? 0 : 1);
    return (usual ? "" : std::to_string(redirection.fd))
         + (redirection.reads ? '<' : '>');
}

std::string dup_for(Redirection const& redirection, int from)
{
    return arrow(redirection) + '&' + std::to_string(from);
}

} // namespace

std::string dup(int to, int from)
{
    return (to == 1 ? "" : std::to_string(to)) + ">&" + std::to_string(from);
}

void ShellStreams::redirect(int number, bool to_reader)
{
    changed.insert(number);
    if (to_reader)
        piped.insert(number);
    else
        piped.erase(number);
}

void ShellStreams::redirect(Redirection const& redirection)
{
    redirect(redirection.fd, leads_to_reader(redirection, *this));
}

RedirectionText::RedirectionText(PlanNode const& root) : used_(numbers_in(root))
{
}

std::string RedirectionText::all_of(PlanNode const& node, Streams& streams,
                                    std::string const& about)
{
    std::string text;
    for (auto const& redirection : node.redirections)
        if (auto const part = one(redirection, streams, about); !part.empty())
            text += ' ' + part;
    return text;
}

std::string RedirectionText::one(Redirection const& redirection,
                                 Streams& streams, std::string about)
{
    about_ = std::move(about);
    auto text = std::visit(
        [&](auto const& target) {
            return text_of(redirection, target, streams);
        },
        redirection.target);
    if (!text.empty())
        streams.redirect(redirection);
    return text;
}

// --- descriptors -------------------------------------------------------------------

int RedirectionText::free_number()
{
    int number = 9;
    while (number > 2 && used_.contains(number))
        --number;
    if (number == 2)
        for (number = 20; used_.contains(number);)
            ++number;
    used_.insert(number);
    return number;
}

int RedirectionText::original(int fd, Streams const& streams)
{
    if (!streams.changed.contains(fd))
        return fd;
    for (auto const& [known, number] : saved_)
        if (known == fd)
            return number;
    saved_.emplace_back(fd, free_number());
    return saved_.back().second;
}

std::string RedirectionText::saving() const
{
    std::string text;
    for (auto const& [original, number] : saved_)
        text += ' ' + runnel::dup(number, original);
    return text;
}

// --- targets -----------------------------------------------------------------------

std::string RedirectionText::text_of(Redirection const& redirection,
                                     Stdio const& stdio, Streams const& streams)
{
    switch (stdio.kind()) {
    case Stdio::devnull: return arrow(redirection) + " /dev/null";
    case Stdio::descriptor:
        return dup_for(redirection, original(stdio.fd(), streams));
    case Stdio::inherit:
        return dup_for(redirection, original(redirection.fd, streams));
    case Stdio::out: return dup_for(redirection, 1);
    case Stdio::file:
        return arrow(redirection)
             + (stdio.mode() == Stdio::Mode::append ? "> " : " ")
             + quote(file(stdio.path(), streams));
    case Stdio::pipe: break;
    }
    return note(redirection, "Stdio::pipe");
}

std::string RedirectionText::file(std::string const& path,
                                  Streams const& streams)
{
    auto const fd = named_descriptor(path);
    return fd && streams.changed.contains(*fd)
             ? "/dev/fd/" + std::to_string(original(*fd, streams))
             : openable(path);
}

std::string RedirectionText::text_of(Redirection const& redirection, Capture,
                                     Streams const&)
{
    return note(redirection, "capture");
}

std::string RedirectionText::text_of(Redirection const& redirection, ToString,
                                     Streams const&)
{
    return note(redirection, "to(string)");
}

std::string RedirectionText::text_of(Redirection const& redirection,
                                     Text const& text, Streams const&)
{
    if (text.secret_text)
        note(redirection, secret_remark);
    return arrow(redirection) + ' ' + shell_source(*text.bytes);
}

std::string RedirectionText::text_of(Redirection const& redirection,
                                     SameAs same, Streams const&)
{
    return dup_for(redirection, same.fd);
}

// --- remarks -----------------------------------------------------------------------

/// Puts what bash cannot do into a comment.
std::string RedirectionText::note(Redirection const& redirection,
                                  std::string_view what)
{
    remark(about_ + arrow(redirection) + ' ' + std::string(what));
    return {};
}

void RedirectionText::remark(std::string const& text)
{
    comments_ += (comments_.empty() ? " " : ", ") + text;
}

std::string RedirectionText::comment() const
{
    return comments_.empty() ? "" : " #" + comments_;
}

} // namespace runnel::inline v0

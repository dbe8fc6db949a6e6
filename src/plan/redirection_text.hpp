// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The redirections of an expression as bash makes them.
#pragma once

#include "plan/plan_shape.hpp"

#include <runnel/sink.hpp>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Where the descriptors of a part lead.
struct ShellStreams {
    std::set<int> changed; ///< descriptors that are redirected
    std::set<int> piped; ///< of these, the ones whose reader may stop early

    void redirect(int number, bool to_reader);

    /// Changes them as the redirection does.
    void redirect(Redirection const& redirection);
};

/// `to>&from`, or `>&from` for stdout.
std::string dup(int to, int from);

/// Writes redirections, and knows which streams of this process bash must save
/// before it makes them. What bash cannot do becomes a remark.
class RedirectionText {
public:
    explicit RedirectionText(PlanNode const& root);

    /// The redirections of `node`. Changes `streams` as they do. `about`: how
    /// remarks begin.
    std::string all_of(PlanNode const& node, ShellStreams& streams,
                       std::string const& about);

    /// One redirection; empty if it became a remark.
    std::string one(Redirection const& redirection, ShellStreams& streams,
                    std::string about);

    /// The number that leads to descriptor `fd` of this process where the
    /// streams are these.
    int original(int fd, ShellStreams const& streams);

    /// The name of a file that bash opens where the streams are these. This
    /// process opens /dev/stderr and the like before it redirects anything.
    std::string file(std::string const& path, ShellStreams const& streams);

    /// An unused number for a descriptor that bash must keep open.
    int free_number();

    /// The redirections around all of the text that save streams.
    std::string saving() const;

    void remark(std::string const& text);

    /// All remarks, as a comment.
    std::string comment() const;

private:
    using Streams = ShellStreams;

    std::string text_of(Redirection const& redirection, Stdio const& stdio,
                        Streams const& streams);
    std::string text_of(Redirection const& redirection, Capture,
                        Streams const&);
    std::string text_of(Redirection const& redirection, ToString,
                        Streams const&);
    std::string text_of(Redirection const& redirection, Text const& text,
                        Streams const&);
    std::string text_of(Redirection const& redirection, SameAs same,
                        Streams const&);
    std::string note(Redirection const& redirection, std::string_view what);

    std::set<int> used_;
    std::vector<std::pair<int, int>> saved_; ///< descriptors and their copies
    std::string comments_;
    std::string about_;
};

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Checks every call that may block.
#pragma once

#include <string>
#include <vector>

namespace runnel::test {

/// While this object lives, calls go through a table that checks this rule: no
/// read and no write can block the thread that makes it. A call is right if
///
/// - the open file is non-blocking, or the call itself does not wait
///   (MSG_DONTWAIT, RWF_NOWAIT, SPLICE_F_NONBLOCK);
/// - the file is a regular file, a block device, /dev/null or /dev/full;
/// - the call is a read that directly follows a poll which found the descriptor
///   ready, and no other process holds the same end of the pipe.
///
/// One read may block on purpose: that of a loop without a deadline which waits
/// for one pipe only (`BytePump::finish_only_drain`). A loop with a deadline
/// never makes this read, so tests with this object set one.
///
/// One object at a time. Other threads may make calls meanwhile.
class CallWatch {
public:
    CallWatch();
    CallWatch(CallWatch const&) = delete;
    CallWatch& operator=(CallWatch const&) = delete;
    ~CallWatch();

    /// The calls that could have blocked, as text.
    std::vector<std::string> violations() const;

    /// How many calls were seen.
    int seen() const;
};

} // namespace runnel::test

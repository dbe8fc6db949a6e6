// Sees every call that may wait, and judges it.
#pragma once

#include <string>
#include <vector>

namespace runnel::test {

/// While it lives, calls go through a table that holds this rule: no read and
/// no write can block the thread that makes it. A call is right if
///
/// - the open file is non-blocking, or the call itself does not wait
///   (MSG_DONTWAIT, RWF_NOWAIT, SPLICE_F_NONBLOCK);
/// - it is a regular file, a block device, /dev/null or /dev/full;
/// - it is a read that directly follows a poll which found the descriptor
///   ready, and no other process holds the same end of the pipe.
///
/// One read may block on purpose: that of a loop without a deadline which has
/// nothing but one pipe to wait for (`BytePump::finish_only_drain`). It is
/// never made while there is a deadline, so what runs here has one.
///
/// One at a time; threads may make calls meanwhile.
class CallWatch {
public:
    CallWatch();
    CallWatch(CallWatch const&) = delete;
    CallWatch& operator=(CallWatch const&) = delete;
    ~CallWatch();

    /// The calls that could have blocked, in words.
    std::vector<std::string> violations() const;

    /// How many calls were seen.
    int seen() const;
};

} // namespace runnel::test

// Larger pipes for streams with much data.
#pragma once

#include "io/pipe_allowance.hpp"
#include "sys/fd.hpp"
#include "sys/pipe.hpp"

#include <cstddef>

namespace runnel::inline v0::detail {

/// Makes a pipe larger when two reads in a row find it full.
class PipeGrowth {
public:
    void saw(int fd, std::size_t count) noexcept
    {
        full_reads_ = count >= small_pipe ? full_reads_ + 1 : 0;
        if (full_reads_ < 2 || done_)
            return;
        done_ = true;
        if (sys::kind_of(fd) == sys::FileKind::pipe && share_.take(large_pipe))
            sys::resize_pipe(fd, large_pipe);
    }

    void closed() noexcept { share_.give_back(); }

private:
    static constexpr std::size_t small_pipe = std::size_t{64} * 1024;
    static constexpr std::size_t large_pipe = std::size_t{1024} * 1024;

    int full_reads_ = 0;
    bool done_ = false;
    PipeAllowance share_;
};

} // namespace runnel::inline v0::detail

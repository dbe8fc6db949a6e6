// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// std::stop_token for RunOptions::stop, where the standard library has it
// (libstdc++ 10 and newer; libc++ 19 only with -fexperimental-library).
// Not part of <runnel/runnel.hpp>, because <stop_token> is large.
//
//     std::jthread worker([](std::stop_token stop) {
//         run(cmd("make"), {.stop = stop});
//     });
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/stop.hpp>

#include <version>

#ifdef __cpp_lib_jthread
#include <stop_token>

namespace runnel::inline v0::detail {

template <>
struct StopAdapter<std::stop_token> {
    static StopToken adapt(std::stop_token const& token)
    {
        if (!token.stop_possible())
            return {};
        auto const tie = std::make_shared<Tie>(token);
        // The token keeps the whole `Tie` alive.
        return tie->source.token().keeping(tie);
    }

private:
    struct Ask {
        StopSource const& source;
        void operator()() const noexcept { source.request_stop(); }
    };
    struct Tie {
        explicit Tie(std::stop_token const& token)
            : callback(token, Ask{source})
        {
        }
        StopSource source;
        std::stop_callback<Ask> callback;
    };
};

} // namespace runnel::inline v0::detail
#endif

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The executor that runs programs on this machine.
#include <runnel/executor.hpp>

#include "job/local_run.hpp"
#include "sys/immortal.hpp"

namespace runnel::inline v0 {

namespace {

class LocalExecutor final : public Executor {
public:
    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override
    {
        return std::make_unique<LocalRun>(std::move(program), options,
                                          LocalRun::Start::confirmed);
    }

    std::unique_ptr<Running>
    start_unconfirmed(Program program, RunOptions const& options) override
    {
        return std::make_unique<LocalRun>(std::move(program), options,
                                          LocalRun::Start::unconfirmed);
    }
};

} // namespace

Executor& local_executor() noexcept
{
    static constinit sys::Immortal<LocalExecutor> executor;
    return executor.get([] { return LocalExecutor(); });
}

} // namespace runnel::inline v0

// This machine as an executor.
#include <runnel/executor.hpp>

#include "job/local_run.hpp"

#include <cstddef>
#include <new>

namespace runnel::inline v0 {

namespace {

class LocalExecutor final : public Executor {
public:
    std::unique_ptr<Running> start(Program program,
                                   RunOptions const& options) override
    {
        auto run = std::make_unique<LocalRun>(std::move(program), options);
        run->start(options.input.value_or(std::string_view()));
        return run;
    }
};

} // namespace

// Never destroyed: destructors of the user's own statics may run programs.
Executor& local_executor() noexcept
{
    alignas(LocalExecutor) static std::byte room[sizeof(LocalExecutor)];
    static auto* const executor = new (room) LocalExecutor;
    return *executor;
}

} // namespace runnel::inline v0

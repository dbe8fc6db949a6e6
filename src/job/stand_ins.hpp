// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What runs in place of the programs of commands.
#pragma once

#include "base/executor_scope.hpp"
#include "job/acting_process.hpp"
#include "job/cast.hpp"
#include "job/witnesses.hpp"
#include "sys/spawn.hpp"

#include <runnel/program.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

namespace runnel::inline v0 {

/// The stand-ins of a program, whose commands are known by their index. A program
/// without any pays for nothing.
class StandIns {
public:
    /// Both must outlive this object. Verbs that stand-ins call use the executor of
    /// the thread that makes this object.
    StandIns(Program const& program, BytePump& pump)
        : program_(program), pump_(pump), executor_(scoped_executor())
    {
    }
    StandIns(StandIns const&) = delete;
    StandIns& operator=(StandIns const&) = delete;

    /// What the command at `index` is to be, now that its turn has come. May change
    /// its descriptors. After its start, `launched` must be called.
    Cast begin(std::size_t index, std::vector<sys::FdMove>& moves);
    void launched() noexcept;

    /// Starts the threads of these commands.
    void start(std::size_t first, std::size_t count);

    /// The unit of these commands cannot be started.
    void give_up(std::size_t first, std::size_t count) noexcept;

    /// Null if there are none.
    Witnesses* witnesses() noexcept
    {
        return company_ ? &company_->witnesses : nullptr;
    }

    /// True if the end of each command must be seen at once.
    bool must_see_ends() const noexcept
    {
        return company_ && company_->witnesses.hold_input();
    }

    /// What the code of a command threw, if it has ended so.
    std::exception_ptr failure(std::size_t index) const;

    /// The first of all failures.
    std::exception_ptr failure() const;

private:
    struct Company {
        Company(BytePump& pump, std::size_t commands)
            : witnesses(pump), acting(commands)
        {
        }
        Witnesses witnesses;
        std::vector<ActingProcess*> acting; ///< null: a process
    };

    Program const& program_;
    BytePump& pump_;
    Executor* executor_;
    std::unique_ptr<Company> company_; ///< from the first stand-in on
};

} // namespace runnel::inline v0

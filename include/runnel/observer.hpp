// One interface to watch what runnel does: logs, audits, traces, progress.
//
//     struct Log : Observer {
//         void started(Started const& e) noexcept override { ... e.pid ... }
//     } log;
//     run(cmd("make"), {.observer = &log});
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/error.hpp>
#include <runnel/result.hpp>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace runnel::inline v0 {

class Plan;
class Environment;

/// The child process that an event is about.
struct ChildView {
    std::span<std::string const> args{}; ///< argv, program first
    std::string_view executable{}; ///< the program, if not `args[0]`
    std::size_t stage = 1;       ///< counted from 1
    std::size_t stages = 1;
};

/// Receives the events of child processes, in the thread in which they happen.
///
/// Arguments refer to data that is valid during the call only. If several
/// threads share an observer, several threads call it. An observer must outlive
/// what it watches. Without an observer, events cost nothing.
class RUNNEL_EXPORT Observer {
public:
    struct Starting {
        ChildView child;
        std::string_view cwd; ///< empty: that of this process
        Environment const& environment;
    };
    struct Started {
        ChildView child;
        int pid;
        std::chrono::system_clock::time_point at;
    };
    struct Refused {
        ChildView child;
        SpawnStep step;
        std::error_code error;
    };
    struct Exited {
        ChildView child;
        int pid;
        ExitStatus status;
        std::chrono::nanoseconds wall_time;
        ResourceUsage const& usage;
    };
    struct Killed {
        ChildView child;
        int pid;
        int signal;
    };
    struct Expired {
        std::string_view command; ///< as shell text
        Timeout timeout;
    };

    virtual ~Observer();

    /// A pipeline is about to be started.
    virtual void planned(Plan const&) noexcept {}

    /// A child is about to be started; there is no process yet. An exception
    /// from this function prevents the start: it reaches the caller, and stages
    /// of the same pipeline that run already are ended.
    virtual void starting(Starting const&) {}

    /// A child executes its program.
    virtual void started(Started const&) noexcept {}

    /// A child could not be started.
    virtual void refused(Refused const&) noexcept {}

    /// A child has ended. Of a job or a `run`: called as soon as it has, by the
    /// thread that runs the event loop. That is a thread of the job, unless the
    /// caller chose `Pump::caller` or reads a range; then it is the next `step`
    /// or read. Of a `Popen`: called by the function that sees the end.
    virtual void exited(Exited const&) noexcept {}

    /// A signal was sent to a child.
    virtual void killed(Killed const&) noexcept {}

    /// A time limit passed.
    virtual void expired(Expired const&) noexcept {}
};

/// Sets the observer of every child of this process that is started without one
/// of its own, and returns the previous one. Null (the default): none. Thread
/// safe; takes effect for children started later. Origin: `sys.addaudithook`
/// and the `subprocess.Popen` audit event.
RUNNEL_EXPORT Observer* set_default_observer(Observer* observer) noexcept;

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Compiled without sanitizers: the wrappers run in children that share memory
// with the test.
#include "support/faults.hpp"

#include "sys/linux/raw_syscall.hpp"

#include <cerrno>

namespace runnel::test {

namespace {

using posix::Calls;

struct Entry {
    char const* name;
    Caller caller;
    int calls;
    int always; ///< error for every call; 0: none
    int once;   ///< error for the next call
};

enum Index : int {
#define RUNNEL_CALL(name, caller) index_##name,
#include "support/calls.def"
#undef RUNNEL_CALL
    index_count
};

Entry entries[] = {
#define RUNNEL_CALL(name, caller) {#name, Caller::caller, 0, 0, 0},
#include "support/calls.def"
#undef RUNNEL_CALL
};

struct Countdown {
    int calls;
    int failing; ///< the call that fails; 0: none
    int error;
    Entry const* only; ///< null: any call
};

/// The state of the call that is held.
enum class Hold : int { none, wanted, held };
Entry const* held_entry;
Hold hold_state;

void set(Hold state)
{
    __atomic_store(&hold_state, &state, __ATOMIC_SEQ_CST);
}

bool is(Hold state)
{
    Hold now;
    __atomic_load(&hold_state, &now, __ATOMIC_SEQ_CST);
    return now == state;
}

void wait_if_held(Entry const& entry)
{
    if (&entry != held_entry || !is(Hold::wanted))
        return;
    set(Hold::held);
    while (is(Hold::held))
        posix::raw_syscall(SYS_sched_yield);
}

Countdown countdowns[2];
char const* failed_name;
Calls table;
Calls native; ///< a copy: a child must not even call native_calls()

/// The error that this call must return; 0: make the call.
int wanted_error(Index index)
{
    Entry& entry = entries[index];
    wait_if_held(entry);
    ++entry.calls;
    Countdown& countdown = countdowns[static_cast<int>(entry.caller)];
    ++countdown.calls;
    int error = 0;
    if (countdown.calls == countdown.failing
        && (countdown.only == nullptr || countdown.only == &entry)) {
        failed_name = entry.name;
        error = countdown.error;
    } else if (entry.once != 0) {
        error = entry.once;
        entry.once = 0;
    } else
        error = entry.always;
    if (error != 0)
        failed_name = entry.name;
    return error;
}

template <Index I, auto Member>
struct Wrapper;

template <Index I, class R, class Table, class... Args,
          R (*Table::*Member)(Args...)>
struct Wrapper<I, Member> {
    static R call(Args... args)
    {
        int const error = wanted_error(I);
        // The kernel frees the descriptor even if close() fails.
        if (error != 0 && (I == index_close || I == index_child_close))
            (native.*Member)(args...);
        if (error != 0)
            return static_cast<R>(-error);
        return (native.*Member)(args...);
    }
};

void wrap_all()
{
#define RUNNEL_CALL(name, caller)                                              \
    table.name = Wrapper<index_##name, &Calls::name>::call;
#include "support/calls.def"
#undef RUNNEL_CALL
}

Entry* find(std::string const& name)
{
    for (Entry& entry : entries)
        if (name == entry.name)
            return &entry;
    return nullptr;
}

} // namespace

Faults::Faults()
{
    reset();
    native = posix::native_calls();
    wrap_all();
    posix::replace_calls(&table);
}

Faults::~Faults()
{
    posix::replace_calls(nullptr);
}

void Faults::reset()
{
    for (Entry& entry : entries)
        entry.calls = entry.always = entry.once = 0;
    for (Countdown& countdown : countdowns)
        countdown = {0, 0, 0, nullptr};
    failed_name = nullptr;
    let_go();
}

void Faults::watch_call(Caller caller, int n)
{
    countdowns[static_cast<int>(caller)] = {0, n, 0, nullptr};
    failed_name = nullptr;
}

void Faults::fail_call(Caller caller, int n, std::string const& name, int error)
{
    countdowns[static_cast<int>(caller)] = {0, n, error, find(name)};
    failed_name = nullptr;
}

void Faults::fail_always(std::string const& name, int error)
{
    find(name)->always = error;
}

void Faults::fail_once(std::string const& name, int error)
{
    find(name)->once = error;
}

void Faults::hold(std::string const& name)
{
    held_entry = find(name);
    set(Hold::wanted);
}

void Faults::wait_until_held() const
{
    while (!is(Hold::held))
        posix::raw_syscall(SYS_sched_yield);
}

void Faults::let_go()
{
    set(Hold::none);
}

int Faults::count(Caller caller) const
{
    return countdowns[static_cast<int>(caller)].calls;
}

std::string Faults::failed() const
{
    return failed_name != nullptr ? failed_name : "";
}

int Faults::count(std::string const& name) const
{
    return find(name)->calls;
}

OtherCalls::OtherCalls(void (*change)(posix::Calls& table))
{
    table = posix::native_calls();
    change(table);
    posix::replace_calls(&table);
}

OtherCalls::~OtherCalls()
{
    posix::replace_calls(nullptr);
}

std::vector<std::string> call_names(Caller caller)
{
    std::vector<std::string> names;
    for (Entry const& entry : entries)
        if (entry.caller == caller)
            names.emplace_back(entry.name);
    return names;
}

std::vector<int> plausible_errors(std::string const& name)
{
    struct Row {
        char const* name;
        std::vector<int> errors;
    };
    static std::vector<Row> const rows{
        {"close", {EINTR, EIO}},
        {"pipe2", {EMFILE, ENFILE, ENOMEM}},
        {"open", {EINTR, EMFILE, ENFILE, ENOENT, EACCES, ENOMEM}},
        {"fcntl", {EMFILE, EINVAL, EPERM, EBUSY}},
        {"read", {EINTR, EAGAIN}},
        {"write", {EINTR, EAGAIN, EPIPE}},
        {"read_now", {EINTR, EAGAIN, EOPNOTSUPP}},
        {"write_now", {EINTR, EAGAIN, EOPNOTSUPP, EPIPE}},
        {"receive", {EINTR, EAGAIN}},
        {"send", {EINTR, EAGAIN, EPIPE}},
        {"ppoll", {EINTR}},
        {"clone3", {ENOSYS, EPERM, EINVAL, EAGAIN, ENOMEM, EMFILE, ENFILE}},
        {"fork", {EAGAIN, ENOMEM, ENOSYS}},
        {"futex_wait", {EINTR, EAGAIN}},
        {"waitid", {EINTR}},
        {"pidfd_exit_status", {ENOTTY, ESRCH}},
        {"pidfd_open", {ENOSYS, EMFILE, ENFILE, ENOMEM, EPERM}},
        {"eventfd", {EMFILE, ENFILE, ENOMEM}},
        {"epoll_create", {EMFILE, ENFILE, ENOMEM}},
        {"epoll_ctl", {ENOSPC, ENOMEM}},
        {"epoll_wait", {EINTR}},
        {"memfd_create", {EMFILE, ENFILE, ENOMEM}},
        {"tcgetattr", {EIO}},
        {"tcsetattr", {EIO}},
        {"ioctl", {ENOTTY, EIO, EMFILE}},
        {"path_mode", {ENOENT, EACCES}},
        {"is_noexec", {ENOENT, EACCES}},
        {"unlink", {EACCES}},
        {"mkdir", {EACCES}},
        {"rmdir", {EBUSY}},
        {"mmap_file", {ENOMEM, ENODEV}},
        {"check_program", {ENOENT, EACCES}},
        {"child_close", {EINTR, EIO}},
        {"child_open", {ENOENT, EMFILE, EACCES}},
        {"child_fcntl", {EMFILE, EBADF, EINVAL}},
        {"dup3", {EBUSY, EBADF, EMFILE}},
        {"chdir", {ENOENT, EACCES, ENOTDIR, ENOMEM, EIO}},
        {"setsid", {EPERM}},
        {"setpgid", {EPERM, EACCES, ESRCH}},
        {"setgroups", {EPERM, ENOMEM, EINVAL}},
        {"setregid", {EPERM, EAGAIN}},
        {"setreuid", {EPERM, EAGAIN}},
        {"reset_signal", {EINVAL}},
        {"child_syscall", {EPERM, EINVAL, ENOSYS}},
        {"close_range", {ENOSYS, EPERM, EINVAL, ENOMEM}},
        {"unshare", {ENOMEM, EPERM}},
        {"getdents", {ENOENT, EINVAL}},
        {"execve",
         {ENOENT, EACCES, ENOTDIR, ELOOP, ENAMETOOLONG, ENOMEM, E2BIG, ENOEXEC,
          ETXTBSY, EPERM, EMFILE, EIO, EAGAIN, EINVAL}},
    };
    for (Row const& row : rows)
        if (name == row.name)
            return row.errors;
    return {};
}

} // namespace runnel::test

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/linux/calls.hpp"

#include "sys/immortal.hpp"
#include "sys/linux/child.hpp"
#include "sys/linux/raw_syscall.hpp"

#include <atomic>

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__aarch64__)
extern "C" long runnel_clone3(clone_args* args, int (*child)(void*),
                              void* argument);
#endif

namespace runnel::inline v0::posix {

namespace {

// Calls of this process go through the C library where it has a wrapper, so
// that sanitizers and preloaded libraries see the calls they expect.
template <class T>
T with_errno(T result)
{
    return result < 0 ? static_cast<T>(-errno) : result;
}

constexpr long set_size = sizeof(SignalSet);

int native_sigprocmask(int how, SignalSet const* set, SignalSet* old)
{
    // Not the C library's function, which never blocks the two signals that it
    // uses itself. Those must not reach a child that shares our memory either.
    return static_cast<int>(raw_syscall(SYS_rt_sigprocmask, how, as_long(set),
                                        as_long(old), set_size));
}

int native_sigpending(SignalSet* set)
{
    return static_cast<int>(
        raw_syscall(SYS_rt_sigpending, as_long(set), set_size));
}

int native_sigtimedwait(SignalSet const* set, ::timespec const* timeout)
{
    return static_cast<int>(raw_syscall(SYS_rt_sigtimedwait, as_long(set), 0,
                                        as_long(timeout), set_size));
}

long native_clone3([[maybe_unused]] clone_args* args,
                   [[maybe_unused]] int (*child)(void*),
                   [[maybe_unused]] void* argument)
{
#if defined(__x86_64__) || defined(__aarch64__)
    return runnel_clone3(args, child, argument);
#else
    return -ENOSYS;
#endif
}

// Not a private futex: the wake comes from an exec in another address space.
int native_futex_wait(int* word, int while_equal)
{
    return static_cast<int>(
        raw_syscall(SYS_futex, as_long(word), FUTEX_WAIT, while_equal, 0));
}

#if defined(__SANITIZE_THREAD__)
constexpr bool holds_signals_back = true;
#elif defined(__has_feature)
constexpr bool holds_signals_back = __has_feature(thread_sanitizer);
#else
constexpr bool holds_signals_back = false;
#endif

// The thread sanitizer runs handlers of signals in calls that it knows to block,
// and otherwise after the call. A wait that only a handler can end would last
// for ever.
void block_where_handlers_run(int pidfd)
{
    ::pollfd ended{pidfd, POLLIN, 0};
    while (::poll(&ended, 1, -1) < 0 && errno == EINTR)
        continue;
}

// The C library's waitid does not give the resource usage.
int native_waitid(int kind, int id, ::siginfo_t* info, int options,
                  ::rusage* usage)
{
    if (holds_signals_back && kind == P_PIDFD && (options & WNOHANG) == 0)
        block_where_handlers_run(id);
    return static_cast<int>(raw_syscall(SYS_waitid, kind, id, as_long(info),
                                        options, as_long(usage)));
}

int native_prctl(int option, void* into, unsigned long value)
{
    return static_cast<int>(
        raw_syscall(SYS_prctl, option,
                    into != nullptr ? as_long(into) : as_long(value), 0, 0));
}

int native_pidfd_open(int pid)
{
    return static_cast<int>(raw_syscall(SYS_pidfd_open, pid, 0));
}

// From <linux/pidfd.h> of Linux 6.15, where a pidfd keeps the exit status.
// Older headers lack it.
struct PidfdInfo {
    unsigned long long mask;
    unsigned long long cgroup;
    unsigned pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
constexpr unsigned long long pidfd_info_exit = 1 << 3;
constexpr unsigned long pidfd_get_info = _IOWR(0xff, 11, PidfdInfo);

int native_pidfd_exit_status(int pidfd, int* status)
{
    PidfdInfo info{};
    info.mask = pidfd_info_exit;
    auto const result = static_cast<int>(
        raw_syscall(SYS_ioctl, pidfd, as_long(pidfd_get_info), as_long(&info)));
    if (result < 0)
        return result;
    if ((info.mask & pidfd_info_exit) == 0)
        return -ENODATA;
    *status = info.exit_code;
    return 0;
}

int native_pidfd_send_signal(int pidfd, int signal)
{
    return static_cast<int>(
        raw_syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0));
}

long native_mmap_file(int fd, std::size_t size)
{
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    return at == MAP_FAILED ? -errno : as_long(at);
}

int native_check_program(char const* path)
{
    struct ::stat info {};
    if (::stat(path, &info) != 0)
        return -errno;
    if (!S_ISREG(info.st_mode))
        return -EACCES;
    return with_errno(::faccessat(AT_FDCWD, path, X_OK, AT_EACCESS));
}

int native_file_type(int fd)
{
    struct ::stat info {};
    if (::fstat(fd, &info) != 0)
        return -errno;
    return static_cast<int>(info.st_mode & S_IFMT);
}

int native_path_mode(char const* path)
{
    struct ::stat info {};
    if (::stat(path, &info) != 0)
        return -errno;
    return static_cast<int>(info.st_mode);
}

int native_is_noexec(char const* path)
{
    struct ::statvfs info {};
    if (::statvfs(path, &info) != 0)
        return -errno;
    return (info.f_flag & ST_NOEXEC) != 0 ? 1 : 0;
}

long native_file_number(int fd)
{
    struct ::stat info {};
    if (::fstat(fd, &info) != 0)
        return -errno;
    return static_cast<long>(info.st_ino);
}

long native_device(int fd)
{
    struct ::stat info {};
    if (::fstat(fd, &info) != 0)
        return -errno;
    return static_cast<long>(info.st_rdev);
}

// NOLINTNEXTLINE(readability-function-size): a table
Calls make_native_calls() noexcept
{
    Calls made{};
    made.close = [](int fd) { return with_errno(::close(fd)); };
    made.pipe2 = [](int* fds, int flags) {
        return with_errno(::pipe2(fds, flags));
    };
    made.open = [](char const* path, int flags, unsigned mode) {
        return with_errno(::open(path, flags, mode));
    };
    made.fcntl = [](int fd, int command, long argument) {
        return with_errno(::fcntl(fd, command, argument));
    };
    made.bytes_to_read = [](int fd, int* count) {
        return with_errno(::ioctl(fd, FIONREAD, count));
    };
    made.read = [](int fd, void* into, std::size_t room) -> long {
        return with_errno(::read(fd, into, room));
    };
    made.write = [](int fd, void const* from, std::size_t count) -> long {
        return with_errno(::write(fd, from, count));
    };
    made.read_now = [](int fd, void* into, std::size_t room) -> long {
        ::iovec part{into, room};
        return with_errno(::preadv2(fd, &part, 1, -1, RWF_NOWAIT));
    };
    made.write_now = [](int fd, void const* from, std::size_t count) -> long {
        ::iovec part{const_cast<void*>(from), count};
        return with_errno(::pwritev2(fd, &part, 1, -1, RWF_NOWAIT));
    };
    made.receive = [](int fd, void* into, std::size_t room) -> long {
        return with_errno(::recv(fd, into, room, MSG_DONTWAIT));
    };
    made.send = [](int fd, void const* from, std::size_t count) -> long {
        return with_errno(::send(fd, from, count, MSG_DONTWAIT | MSG_NOSIGNAL));
    };
    made.tee = [](int from, int to, std::size_t most) -> long {
        return with_errno(::tee(from, to, most, SPLICE_F_NONBLOCK));
    };
    made.splice = [](int from, int to, std::size_t most) -> long {
        return with_errno(::splice(from, nullptr, to, nullptr, most,
                                   SPLICE_F_NONBLOCK | SPLICE_F_MOVE));
    };
    made.file_type = native_file_type;
    made.path_mode = native_path_mode;
    made.is_noexec = native_is_noexec;
    made.file_number = native_file_number;
    made.device = native_device;
    made.ppoll = [](::pollfd* items, unsigned count, ::timespec const* limit) {
        return with_errno(::ppoll(items, count, limit, nullptr));
    };
    made.sigprocmask = native_sigprocmask;
    made.sigpending = native_sigpending;
    made.sigtimedwait = native_sigtimedwait;
    made.clone3 = native_clone3;
    made.fork = [] { return with_errno(static_cast<int>(::fork())); };
    made.futex_wait = native_futex_wait;
    made.waitid = native_waitid;
    made.prctl = native_prctl;
    made.pidfd_open = native_pidfd_open;
    made.pidfd_send_signal = native_pidfd_send_signal;
    made.pidfd_exit_status = native_pidfd_exit_status;
    made.kill = [](int pid, int signal) {
        return with_errno(::kill(pid, signal));
    };
    made.eventfd = [](unsigned count, int flags) {
        return with_errno(::eventfd(count, flags));
    };
    made.epoll_create = [](int flags) {
        return with_errno(::epoll_create1(flags));
    };
    made.epoll_ctl = [](int epoll, int operation, int fd,
                        ::epoll_event* event) {
        return with_errno(::epoll_ctl(epoll, operation, fd, event));
    };
    made.epoll_wait = [](int epoll, ::epoll_event* events, int most,
                         int milliseconds) {
        return with_errno(::epoll_wait(epoll, events, most, milliseconds));
    };
    made.memfd_create = [](char const* name, unsigned flags) {
        return with_errno(::memfd_create(name, flags));
    };
    made.tcgetattr = [](int fd, ::termios* settings) {
        return with_errno(::tcgetattr(fd, settings));
    };
    made.tcsetattr = [](int fd, ::termios const* settings) {
        return with_errno(::tcsetattr(fd, TCSANOW, settings));
    };
    made.ioctl = [](int fd, unsigned long request, long argument) {
        return with_errno(::ioctl(fd, request, argument));
    };
    made.readlink = [](char const* path, char* into, std::size_t room) {
        return with_errno(::readlink(path, into, room));
    };
    made.unlink = [](char const* path) { return with_errno(::unlink(path)); };
    made.mkdir = [](char const* path, unsigned mode) {
        return with_errno(::mkdir(path, mode));
    };
    made.rmdir = [](char const* path) { return with_errno(::rmdir(path)); };
    made.mmap_file = native_mmap_file;
    made.check_program = native_check_program;
    add_child_calls(made);
    return made;
}

std::atomic<Calls const*> replaced{nullptr};

} // namespace

Calls const& native_calls() noexcept
{
    static constinit sys::Immortal<Calls> table;
    return table.get(make_native_calls);
}

Calls const& calls() noexcept
{
    auto const* table = replaced.load(std::memory_order_acquire);
    return table != nullptr ? *table : native_calls();
}

PosixCalls const& posix_calls() noexcept
{
    return calls();
}

void replace_calls(Calls const* table) noexcept
{
    replaced.store(table, std::memory_order_release);
}

} // namespace runnel::inline v0::posix

// THE SEAM: every service of the operating system that runnel uses, declared
// without a header or a type of the system. Implemented in src/posix, one file
// for each theme; a port is another folder of the same file names.
//
// Functions here know no policy and throw nothing but std::bad_alloc: they
// give a value or a std::error_code of the generic category. Interrupted
// calls (EINTR) are repeated inside.
#pragma once

#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/result.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace runnel::inline v0::sys {

/// A value, or the reason why there is none.
template <class T>
struct [[nodiscard]] Result {
    std::error_code error;
    T value{};

    explicit operator bool() const noexcept { return !error; }
};

// --- time ------------------------------------------------------------------

using Clock = std::chrono::steady_clock;

/// A point in time to wait for at most; the latest one stands for "never".
using Deadline = Clock::time_point;

inline constexpr Deadline never = Deadline::max();

/// `timeout` from now; saturates.
Deadline deadline_after(Timeout timeout) noexcept;

// --- descriptors -------------------------------------------------------------

/// Owns one descriptor; closed exactly once, without looking at the outcome
/// (after an interrupted close it is gone as well).
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int number) noexcept : number_(number) {}
    Fd(Fd&& other) noexcept : number_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept
    {
        reset(other.release());
        return *this;
    }
    ~Fd() { reset(); }

    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept { return std::exchange(number_, -1); }
    void reset(int number = -1) noexcept;

private:
    int number_ = -1;
};

struct Pipe {
    Fd read_end;
    Fd write_end;
};

/// A pipe whose ends no child inherits, with numbers above 2 even if 0, 1 or 2
/// is free: what is printed to a closed stdout must not end up in our pipe.
Result<Pipe> open_pipe();

/// Asks the kernel to hold `bytes` in the pipe. Gives the size that it has
/// now; refusals are none of the caller's business.
std::size_t resize_pipe(int fd, std::size_t bytes) noexcept;

enum class FileUse : unsigned char {
    read,
    poll, ///< read, without waiting for who writes to a FIFO: non-blocking
    write,
    append,
};

/// Opens a file (created 0666 less the umask, if written) with a number above
/// 2 that no child inherits.
Result<Fd> open_file(std::string const& path, FileUse use);

/// A new file without a name in `directory`, to write and to read.
Result<Fd> open_unnamed_file(std::string const& directory);

/// All of `bytes`.
std::error_code write_all(int fd, std::string_view bytes) noexcept;

/// The first `size` bytes of a file as memory that cannot be changed, to be
/// given to `unmap`. Not empty.
Result<std::string_view> map_file(int fd, std::size_t size) noexcept;
void unmap(std::string_view mapped) noexcept;

/// The name of the null device.
extern std::string const null_device;

/// Up to `room` bytes; 0 means the end (also for a terminal that hung up).
/// `errc::operation_would_block` if it is non-blocking and empty.
Result<std::size_t> read_some(int fd, char* into, std::size_t room) noexcept;

/// True for the errors that mean "not now".
inline bool would_block(std::error_code error) noexcept
{
    return error == std::errc::operation_would_block
        || error == std::errc::resource_unavailable_try_again;
}

/// False if there is no such descriptor.
bool is_open(int fd) noexcept;

enum class FileKind : unsigned char { pipe, regular, other };

FileKind kind_of(int fd) noexcept;

/// Makes reads and writes of this open file return instead of block. Only for
/// descriptors that nobody else shares.
std::error_code set_nonblocking(int fd) noexcept;

/// While it lives, writing to a pipe without a reader gives
/// `errc::broken_pipe` in this thread and no SIGPIPE, writing beyond the limit
/// of a file's size `errc::file_too_large` and no SIGXFSZ; afterwards the
/// signal mask and the set of pending signals are as before. Nothing
/// process-wide is touched. Guards may be nested.
class SigpipeGuard {
public:
    SigpipeGuard() noexcept;
    SigpipeGuard(SigpipeGuard const&) = delete;
    SigpipeGuard& operator=(SigpipeGuard const&) = delete;
    ~SigpipeGuard();

    /// Some of the bytes. The only way to write: it needs a guard.
    Result<std::size_t> write_some(int fd, std::string_view bytes) noexcept;

    /// The kernel copies what is in one pipe into another, and leaves it there.
    /// At most `most` bytes; 0 means the end of `from`.
    Result<std::size_t> tee_some(int from, int to, std::size_t most) noexcept;

    /// The kernel moves bytes from a pipe to a pipe or a file. Where it cannot,
    /// `errc::invalid_argument`.
    Result<std::size_t> splice_some(int from, int to,
                                    std::size_t most) noexcept;

private:
    Result<std::size_t> outcome(long count) noexcept;

    unsigned long long old_mask_ = 0;
    unsigned long long pending_before_ = 0;
    unsigned long long raised_ = 0;
};

/// While it lives, no signal is handled in this thread, nor in one that it
/// starts.
class SignalsBlocked {
public:
    enum class Whose : bool {
        all, ///< for a moment: even the C library's own
        others, ///< all that need not be handled by the thread that runs
    };
    explicit SignalsBlocked(Whose whose = Whose::all) noexcept;
    SignalsBlocked(SignalsBlocked const&) = delete;
    SignalsBlocked& operator=(SignalsBlocked const&) = delete;
    ~SignalsBlocked();

private:
    unsigned long long old_mask_ = 0;
};

// --- readiness -----------------------------------------------------------------

enum class Interest : unsigned char {
    read,
    write,
    broken, ///< only that the other side has gone
};

struct PollItem {
    int fd = -1; ///< a negative one is passed over
    Interest interest = Interest::read;
    bool ready = false; ///< to act on: readable, writable, ended or broken
};

/// Waits until an item is ready or `deadline` has passed. Gives how many are.
Result<std::size_t> poll(std::span<PollItem> items, Deadline deadline);

/// Wakes a poll loop from anywhere, even from a signal handler, and stays
/// awake.
class Waker {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    Waker();

    void wake() noexcept;

    /// Lets it sleep again.
    void clear() noexcept;

    int fd() const noexcept { return event_.get(); }

private:
    Fd event_;
};

/// One descriptor that is ready when one of many is; for foreign loops.
class EventSet {
public:
    /// Throws `std::system_error` if there is no descriptor for it.
    EventSet();

    int fd() const noexcept { return epoll_.get(); }

    /// Watches these. Gives false if one of them cannot be watched.
    bool watch(std::span<PollItem const> items);

    /// Forgets them; must come before any of them is closed, or another
    /// process that still holds it would go on reporting it here.
    void forget() noexcept;

private:
    Fd epoll_;
    std::vector<int> watched_;
};

// --- children ------------------------------------------------------------------

struct Exit {
    ExitStatus status;
    ResourceUsage usage;
    Clock::time_point seen_at;
};

/// A child from its start to the collection of its status.
///
/// Any number of threads may use it at once. The status is collected once,
/// under a lock, and signals by pid are sent under the same lock: an
/// uncollected child keeps its pid, so a signal cannot reach a stranger.
class Process {
public:
    /// Room for a child, made before there is one: with a child at hand, no
    /// allocation may fail any more.
    Process() noexcept = default;

    void adopt(int pid, Fd pidfd) noexcept
    {
        pid_ = pid;
        live_pid_.store(pid);
        pidfd_ = std::move(pidfd);
    }

    int pid() const noexcept { return pid_; }

    /// What is known already; asks nobody.
    std::optional<Exit> seen() const;

    /// Waits for the end, at most until `deadline`; nothing if that passed.
    std::optional<Exit> wait(Deadline deadline);

    /// False if the child has ended; nothing was sent then.
    Result<bool> signal(int number);

    /// Sends a signal unless the end was seen. Async-signal-safe.
    void forward(int number) noexcept;

    /// A descriptor that polls as readable when the child has ended, or -1 if
    /// there is none to be had now.
    int pollable();

    /// The same, but makes none if it was given back.
    int watchable() const;

    /// Collects a child that `pollable` said has ended.
    std::optional<Exit> collect_ended() { return reap_now(true); }

    /// Gives that descriptor back when descriptors are short; it is made
    /// again when needed. Not while another thread may wait.
    void shed() noexcept { pidfd_.reset(); }

    Process* next = nullptr; ///< for lists; not used here

private:
    std::optional<Exit> collect(Deadline deadline);
    std::optional<Exit> reap_now(bool has_ended);
    bool has_ended() const;
    void end_forwarding() noexcept;
    int signal_by_pid(int number);

    int pid_ = -1;
    Fd pidfd_;
    mutable std::mutex mutex_;
    std::optional<Exit> exit_;
    /// For `forward`, which may not lock: the pid while it is surely the
    /// child's, and how many are about to use it.
    std::atomic<int> live_pid_{0};
    std::atomic<int> forwarding_{0};
};

/// Lets a child go. It is kept until `reap_abandoned` finds that it ended.
void abandon(std::unique_ptr<Process> child) noexcept;

/// Collects the abandoned children that have ended. Costs one load if there
/// are none.
void reap_abandoned() noexcept;

/// Kills a child and reaps it; one that may not be killed is abandoned.
void end(std::unique_ptr<Process> child) noexcept;

/// In the child, descriptor `target` becomes a copy of our `source`.
struct FdMove {
    int source;
    int target;

    bool operator==(FdMove const&) const = default;
};

/// Everything about a child, by reference: what is referred to must stay
/// until the launch has finished.
struct SpawnRequest {
    std::span<std::string const> args; ///< never empty
    std::string_view program; ///< looked up if it holds no slash
    /// `NAME=value` strings; null: those of this process.
    std::vector<std::string> const* environment = nullptr;
    std::string const* cwd = nullptr;
    std::span<FdMove const> moves; ///< targets are distinct
    std::span<int const> kept; ///< stay open under their numbers
    bool close_others = true;
    bool restore_signals = true;
    bool new_session = false;
    std::optional<int> process_group;
    std::optional<unsigned> user;
    std::optional<unsigned> group;
    std::optional<std::vector<unsigned>> extra_groups;
    std::optional<unsigned> umask;
    void (*preexec)(void*) = nullptr; ///< may throw; called in a real copy
    void* preexec_context = nullptr;
};

struct SpawnFailure {
    SpawnStep step;
    std::error_code error;
    std::string subject; ///< the program file or directory, if it matters
    std::string detail; ///< what preexec threw
};

/// A child whose program may not execute yet.
class Launch {
public:
    Launch() noexcept;
    Launch(Launch&&) noexcept;
    Launch& operator=(Launch&&) noexcept;
    /// Ends and reaps a child that nobody took over.
    ~Launch();

    /// Starts the child and waits until the program executes or failed.
    std::optional<SpawnFailure> start(SpawnRequest const& request);

    /// Starts the child and returns as soon as it exists, so that several can
    /// execute side by side. `confirm` must follow.
    std::optional<SpawnFailure> start_unconfirmed(SpawnRequest const& request);

    /// Waits for the outcome of `start_unconfirmed`. After a failure the
    /// child is reaped.
    std::optional<SpawnFailure> confirm();

    /// See `Process::shed`.
    void shed() noexcept
    {
        if (process_)
            process_->shed();
    }

    /// The running child, if there was no failure. Once.
    std::unique_ptr<Process> take();

    struct Frame;

private:
    enum class Confirm : bool { at_once, later };

    std::optional<SpawnFailure> begin(Frame& frame, SpawnRequest const& request,
                                      Confirm confirm);
    std::optional<SpawnFailure> fork_child(Frame& frame);
    std::optional<SpawnFailure> outcome(Frame& frame);

    std::unique_ptr<Frame> frame_;
    std::unique_ptr<Process> process_;
    bool running_ = false; ///< there is a child that nobody took over
};

// --- encodings -------------------------------------------------------------------

/// Converts bytes of one encoding to another; remembers the state between
/// calls, in encodings that have one.
class Converter {
public:
    enum class Stop : unsigned char {
        done, ///< all was converted
        incomplete, ///< the rest is the beginning of a character
        invalid, ///< the rest begins with what cannot be converted
        full, ///< there is no room for the next character
    };

    /// Converts nothing.
    Converter() noexcept = default;
    Converter(Converter&& other) noexcept : handle_(other.release()) {}
    Converter& operator=(Converter&& other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Converter();

    /// `errc::invalid_argument`: the system does not know one of them.
    static Result<Converter> open(std::string const& to,
                                  std::string const& from);

    /// Takes what it converted away from the front of both.
    Stop convert(std::string_view& from, std::span<char>& into) noexcept;

    /// Gives what ends the text, in encodings where something does.
    Stop finish(std::span<char>& into) noexcept;

    /// As if it was new.
    void reset() noexcept;

private:
    void* release() noexcept { return std::exchange(handle_, nullptr); }
    Stop call(char** in, std::size_t* in_left, std::string_view& from,
              std::span<char>& into) noexcept;

    void* handle_ = nullptr;
};

/// The system's own spelling of a name; `errc::invalid_argument` if it knows
/// no such encoding.
Result<std::string> known_encoding(std::string const& name);

/// That of the user's locale, without a look at what `setlocale` did; empty
/// for the C locale.
std::string locale_encoding();

// --- names -----------------------------------------------------------------------

/// The variables of this process, `NAME=value`; views into its memory.
std::vector<std::string_view> environment();

/// Numbers for names; a failed look-up is no error but nothing.
std::optional<unsigned> user_id(std::string const& name);
std::optional<unsigned> group_id(std::string const& name);

/// The first file of that name in the absolute directories of `path` that is
/// a program; `name` itself if it holds a slash and is one.
std::optional<std::string> find_program(std::string const& name,
                                        std::string_view path);

/// PATH of this process, or the system's default.
std::string_view program_path();

/// `SIGPIPE`, `SIGRTMIN+1`, `signal 99`.
std::string signal_name(int signal);

/// The words of the system for an error, such as "No such file or directory".
std::string describe(std::error_code error);

namespace signals {
extern int const kill;
extern int const terminate;
extern int const broken_pipe;
} // namespace signals

/// What may help someone who reads `failure`; empty if nothing comes to mind.
std::string spawn_hint(SpawnRequest const& request,
                       SpawnFailure const& failure);

} // namespace runnel::inline v0::sys

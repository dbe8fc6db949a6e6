// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// One child process: start it, talk to it, wait for it. Everything that
// Python's subprocess.Popen offers, with the same names and meaning.
//
//     Popen sort({"sort", "-n"}, {.in = Stdio::pipe, .out = Stdio::pipe});
//     auto [out, err] = sort.communicate("3\n1\n2\n");
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/containment.hpp>
#include <runnel/detail/refused.hpp>
#include <runnel/environment.hpp>
#include <runnel/error.hpp>
#include <runnel/exit_status.hpp>
#include <runnel/observer.hpp>
#include <runnel/output.hpp>
#include <runnel/pathname.hpp>
#include <runnel/pty.hpp>
#include <runnel/redirect.hpp>
#include <runnel/resource_limit.hpp>
#include <runnel/stream.hpp>
#include <runnel/teardown.hpp>
#include <runnel/text_mode.hpp>
#include <runnel/text_view.hpp>
#include <runnel/timeout.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// A user or group: by number, or by a name that is looked up when the child
/// is started (`std::invalid_argument` if there is no such name).
class Id {
public:
    constexpr Id(std::unsigned_integral auto number) : number_(number)
    {
        check(number_ <= 0xffff'fffe);
    }
    constexpr Id(std::signed_integral auto number)
        : number_(static_cast<unsigned long>(number))
    {
        check(number >= 0 && number_ <= 0xffff'fffe);
    }
    template <detail::text_like T>
    Id(T const& name)
        : name_(detail::text_of(name, "the name of a user or group")),
          is_name_(true)
    {
    }
    Id(bool) = delete;
    template <std::same_as<std::nullptr_t> T RUNNEL_REFUSED_BECAUSE(
        "a null pointer is no text: write \"\" for empty text")>
    RUNNEL_REFUSED_MEMBER(
        "a null pointer is no text: write \"\" for empty text")
    Id(T) RUNNEL_DELETED;

    bool is_name() const noexcept { return is_name_; }
    std::string const& name() const noexcept { return name_; }
    unsigned long number() const noexcept { return number_; }

private:
    static constexpr void check(bool in_range)
    {
        if (!in_range)
            throw std::invalid_argument(
                "a user or group id is from 0 to 4294967294");
    }

    unsigned long number_ = 0;
    std::string name_;
    bool is_name_ = false;
};

/// A callable that runs in the child just before the program; see
/// `PopenOptions::preexec_fn`.
class PreexecFn {
public:
    PreexecFn() noexcept = default;

    template <std::invocable F>
        requires(!std::same_as<std::remove_cvref_t<F>, PreexecFn>)
    PreexecFn(F&& f)
        : function_(
            std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(f)))
    {
    }

    explicit operator bool() const noexcept { return function_ != nullptr; }
    void operator()() const { function_->call(); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual void call() = 0;
    };
    template <class F>
    struct Holder final : Base {
        explicit Holder(F f) : function(std::move(f)) {}
        void call() override { function(); }
        F function;
    };

    std::shared_ptr<Base> function_;
};

/// What the destructor of a `Popen` does with a child that still runs. It
/// closes the pipes first in any case.
enum class OnDestroy : unsigned char {
    wait,     ///< waits for the child without limit, as Python's `with`
    teardown, ///< ends the child as `PopenOptions::teardown` says; waits
    detach,   ///< lets the child run on; see `Popen::detach`
};

/// How a child process is started. Name the fields that you change:
///
///     Popen({"make"}, {.out = Stdio::devnull, .cwd = "src"});
///
/// The order of the fields is that of the braces.
struct PopenOptions {
    /// The program to execute, if it is not `args[0]`; `args[0]` is then only
    /// the name that the program sees. With `shell`, the shell instead of
    /// `/bin/sh`. Default: not given.
    Pathname executable{};

    /// True: the first argument is a script for `/bin/sh -c`, the others are
    /// its parameters `$0`, `$1`, ... Never turned on by another option.
    bool shell = false;

    /// Where stdin comes from and stdout and stderr go. Default: inherited.
    Stdio in = Stdio::inherit;
    Stdio out = Stdio::inherit;
    Stdio err = Stdio::inherit;

    /// A pseudo-terminal: those of the three streams that are `inherit` lead to
    /// it, and it is the controlling terminal of the child, which leads a new
    /// session. What the terminal shows is `Popen::out()`, or `err()` if stdout
    /// is piped; what is typed is `Popen::in()`, unless stdin is piped.
    ///
    /// `std::invalid_argument`: together with `process_group`, if all three
    /// streams lead elsewhere, or if both stdout and stderr are piped.
    std::optional<Pty> pty{};

    /// The directory of the child. It is entered before the program is looked
    /// up: a relative program name is relative to it. Default: that of this
    /// process.
    Pathname cwd{};

    /// Default: that of this process. If PATH is set here, the program is
    /// looked up in that PATH.
    Environment env{};

    /// True: the child gets descriptors 0, 1, 2 and `pass_fds`, and no others.
    /// False: also every descriptor of this process that is not close-on-exec.
    bool close_fds = true;

    /// Descriptors of this process that the child gets under the same
    /// numbers. Order and repetitions do not matter. Turns `close_fds` on.
    std::vector<int> pass_fds{};

    /// True: SIGPIPE and SIGXFSZ get their default action back in the child.
    bool restore_signals = true;

    /// True: the child leads a new session (`setsid`). Excludes
    /// `process_group`.
    bool start_new_session = false;

    /// The process group to join (`setpgid`); 0 for one of its own.
    std::optional<int> process_group{};

    /// True: the child leads a group of its own, and that group is the foreground
    /// of the terminal: Ctrl-C reaches the child and its group only, and they may
    /// read the terminal. When `wait` or `poll` has seen the end of the child, the
    /// group of this process is the foreground again. No effect if this process
    /// has no controlling terminal, or is in its background. Excludes sessions,
    /// pseudo-terminals (`pty`), and `process_group`
    /// other than 0. If Ctrl-Z stops the child, or it is detached, the terminal
    /// stays with it.
    bool foreground = false;

    /// User, group and supplementary groups of the child. An empty list drops
    /// all supplementary groups. Needs privileges.
    std::optional<Id> user{};
    std::optional<Id> group{};
    std::optional<std::vector<Id>> extra_groups{};

    /// The file mode creation mask; negative: unchanged. At most 0777.
    int umask = -1;

    /// Resource limits. If there are two for one resource, the last counts.
    /// Default: those of this process.
    std::vector<ResourceLimit> limits{};

    /// Added to the nice value of the calling thread. From 1 to 39: the child
    /// gets less processor time. From -39 to -1: it gets more, which needs
    /// privileges. A sum below -20 becomes -20, one above 19 becomes 19.
    std::optional<int> nice{};

    /// The numbers of the processors that the child may run on, from 0 to 8191.
    /// Default: those of the calling thread. At least one must exist and be
    /// allowed, else `SpawnError`.
    std::vector<int> cpus{};

    /// True: the child runs only on processors that nothing else wants
    /// (`SCHED_IDLE`). The nice value of the child then has no effect.
    bool scheduling_idle = false;

    /// True: neither the child nor its children can gain privileges by
    /// executing a set-user-id program or the like. Cannot be undone.
    bool no_new_privileges = false;

    /// The signal that the kernel sends to the child when this process ends,
    /// however it ends; 9 (SIGKILL) is the safe one. The children of the child
    /// do not get it. If this process ends before the setting takes effect, the
    /// child gets the signal at once.
    ///
    /// The kernel watches the *thread* that made the child, not the process. So
    /// unless the calling thread is the main thread, a thread of the library
    /// makes the child and stays until the child has ended: the child then
    /// survives the end of the calling thread. The kernel drops the setting
    /// when the child executes a set-user-id program.
    std::optional<int> die_with_parent{};

    /// Signals that the child ignores, in addition to those that this process
    /// ignores. If SIGPIPE is among them, it stays ignored although
    /// `restore_signals` is set. SIGKILL and SIGSTOP are
    /// `std::invalid_argument`.
    std::vector<int> ignored_signals{};

    /// Signals that the child blocks. Default: none; the signal mask of the
    /// calling thread is not inherited.
    std::vector<int> signal_mask{};

    /// The capacity to ask for in bytes, for each new pipe. The kernel rounds
    /// up, and a refusal is no error. Default -1: the kernel's choice.
    int pipesize = -1;

    /// The buffer size of this process's ends of the pipes: 0 is unbuffered, a
    /// positive number about that many bytes, negative the default. 1: in text
    /// mode every line is written at once; otherwise 1 means the default. By
    /// default stdin has no buffer if stdout or stderr is a pipe, too: what was
    /// written must reach the child before its answer is read.
    int bufsize = -1;

    /// Runs in the child before the program. The child is then a plain copy of
    /// this process with this one thread: a lock that another thread held (the
    /// allocator's, too) stays locked. Prefer the other options. If the
    /// function throws, this process gets a `SpawnError` of step `preexec`.
    PreexecFn preexec_fn{};

    /// Each of these turns text mode on, for all three streams; see
    /// text_mode.hpp. `universal_newlines` is another name of `text`.
    bool text = false;
    bool universal_newlines = false;
    Encoding encoding{};
    std::optional<TextErrors> errors{};

    OnDestroy on_destroy = OnDestroy::wait;

    /// How `Popen::tear_down` and `OnDestroy::teardown` end the child. Default:
    /// SIGTERM, two seconds of grace, then SIGKILL.
    Teardown teardown{};

    /// What is ended with the child, and gets its signals; see containment.hpp.
    /// The kinds that make a group or a session exclude `process_group` (other
    /// than 0 with `Containment::group`).
    Containment containment = Containment::none;

    /// Receives start, signals and end. Must outlive the `Popen`, and also a
    /// detached child, whose end is reported when it is reaped; see
    /// `Popen::detach`. Default: the one of `set_default_observer`.
    Observer* observer = nullptr;
};

/// The result of `Popen::communicate`. A stream that was not piped is not
/// captured, which differs from empty. As in Python it unpacks into two:
/// `auto [out, err] = child.communicate();`.
struct Communicated {
    Output out{};
    Output err{};
    /// False: the child had ended, but an outside process that it left behind
    /// still held a pipe when the drain limit passed. The output until then is
    /// here.
    bool drained = true;

    template <std::size_t I>
    Output& get() & noexcept
    {
        return I == 0 ? out : err;
    }
    template <std::size_t I>
    Output const& get() const& noexcept
    {
        return I == 0 ? out : err;
    }
    template <std::size_t I>
    Output&& get() && noexcept
    {
        return std::move(I == 0 ? out : err);
    }
};

} // namespace runnel::inline v0

template <>
struct std::tuple_size<runnel::Communicated>
    : std::integral_constant<std::size_t, 2> {};

template <std::size_t I>
struct std::tuple_element<I, runnel::Communicated> {
    using type = runnel::Output;
};

namespace runnel::inline v0 {

class Expression;

namespace detail {
class PopenState;
class PopenAccess;
} // namespace detail

/// A child process.
///
/// The constructor returns when the program executes. If a step before that
/// fails, it throws `SpawnError`. Bad arguments are `std::invalid_argument`,
/// before anything is opened. No shell is involved unless asked for.
///
/// The object owns this process's ends of the pipes. Its destructor flushes and
/// closes them and waits for the child, as leaving a `with Popen(...)` block
/// does in Python, unless `OnDestroy` says otherwise; it does not throw. Where
/// it does not wait for the child, it flushes only what fits into the pipe.
///
/// Threads: `poll`, `wait`, `send_signal`, `terminate`, `kill`, `tear_down`,
/// `pid` and `returncode` may be called from any number of threads at once; a
/// signal never reaches another process that got the same pid. Streams and
/// `communicate` belong to one thread at a time. Distinct objects are
/// independent.
class RUNNEL_EXPORT Popen {
public:
    /// Starts `args[0]` with the arguments `args`.
    explicit Popen(std::initializer_list<Word> args,
                   PopenOptions const& options = {});

    /// The same from a range of words.
    template <detail::word_range R>
        requires(!std::same_as<std::remove_cvref_t<R>, Popen>)
    explicit Popen(R&& args, PopenOptions const& options = {})
        : Popen(detail::words_of(std::forward<R>(args)), options, 0)
    {
    }

    /// One string: the name of a program without arguments (it is not
    /// split), or with `shell` a script.
    template <class T>
        requires detail::text_like<T> || detail::path_like<T>
    explicit Popen(T const& program, PopenOptions const& options = {})
        : Popen(
            std::vector<Word>{Word(detail::text_of(program, "the program"))},
            options, 0)
    {
    }

    template <class T = void RUNNEL_REFUSED_BECAUSE(
                  "Popen takes words: write start(e) for an expression, or "
                  "Popen({\"ls\", \"-l\"})")>
    RUNNEL_REFUSED_MEMBER("Popen takes words: write start(e) for an "
                          "expression, or Popen({\"ls\", \"-l\"})")
    explicit Popen(Expression const&, PopenOptions const& = {}) RUNNEL_DELETED;

    Popen(Popen&&) noexcept;
    Popen& operator=(Popen&&) noexcept;
    ~Popen();

    /// Checks whether the child has ended; never blocks. Returns the
    /// returncode, or nothing while the child runs.
    std::optional<int> poll();

    /// Waits for the child to end and returns its returncode: the exit code, or
    /// `-N` if signal N ended it.
    ///
    /// Deadlocks if the child waits until this process reads a pipe: see
    /// `communicate`. The pipes stay open.
    int wait();

    /// The same; throws `TimeoutExpired` if `timeout` passes first. The child
    /// then runs on and may be waited for again.
    int wait(Timeout timeout);

    /// Writes `input` to stdin and reads stdout and stderr to end of file, all
    /// at once, so that nothing can deadlock; then waits for the child.
    ///
    /// - `input`: only with a piped stdin, else `std::invalid_argument`. A
    ///   child that does not read all of it is no error. The bytes must stay
    ///   valid during this call only.
    /// - `drain`: how long to read on after the child has ended, while an
    ///   outside process that it left behind holds a pipe. Then the pipes are
    ///   closed, and a normal result says `drained = false`. If `timeout`
    ///   passes in that time, the same happens. Default: for ever; then
    ///   `timeout` throws, as in Python.
    /// - Returns the output of the piped streams, all of it in memory.
    /// - Throws `TimeoutExpired`, with the output so far, if `timeout` passes
    ///   first. The child runs on. To go on, call again without input: nothing
    ///   is lost, and the rest of the input is still sent.
    Communicated communicate(detail::OptionalText input = {},
                             Timeout timeout = {}, Timeout drain = {});

    /// Sends a signal. Does nothing if the child has ended. Throws
    /// `std::invalid_argument` if there is no such signal, `std::system_error`
    /// if the system refuses.
    void send_signal(int signal);

    /// Sends SIGTERM: asks the child to end.
    void terminate();

    /// Sends SIGKILL: forces the child to end.
    void kill();

    /// Ends the child if it still runs, waits for its end, and returns its
    /// returncode. The pipes stay open. `how`: in place of
    /// `PopenOptions::teardown`. Throws `std::system_error` if the system
    /// refuses SIGKILL, as for a child that has changed its user id.
    int tear_down();
    int tear_down(Teardown const& how);

    /// Lets the child run on: closes the pipes and forgets the child. When the
    /// child has ended, the library reaps it later, when it starts another
    /// child. Until then, or until this process ends, it may show as a zombie.
    /// The object is then like a moved-from one: it may be assigned to or
    /// destroyed; every other call throws `std::logic_error`.
    void detach();

    /// Changes the size of the terminal (`PopenOptions::pty`); the foreground
    /// group of the terminal gets SIGWINCH. Belongs to the thread of the
    /// streams. Throws `std::invalid_argument` for a number outside of 1 to
    /// 65535, `std::logic_error` if there is no terminal or its streams are
    /// closed.
    void resize(int rows, int columns);

    /// This process's ends of the pipes, or of the terminal. A stream that is
    /// neither is not open, and using it throws `std::logic_error`.
    WriteStream& in() & RUNNEL_LIFETIMEBOUND;
    ReadStream& out() & RUNNEL_LIFETIMEBOUND;
    ReadStream& err() & RUNNEL_LIFETIMEBOUND;

    /// The streams of a temporary object end with it: they can be used on the
    /// spot, but a range over them does not compile.
    WriteStream&& in() && { return std::move(in()); }
    ReadStream&& out() && { return std::move(out()); }
    ReadStream&& err() && { return std::move(err()); }

    /// The process id; with `shell`, that of the shell. Unique until the end of
    /// the child was seen.
    int pid() const;

    /// The arguments as they were given, with secrets masked.
    std::vector<std::string> const& args() const;

    /// The returncode, if `poll`, `wait` or `communicate` has seen the end.
    std::optional<int> returncode() const;

    /// The same, with exit code, signal and "unknown" kept apart.
    std::optional<ExitStatus> status() const;

    /// The resources that the child used, once its end was seen.
    std::optional<ResourceUsage> usage() const;

    /// What the child runs in; never `best`.
    Containment containment() const;

    /// Of a child that was torn down: the processes that its container could not
    /// reach and that still run; see `StageResult::escaped`. Not while another
    /// thread tears it down.
    std::vector<int> escaped() const;

private:
    friend class detail::PopenAccess;
    friend std::string to_string(Popen const& child) noexcept;

    // The last parameter keeps braces with two strings from choosing this one.
    Popen(std::vector<Word> const& args, PopenOptions const& options, int);
    explicit Popen(std::unique_ptr<detail::PopenState> state) noexcept;

    void release() noexcept;
    detail::PopenState& child() const;

    std::unique_ptr<detail::PopenState> state_;
};

/// What the child does at this moment, in one line for people:
///
///     "sort -n": pid 4711, waits for input on stdin from this program
///
/// For a log, or a debugger that looks for the reason of a hang. Waits for nothing. From
/// any thread. Collects no child: one that has ended says so. The words may change from
/// release to release. Empty if there is no memory.
RUNNEL_EXPORT std::string to_string(Popen const& child) noexcept;

} // namespace runnel::inline v0

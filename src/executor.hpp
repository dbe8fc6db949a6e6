// From a plan to children that run.
#pragma once

#include "job_state.hpp"
#include "start.hpp"
#include "sys.hpp"

#include <runnel/plan.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Starts every stage of one plan, or none.
///
/// Files are opened first, in the order written; then the pipes, one at a
/// time, between the starts of the stages, and our copies of their ends are
/// dropped as soon as a stage has its own. The stages execute side by side.
/// If one cannot be started, the others are ended and reaped.
class Executor {
public:
    /// `input`: what stdin of the first stage reads; must outlive the job's
    /// last `wait`.
    static std::unique_ptr<JobState>
    start(Plan plan, Observer* observer,
          std::optional<std::string_view> input = {});

private:
    /// What we hold for a stage until it runs.
    struct Wiring {
        PopenOptions options;
        std::vector<sys::Fd> child_ends;
    };

    Executor(JobState& job, std::optional<std::string_view> input);

    void check(std::size_t stage) const;
    void run();
    void open_files(std::size_t stage);
    void connect(std::size_t stage);
    void launch(std::size_t stage);
    void confirm_all();

    void open_file(std::size_t stage, Redirection const& redirection,
                   Stdio const& file);
    void connect(std::size_t stage, Redirection const& redirection);
    void connect_hand_pipe(std::size_t stage, int fd);
    void capture(std::size_t stage, int fd, std::string* target);
    void feed(std::size_t stage, std::string_view bytes);
    void connect_next(std::size_t stage);

    /// A new pipe for a stage; the child's end is given to the wiring.
    sys::Pipe open_pipe(std::size_t stage);
    void give(std::size_t stage, int fd, sys::Fd end);
    void set_stream(std::size_t stage, int fd, Stdio target);
    [[noreturn]] void fail(std::size_t stage, SpawnStep step,
                           std::error_code error, std::string subject) const;

    JobState& job_;
    Plan const& plan_;
    std::optional<std::string_view> input_;
    std::vector<Wiring> wiring_;
    std::vector<std::unique_ptr<Start>> starts_;
};

} // namespace runnel::inline v0

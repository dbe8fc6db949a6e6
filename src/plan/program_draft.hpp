// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// A program under construction: its lists grow, and refer to each other by
// index.
#pragma once

#include <runnel/program.hpp>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

class ProgramDraft {
public:
    using Step = ProgramUnit::Step;
    using Part = ProgramGroup::Part;

    struct PipeEnds {
        std::size_t read_end;
        std::size_t write_end;
    };

    /// Adds to `made`, which must outlive this object.
    explicit ProgramDraft(Program& made) : program(made) {}

    Program& program;

    /// Pipelines whose stdout is that of their first part, not of the last one.
    std::vector<std::size_t> first_writes;

    /// The number that the next command will have.
    std::size_t next_command() const noexcept
    {
        return program.commands.size();
    }

    // Endpoints. Errors about an endpoint name the next command, unless the
    // endpoint names another one.

    std::size_t add(Endpoint endpoint);
    std::size_t add_capture(ProgramCapture kept);
    std::size_t capture_endpoint(std::size_t kept);

    /// A pipe whose other end the caller gets. Throws `std::invalid_argument`
    /// if the caller has one for this stream already.
    std::size_t in_hand(int fd);

    /// A descriptor of this process that must be open when the unit starts.
    std::size_t descriptor(int fd, std::size_t unit);

    PipeEnds pipe(std::size_t unit);

    /// Adds an endpoint that is opened when the unit starts.
    std::size_t open(Endpoint endpoint, std::size_t unit);

    /// True for an end of a pipe between two parts.
    bool is_pipe_end(std::size_t endpoint) const;

    // Units: what starts together.

    std::size_t begin_unit();
    void end_unit(std::size_t unit);
    void step(std::size_t unit, Step::Kind kind, std::size_t index);
    /// Adds a file that is opened when the unit starts. Returns its endpoint.
    std::size_t file(std::size_t unit, Endpoint endpoint);

    // Parts.

    std::size_t add_group(ProgramGroup::Kind kind, ProgramPlace place,
                          std::size_t parts);

    /// Adds a command and its connections. `is_main`: the command is not in a
    /// branch of a tee, `from` or `into`.
    Part add_command(ProgramCommand command, std::size_t unit, bool is_main);
    Part add_helper(ProgramHelper helper, std::size_t unit);

    void set_part(std::size_t group, std::size_t index, Part made);

    bool is_tee(Part made) const;

    /// The list keeps these endpoints open until its last part has started.
    void hold(std::size_t group, std::vector<std::size_t> endpoints);

    /// Makes `kept` the capture of `stream` of command `stage`, unless there is
    /// one already.
    void keep_for(std::size_t stage, int stream, std::size_t kept,
                  bool is_main);

    /// The command whose stdout (1) or stderr (2) a part passes on, or `no_index`.
    std::size_t writer_of(Part part, int stream) const;

    /// Completes the lists of captures that may be stdout and stderr of the
    /// whole.
    void settle_whole();

    /// Adds `kept` to the captures that may be the whole's `stream`.
    void keep_for_whole(int stream, std::size_t kept);

private:
    /// How many steps of a kind a unit has. Checks of descriptors come first,
    /// so that a refusal costs nothing; then files in the order written; then
    /// pipes and starts, so that few pipes are open at a time.
    struct StepCounts {
        std::size_t needs = 0;
        std::size_t files = 0;
    };

    /// What the whole's `stream` may be kept in.
    std::vector<std::size_t>& whole(int stream) noexcept
    {
        return stream == 1 ? program.out : program.err;
    }

    void insert(std::size_t unit, std::size_t position, Step step);

    void connect(ProgramCommand& command, Connection const& connection,
                 bool is_main);

    std::vector<StepCounts> counts_; ///< of each unit
    std::array<bool, 3> hands_{};
    /// Captures of main commands, by command; used if the whole has none of its
    /// own.
    std::array<std::vector<std::pair<std::size_t, std::size_t>>, 2> of_stages_;
};

/// Marks the captures that streams end in as shown, and lets the first unit check
/// the descriptors of this process for them.
void show_captures(Program& program);

/// Has commands write their captures into memory files, where nothing must see the
/// bytes before the end.
void put_into_memory_files(Program& program);

/// Puts the captures into the order written: first those in `written`, then the
/// others, which a verb has added.
void order_captures(Program& program, std::vector<std::size_t> const& written);

} // namespace runnel::inline v0

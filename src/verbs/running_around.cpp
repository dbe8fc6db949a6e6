// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/executor.hpp>

#include <stdexcept>
#include <utility>

namespace runnel::inline v0 {

RunningAround::RunningAround(std::unique_ptr<Running> inner)
    : inner_(std::move(inner))
{
    if (!inner_)
        throw std::invalid_argument("a RunningAround needs a Running");
    run_ = inner_->run();
}

RunningAround::~RunningAround() = default;

void RunningAround::confirm()
{
    inner_->confirm();
}

void RunningAround::add_awaited(std::vector<Awaited>& all)
{
    inner_->add_awaited(all);
}

std::chrono::steady_clock::time_point RunningAround::deadline() const
{
    return inner_->deadline();
}

void RunningAround::act(std::span<Awaited const> all) noexcept
{
    inner_->act(all);
}

bool RunningAround::wait_alone()
{
    return inner_->wait_alone();
}

bool RunningAround::has_ended() const noexcept
{
    return inner_->has_ended();
}

Running::Upkeep RunningAround::upkeep() const noexcept
{
    return inner_->upkeep();
}

std::string RunningAround::why_attached() const
{
    return inner_->why_attached();
}

void RunningAround::end(Teardown const& how) noexcept
{
    inner_->end(how);
}

bool RunningAround::is_draining() const noexcept
{
    return inner_->is_draining();
}

void RunningAround::stop_draining() noexcept
{
    inner_->stop_draining();
}

void RunningAround::cancel() noexcept
{
    inner_->cancel();
}

void RunningAround::leave_output(Teardown const& how) noexcept
{
    inner_->leave_output(how);
}

void RunningAround::give_up(std::exception_ptr why) noexcept
{
    inner_->give_up(std::move(why));
}

void RunningAround::send_signal(int signal)
{
    inner_->send_signal(signal);
}

void RunningAround::forward(int signal) const noexcept
{
    inner_->forward(signal);
}

std::vector<int> RunningAround::pids() const
{
    return inner_->pids();
}

std::vector<std::optional<ExitStatus>> RunningAround::statuses() const
{
    return inner_->statuses();
}

std::string RunningAround::waits() const
{
    return inner_->waits();
}

int RunningAround::take_stream(int stream)
{
    return inner_->take_stream(stream);
}

void RunningAround::resize(int rows, int columns)
{
    inner_->resize(rows, columns);
}

std::shared_ptr<detail::LastByte> RunningAround::last_byte(int stream) const
{
    return inner_->last_byte(stream);
}

void RunningAround::take_tapped(Taps& taps)
{
    inner_->take_tapped(taps);
}

bool RunningAround::was_cut_short() const noexcept
{
    return inner_->was_cut_short();
}

std::exception_ptr RunningAround::failure(CompletedProcess const& of)
{
    return inner_->failure(of);
}

CompletedProcess RunningAround::result()
{
    return inner_->result();
}

std::string RunningAround::command() const
{
    return inner_->command();
}

} // namespace runnel::inline v0

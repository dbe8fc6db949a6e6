// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/wiring.hpp"

#include "sys/file.hpp"
#include "sys/pipe.hpp"
#include "sys/terminal.hpp"

namespace runnel::inline v0 {

namespace {

using Kind = Endpoint::Kind;

sys::FileUse use_of(Endpoint const& endpoint)
{
    switch (endpoint.use) {
    case Endpoint::Use::read: return sys::FileUse::read;
    case Endpoint::Use::write: return sys::FileUse::write;
    default: return sys::FileUse::append;
    }
}

} // namespace

Wiring::Wiring(std::vector<Endpoint> const& endpoints)
    : endpoints_(endpoints), ends_(endpoints.size())
{
    for (std::size_t i = 0; i < ends_.size(); ++i) {
        auto const& endpoint = endpoints_[i];
        ends_[i].uses = endpoint.commands + endpoint.others;
        if (endpoint.kind != Kind::descriptor)
            continue;
        ends_[i].number = endpoint.fd;
        ends_[i].was_closed = !sys::is_open(endpoint.fd);
    }
}

std::optional<WiringFailure> Wiring::need(std::size_t endpoint) const
{
    if (!ends_[endpoint].was_closed)
        return {};
    return WiringFailure{SpawnStep::dup,
                         std::make_error_code(std::errc::bad_file_descriptor),
                         std::to_string(endpoints_[endpoint].fd)};
}

std::optional<WiringFailure> Wiring::open(std::size_t endpoint)
{
    if (endpoints_[endpoint].is_keyboard())
        return {};
    if (endpoints_[endpoint].is_terminal())
        return open_terminal(endpoint);
    switch (endpoints_[endpoint].kind) {
    case Kind::descriptor: return {};
    case Kind::file:
    case Kind::null_device: return open_file(endpoint);
    case Kind::memory_file: return open_memory_file(endpoint);
    default: return open_pipe(endpoint);
    }
}

std::optional<WiringFailure> Wiring::open_file(std::size_t endpoint)
{
    auto const& wanted = endpoints_[endpoint];
    auto const path = wanted.kind == Kind::null_device
                        ? std::string(sys::null_device)
                        : wanted.path;
    auto file = sys::open_file(path, use_of(wanted));
    if (!file)
        return WiringFailure{SpawnStep::open, file.error, path};
    own(endpoint, std::move(file.value));
    return {};
}

std::optional<WiringFailure> Wiring::open_memory_file(std::size_t endpoint)
{
    auto file = sys::make_memory_file();
    if (!file)
        return WiringFailure{SpawnStep::open, file.error, "a memory file"};
    auto copy = sys::copy_of(file.value.get());
    if (!copy)
        return WiringFailure{SpawnStep::open, copy.error, "a memory file"};
    ends_[endpoint].ours = std::move(copy.value);
    own(endpoint, std::move(file.value));
    return {};
}

std::optional<WiringFailure> Wiring::open_pipe(std::size_t endpoint)
{
    auto const& wanted = endpoints_[endpoint];
    auto pipe = sys::open_pipe();
    if (!pipe)
        return WiringFailure{SpawnStep::pipe, pipe.error, {}};
    auto& [read_end, write_end] = pipe.value;
    if (int const size = pipe_size(endpoint); size > 0)
        sys::resize_pipe(read_end.get(), static_cast<std::size_t>(size));
    bool const reads = wanted.use == Endpoint::Use::read;
    auto& other = reads ? write_end : read_end;
    if (wanted.kind == Kind::pipe_read || wanted.kind == Kind::pipe_write)
        own(wanted.peer, std::move(other));
    else
        ends_[endpoint].ours = std::move(other);
    own(endpoint, std::move(reads ? read_end : write_end));
    return {};
}

std::optional<WiringFailure> Wiring::open_terminal(std::size_t endpoint)
{
    auto const& wanted = endpoints_[endpoint];
    auto terminal = sys::open_terminal(*wanted.pty);
    if (!terminal)
        return WiringFailure{SpawnStep::terminal, terminal.error, {}};
    auto& [controller, line] = terminal.value;
    if (wanted.keyboard != no_index) {
        auto copy = sys::copy_of(controller.get());
        if (!copy)
            return WiringFailure{SpawnStep::terminal, copy.error, {}};
        ends_[wanted.keyboard].ours = std::move(copy.value);
    }
    ends_[endpoint].ours = std::move(controller);
    own(endpoint, std::move(line));
    return {};
}

int Wiring::pipe_size(std::size_t endpoint) const noexcept
{
    auto const& wanted = endpoints_[endpoint];
    bool const is_between =
        wanted.kind == Kind::pipe_read || wanted.kind == Kind::pipe_write;
    return wanted.pipe_size > 0 || !is_between
             ? wanted.pipe_size
             : endpoints_[wanted.peer].pipe_size;
}

// An end without uses is closed at once.
void Wiring::own(std::size_t endpoint, sys::Fd fd)
{
    auto& end = ends_[endpoint];
    end.number = fd.get();
    if (end.uses > 0)
        end.owned = std::move(fd);
}

std::optional<sys::Fd> Wiring::take_sole(std::size_t endpoint) noexcept
{
    auto& end = ends_[endpoint];
    if (end.uses > 1 || endpoints_[endpoint].commands > 0 || !end.owned)
        return {};
    return std::move(end.owned);
}

std::shared_ptr<sys::Fd const> Wiring::share(std::size_t endpoint)
{
    auto& end = ends_[endpoint];
    if (end.owned)
        end.shared = std::make_shared<sys::Fd const>(std::move(end.owned));
    return end.shared;
}

void Wiring::release(std::size_t endpoint) noexcept
{
    auto& end = ends_[endpoint];
    if (--end.uses > 0)
        return;
    end.owned.reset();
    end.shared.reset();
}

void Wiring::release_all() noexcept
{
    for (auto& end : ends_) {
        end.owned.reset();
        end.shared.reset();
    }
}

} // namespace runnel::inline v0

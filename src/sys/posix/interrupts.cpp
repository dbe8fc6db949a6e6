// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "sys/interrupts.hpp"

#include "sys/process.hpp"
#include "sys/signal.hpp"

#include <array>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>

#include <signal.h> // NOLINT(modernize-deprecated-headers): that of POSIX
#include <unistd.h>

namespace runnel::inline v0::sys {

namespace {

constexpr int most_signals = 64;

/// How many listeners a signal has, and its action before the first of them.
struct Caught {
    int listeners = 0;
    struct ::sigaction before {};
};

std::mutex mutex; ///< for all changes; a handler takes no lock
std::array<Caught, most_signals + 1> caught;
std::atomic<SignalListener*> innermost{nullptr};
std::atomic<Process*> listed{nullptr};
std::atomic<int> handlers{0}; ///< how many run just now
std::atomic<unsigned> so_far{0};
std::array<std::atomic<int>, 64> recent; ///< signal N is at N % 64

unsigned long long bit(int signal)
{
    return 1ULL << (signal - 1);
}

/// What was taken out of a list may be freed after that.
void wait_for_handlers() noexcept
{
    while (handlers.load() != 0)
        std::this_thread::yield();
}

} // namespace

/// The chain of listeners, for the handler.
struct Listeners {
    static void handle(int signal, ::siginfo_t* info, void*) noexcept
    {
        int const old_errno = errno;
        handlers.fetch_add(1);
        recent[so_far.load() % recent.size()] = signal;
        so_far.fetch_add(1);
        for (auto* one = innermost.load(); one != nullptr;
             one = one->outer_.load())
            if ((one->signals_ & bit(signal)) != 0) {
                one->came(signal, info->si_code == SI_KERNEL);
                break;
            }
        handlers.fetch_sub(1);
        errno = old_errno;
    }

    // Throws if the system refuses.
    static void add(SignalListener& listener, int signal)
    {
        auto& [listeners, before] = caught[static_cast<std::size_t>(signal)];
        if (listeners == 0) {
            if (::sigaction(signal, nullptr, &before) != 0)
                throw std::system_error(errno, std::generic_category(),
                                        "cannot catch a signal");
            if (before.sa_handler == SIG_IGN)
                return;
            struct ::sigaction action {};
            action.sa_sigaction = handle;
            action.sa_flags = SA_SIGINFO | SA_RESTART;
            ::sigfillset(&action.sa_mask);
            if (::sigaction(signal, &action, nullptr) != 0)
                throw std::system_error(errno, std::generic_category(),
                                        "cannot catch a signal");
        }
        ++listeners;
        listener.signals_ |= bit(signal);
    }

    static void remove_signals(SignalListener& listener) noexcept
    {
        for (int signal = 1; signal <= most_signals; ++signal) {
            auto& [listeners, before] =
                caught[static_cast<std::size_t>(signal)];
            if ((listener.signals_ & bit(signal)) != 0 && --listeners == 0)
                ::sigaction(signal, &before, nullptr);
        }
    }

    static void unlink(SignalListener& listener) noexcept
    {
        auto* place = &innermost;
        while (place->load() != &listener)
            place = &place->load()->outer_;
        *place = listener.outer_.load();
    }
};

SignalListener::SignalListener(std::span<int const> signals)
{
    std::lock_guard const lock(mutex);
    outer_ = innermost.load();
    innermost = this;
    try {
        for (int const signal : signals)
            if ((signals_ & bit(signal)) == 0)
                Listeners::add(*this, signal);
    } catch (...) {
        Listeners::remove_signals(*this);
        Listeners::unlink(*this);
        wait_for_handlers();
        throw;
    }
}

SignalListener::~SignalListener()
{
    std::lock_guard const lock(mutex);
    Listeners::remove_signals(*this);
    Listeners::unlink(*this);
    wait_for_handlers();
}

void pass_on(int signal, bool is_shared) noexcept
{
    int const own_group = ::getpgrp();
    for (auto* child = listed.load(); child != nullptr;
         child = child->next_listed.load())
        if (!is_shared || ::getpgid(child->pid()) != own_group)
            child->forward(signal);
}

unsigned signals_so_far() noexcept
{
    return so_far.load();
}

void list_for_signals(Process& child, unsigned before) noexcept
{
    if (innermost.load() == nullptr)
        return;
    SignalsBlocked const blocked; // each comes either before this, or after
    std::lock_guard const lock(mutex);
    child.is_listed = true;
    child.next_listed = listed.load();
    listed = &child;
    for (unsigned const now = so_far.load(); before != now; ++before)
        child.forward(recent[before % recent.size()].load());
}

void forget_for_signals(Process& child) noexcept
{
    std::lock_guard const lock(mutex);
    auto* place = &listed;
    while (place->load() != &child)
        place = &place->load()->next_listed;
    *place = child.next_listed.load();
    wait_for_handlers();
}

void end_by(int signal) noexcept
{
    struct ::sigaction action {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
    ::sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, signal);
    ::raise(signal);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

} // namespace runnel::inline v0::sys

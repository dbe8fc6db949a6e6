// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Values of single settings of a child: what is wrong with them, in which form the
// child gets them, and how a shell writes them.
#pragma once

#include <runnel/popen.hpp>
#include <runnel/pty.hpp>
#include <runnel/resource_limit.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace runnel::inline v0 {

// Checks throw `std::invalid_argument`. `name` and `field`: what errors call the
// value.

/// Throws if there is no user, or no group, of that name.
unsigned user_number(Id const& id);
unsigned group_number(Id const& id);
void check_id(Id const& id);
std::string text_of(Id const& id);

void check_limit(ResourceLimit const& limit);
/// In errors.
char const* subject_of(ResourceLimit const& limit);
/// An option of prlimit(1), with a space in front.
std::string limit_text(ResourceLimit const& limit);

void check_cpus(std::vector<int> const& cpus);
/// CPU N is bit N % width of word N / width.
std::vector<unsigned long> cpu_set(std::vector<int> const& cpus);

void check_signal(std::string const& field, int signal);
/// That a process can block and ignore them.
void check_avoidable(std::string const& field, std::vector<int> const& signals);
/// Signal N is bit N - 1.
long long signal_bits(std::vector<int> const& signals);
/// `TERM`. A number for signals that the tools name differently.
std::string signal_text(int const& signal);

void check_terminal_size(std::string const& name, int rows, int columns);
/// `24x80 raw`
std::string text_of(Pty const& pty);

/// The shell command that changes to a directory.
std::string enter(std::string const& path);
std::string octal(int mask);

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Hints for messages about a program that did not start.
#include "sys/posix/calls.hpp"
#include "sys/posix/path.hpp"
#include "sys/spawn.hpp"

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

extern "C" char** environ; // POSIX leaves this to the program

namespace runnel::inline v0::sys {

using namespace posix;

namespace {

bool exists(std::string const& path)
{
    return posix_calls().path_mode(path.c_str()) >= 0;
}

/// Why a file that is there may not be executed.
std::string hint_for_refused(std::string const& path)
{
    int const mode = posix_calls().path_mode(path.c_str());
    if (mode < 0)
        return {};
    if (S_ISDIR(mode))
        return "it is a directory";
    if (!S_ISREG(mode))
        return "it is no regular file";
    if ((mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
        return "its mode does not let it be executed: chmod +x";
    if (posix_calls().is_noexec(path.c_str()) == 1)
        return "its file system is mounted noexec: nothing on it may be "
               "executed";
    return {};
}

/// A word that only a shell knows, and what to write instead.
struct Builtin {
    std::string_view name;
    char const* instead;
};
constexpr char const* any = "write it in a script: sh(\"...\")";
constexpr Builtin builtins[] = {
    {"cd", "use .cwd(\"...\") of the command"},
    {"pushd", "use .cwd(\"...\") of the command"},
    {"export", "use .env(\"NAME\", \"value\") of the command"},
    {"unset", "use .unset(\"NAME\") of the command"},
    {"ulimit", "use .limit(...) of the command"},
    {"umask", "use .with({.umask = ...}) of the command"},
    {"source", any},
    {".", any},
    {"alias", "write the words of the alias out"},
    {"eval", any},
    {"exec", "leave it out: a command is executed without a shell"},
    {"set", any},
    {"trap", any},
    {"type", "use which(\"...\")"},
    {"command", "leave it out: no function or alias is in the way"},
    {"exit", any},
    {"wait", "use start(...) and Job::wait()"},
    {"read", "use lines"},
    {"if", any},
    {"for", any},
    {"while", any},
    {"{", any},
    {"(", any},
    {"!", "write !cmd(...)"},
};

/// What a shell does with a word that is no program, and what does the same
/// here.
std::string hint_for_shell_word(std::string_view program)
{
    auto const* const builtin =
        std::ranges::find(builtins, program, &Builtin::name);
    if (builtin != std::ranges::end(builtins))
        return "it is a word of the shell, no program: "
             + std::string(builtin->instead);
    if (program.starts_with('~'))
        return "only a shell expands ~: use home(\"" + std::string(program)
             + "\")";
    if (program.find('$') != program.npos)
        return "only a shell expands $: use getenv(\"...\")";
    auto const assigned = program.find('=');
    if (assigned != program.npos && assigned > 0
        && program.find('/') > assigned)
        return "only a shell takes this as a variable: use .env(\""
             + std::string(program.substr(0, assigned)) + "\", ...)";
    if (program.find_first_of("|<>;&") != program.npos)
        return "only a shell takes |, <, >, ; and & apart: use the operators, "
               "or sh(\"...\")";
    return {};
}

std::string below(SpawnRequest const& request, std::string_view path)
{
    auto const directory = std::ranges::find(
        request.actions, ChildAction::Kind::directory, &ChildAction::kind);
    if (directory == request.actions.end() || path.starts_with('/'))
        return std::string(path);
    return directory->subject + ('/' + std::string(path));
}

char const* const* environment_of(SpawnRequest const& request,
                                  std::vector<char const*>& room)
{
    if (request.environment == nullptr)
        return ::environ;
    for (auto const& entry : *request.environment)
        room.push_back(entry.c_str());
    room.push_back(nullptr);
    return room.data();
}

bool is_somewhere(SpawnRequest const& request)
{
    auto const program = request.program;
    if (program.find('/') != program.npos)
        return exists(below(request, program));
    std::vector<char const*> room;
    Strings candidates(std::pmr::get_default_resource());
    add_candidates(program, search_path(environment_of(request, room)),
                   candidates);
    for (auto const* path = candidates.pointers(); *path != nullptr; ++path)
        if (exists(*path))
            return true;
    return false;
}

std::string hint_for_missing(SpawnRequest const& request)
{
    auto const program = request.program;
    if (!program.empty() && is_somewhere(request))
        return "it is there, but the interpreter it asks for (in its first "
               "line, or its dynamic loader) is not";
    if (auto hint = hint_for_shell_word(program); !hint.empty())
        return hint;
    if (program.find(' ') != program.npos)
        return "the name holds a space: give each argument as a word of its "
               "own";
    return {};
}

} // namespace

std::string spawn_hint(SpawnRequest const& request, SpawnFailure const& failure)
{
    if (failure.step != SpawnStep::exec)
        return {};
    switch (failure.error.value()) {
    case ENOENT: return hint_for_missing(request);
    case ENOEXEC:
        return "not a program, and without a first line like #!/bin/sh";
    case EACCES:
        return request.program == "."
                 ? hint_for_shell_word(request.program)
                 : hint_for_refused(below(request, failure.subject));
    case E2BIG:
        return "the arguments and the environment are too long for the kernel";
    default: return {};
    }
}

} // namespace runnel::inline v0::sys

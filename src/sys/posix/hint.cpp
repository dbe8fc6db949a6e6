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
    return posix_calls().path_type(path.c_str()) >= 0;
}

bool is_directory(std::string const& path)
{
    return posix_calls().path_type(path.c_str()) == S_IFDIR;
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
        return is_directory(below(request, failure.subject))
                 ? "it is a directory"
                 : "";
    case E2BIG:
        return "the arguments and the environment are too long for the kernel";
    default: return {};
    }
}

} // namespace runnel::inline v0::sys

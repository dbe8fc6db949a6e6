// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "child/settings.hpp"

#include "child/setting_values.hpp"
#include "text/check_text.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace runnel::inline v0 {

namespace {

using sys::ChildAction;
using ActionKind = ChildAction::Kind;

// --- shell text ---------------------------------------------------------------

struct ShellText {
    enum Where : unsigned char { nowhere, step, words, unsaid };
    Where where = nowhere;
    std::string text{};
};

/// `5,6,7`
template <class T>
std::string comma_list(std::vector<T> const& items,
                       std::string (*text_of_one)(T const&))
{
    std::string list;
    for (auto const& item : items) {
        list += list.empty() ? "" : ",";
        list += text_of_one(item);
    }
    return list;
}

// --- the table ----------------------------------------------------------------

/// Everything about one field of the options. The functions are called only for
/// a value that asks for something.
template <class T, class Check, class Prepare, class Text>
struct Setting {
    T PopenOptions::*field;
    Check check; ///< throws for a value that no child can have
    Prepare prepare; ///< adds actions of the child
    Text text; ///< shell text with the same effect
};

template <class T, class Check, class Prepare, class Text>
constexpr auto setting(T PopenOptions::*field, Check check, Prepare prepare,
                       Text text)
{
    return Setting<T, Check, Prepare, Text>{field, check, prepare, text};
}

/// An action that `SpawnStep` has no name for.
ChildAction named(ActionKind kind, char const* field, long long number = 0)
{
    return {kind, SpawnStep::setting, field, number};
}

ShellText prefix_of(std::string text)
{
    return {ShellText::words, std::move(text)};
}

constexpr auto anything = [](auto const&) {};

constexpr auto not_in_bash = [](auto const&) { return ShellText{}; };

/// In the order of the words in shell text. A child acts in the order of
/// `ChildAction::Kind`.
constexpr auto all_settings = std::tuple{
    setting(
        &PopenOptions::cwd,
        [](Pathname const& path) { refuse_nul(path.str(), "cwd"); },
        [](Pathname const& path, ChildActions& to) {
            to.add({ActionKind::directory, SpawnStep::cwd, path.str().c_str()});
        },
        [](Pathname const& path) {
            return ShellText{ShellText::step, enter(path.str())};
        }),
    setting(
        &PopenOptions::umask,
        [](int mask) { refuse(mask > 0777, "umask is above 0777"); },
        [](int mask, ChildActions& to) {
            to.add({.kind = ActionKind::umask,
                    .step = SpawnStep::umask,
                    .number = mask});
        },
        [](int mask) {
            return ShellText{ShellText::step, "umask " + octal(mask)};
        }),
    setting(
        &PopenOptions::restore_signals, anything,
        [](bool, ChildActions& to) {
            to.add({ActionKind::restore_signals, SpawnStep::signals});
        },
        not_in_bash),
    setting(
        &PopenOptions::start_new_session, anything,
        [](bool, ChildActions& to) {
            to.add({ActionKind::session, SpawnStep::session});
        },
        [](bool) { return prefix_of("setsid -w"); }),
    setting(
        &PopenOptions::process_group,
        [](int group) { refuse(group < 0, "process_group is negative"); },
        [](int group, ChildActions& to) {
            to.add({.kind = ActionKind::process_group,
                    .step = SpawnStep::process_group,
                    .number = group});
        },
        [](int group) {
            return ShellText{ShellText::unsaid,
                             "process_group = " + std::to_string(group)};
        }),
    setting(
        &PopenOptions::containment, anything,
        [](Containment, ChildActions&) {}, // `Start` makes the container
        [](Containment containment) {
            return ShellText{ShellText::unsaid,
                             "containment = "
                                 + std::string(to_string(containment))};
        }),
    setting(
        &PopenOptions::foreground, anything,
        [](bool, ChildActions&) {}, // `Start` borrows the terminal
        [](bool) {
            return ShellText{ShellText::unsaid, "foreground = true"};
        }),
    setting(
        &PopenOptions::pty,
        [](Pty const& pty) {
            check_terminal_size("pty", pty.rows, pty.columns);
        },
        [](Pty const&, ChildActions&) {}, // `Start` makes the terminal
        [](Pty const& pty) {
            return ShellText{ShellText::unsaid, "pty = " + text_of(pty)};
        }),
    setting(
        &PopenOptions::limits,
        [](std::vector<ResourceLimit> const& limits) {
            std::ranges::for_each(limits, check_limit);
        },
        [](std::vector<ResourceLimit> const& limits, ChildActions& to) {
            for (auto const& limit : limits)
                to.add({.kind = ActionKind::limit,
                        .step = SpawnStep::setting,
                        .subject = subject_of(limit),
                        .data = &limit});
        },
        [](std::vector<ResourceLimit> const& limits) {
            std::string options;
            for (auto const& limit : limits)
                options += limit_text(limit);
            return prefix_of("prlimit" + options);
        }),
    setting(
        &PopenOptions::nice,
        [](int number) {
            refuse(number < -39 || number > 39,
                   "nice is out of the range from -39 to 39");
        },
        [](int number, ChildActions& to) {
            to.add(named(ActionKind::nice, "nice", number));
        },
        [](int number) {
            return prefix_of("nice -n " + std::to_string(number));
        }),
    setting(
        &PopenOptions::cpus, check_cpus,
        [](std::vector<int> const& cpus, ChildActions& to) {
            to.add(named(ActionKind::cpus, "cpus"), cpu_set(cpus));
        },
        [](std::vector<int> const& cpus) {
            return prefix_of("taskset -c "
                             + comma_list<int>(cpus, [](int const& cpu) {
                                   return std::to_string(cpu);
                               }));
        }),
    setting(
        &PopenOptions::scheduling_idle, anything,
        [](bool, ChildActions& to) {
            to.add(named(ActionKind::idle, "scheduling_idle"));
        },
        [](bool) { return prefix_of("chrt -i 0"); }),
    setting(
        &PopenOptions::extra_groups,
        [](std::vector<Id> const& groups) {
            std::ranges::for_each(groups, check_id);
        },
        [](std::vector<Id> const& groups, ChildActions& to) {
            std::vector<unsigned> numbers;
            numbers.reserve(groups.size());
            for (auto const& group : groups)
                numbers.push_back(group_number(group));
            to.add({ActionKind::extra_groups, SpawnStep::extra_groups},
                   std::move(numbers));
        },
        [](std::vector<Id> const& groups) {
            return prefix_of(groups.empty()
                                 ? "setpriv --clear-groups"
                                 : "setpriv --groups="
                                       + comma_list(groups, text_of));
        }),
    setting(
        &PopenOptions::group, check_id,
        [](Id const& id, ChildActions& to) {
            to.add({.kind = ActionKind::group,
                    .step = SpawnStep::group,
                    .number = group_number(id)});
        },
        [](Id const& id) {
            return prefix_of("setpriv --regid=" + text_of(id)
                             + " --keep-groups");
        }),
    setting(
        &PopenOptions::user, check_id,
        [](Id const& id, ChildActions& to) {
            to.add({.kind = ActionKind::user,
                    .step = SpawnStep::user,
                    .number = user_number(id)});
        },
        [](Id const& id) {
            return prefix_of("setpriv --reuid=" + text_of(id));
        }),
    setting(
        &PopenOptions::no_new_privileges, anything,
        [](bool, ChildActions& to) {
            to.add(named(ActionKind::no_new_privileges, "no_new_privileges"));
        },
        [](bool) { return prefix_of("setpriv --no-new-privs"); }),
    setting(
        &PopenOptions::die_with_parent,
        [](int signal) { check_signal("die_with_parent", signal); },
        [](int signal, ChildActions& to) {
            to.add(
                named(ActionKind::die_with_parent, "die_with_parent", signal));
        },
        [](int signal) {
            return prefix_of("setpriv --pdeathsig " + signal_text(signal));
        }),
    setting(
        &PopenOptions::ignored_signals,
        [](std::vector<int> const& signals) {
            check_avoidable("ignored_signals", signals);
        },
        [](std::vector<int> const& signals, ChildActions& to) {
            for (int const signal : signals)
                to.add(named(ActionKind::ignore_signal, "ignored_signals",
                             signal));
        },
        [](std::vector<int> const& signals) {
            return prefix_of("env --ignore-signal="
                             + comma_list(signals, signal_text));
        }),
    setting(
        &PopenOptions::signal_mask,
        [](std::vector<int> const& signals) {
            check_avoidable("signal_mask", signals);
        },
        [](std::vector<int> const& signals, ChildActions& to) {
            to.add(named(ActionKind::signal_mask, "signal_mask",
                         signal_bits(signals)));
        },
        [](std::vector<int> const& signals) {
            return prefix_of("env --block-signal="
                             + comma_list(signals, signal_text));
        }),
};

template <class F>
void for_each_setting(F f)
{
    std::apply([&](auto const&... each) { (f(each), ...); }, all_settings);
}

// --- values -------------------------------------------------------------------

/// Calls `f` with the value if it asks for something.
void if_asked(bool value, auto f)
{
    if (value)
        f(value);
}
void if_asked(Containment value, auto f)
{
    if (value != Containment::none)
        f(value);
}
void if_asked(int value, auto f)
{
    if (value >= 0)
        f(value);
}
template <class T>
void if_asked(std::vector<T> const& value, auto f)
{
    if (!value.empty())
        f(value);
}
void if_asked(Pathname const& value, auto f)
{
    if (value.has_value())
        f(value);
}
template <class T>
void if_asked(std::optional<T> const& value, auto f)
{
    if (value)
        f(*value);
}

bool is_default(auto value, auto by_default)
{
    return value == by_default;
}
bool is_default(Pathname const& value, Pathname const&)
{
    return !value.has_value();
}
template <class T>
bool is_default(std::vector<T> const& value, std::vector<T> const&)
{
    return value.empty();
}
template <class T>
bool is_default(std::optional<T> const& value, std::optional<T> const&)
{
    return !value.has_value();
}

/// Takes over `given` if it differs from the default.
template <class T>
void take(T& own, T const& given, T const& by_default)
{
    if (!is_default(given, by_default))
        own = given;
}

/// Replaces the limit of the same resource, or adds one.
void take(std::vector<ResourceLimit>& own,
          std::vector<ResourceLimit> const& given,
          std::vector<ResourceLimit> const&)
{
    for (auto const& limit : given) {
        auto const known =
            std::ranges::find(own, limit.resource, &ResourceLimit::resource);
        if (known == own.end())
            own.push_back(limit);
        else
            *known = limit;
    }
}

void refuse_two_groups(PopenOptions const& options)
{
    refuse(options.pty && options.process_group,
           "pty and process_group exclude each other: the command on a "
           "terminal leads a session, and so a group of its own");
    refuse(options.start_new_session && options.process_group.has_value(),
           "start_new_session and process_group exclude each other: the "
           "leader of a session cannot change its group");
    refuse(options.foreground
               && (options.start_new_session || options.pty
                   || options.process_group.value_or(0) != 0),
           "foreground excludes start_new_session, pty, and another "
           "process_group than 0: the child leads a group of this session");
}

} // namespace

void check_settings(PopenOptions const& options)
{
    for_each_setting(
        [&](auto const& row) { if_asked(options.*row.field, row.check); });
    refuse_two_groups(options);
    check_containment(options, Containment::none);
}

void check_containment(PopenOptions const& options, Containment by_default)
{
    auto const wanted = options.containment != Containment::none
                          ? options.containment
                          : by_default;
    bool const is_free =
        wanted == Containment::none || wanted == Containment::cgroup
        || (wanted == Containment::group && options.process_group == 0);
    refuse(options.process_group && !is_free,
           "a process group is given, but a child that is contained leads a "
           "group of its own");
    refuse(
        options.foreground
            && (wanted == Containment::session || wanted == Containment::best),
        "foreground is given, but the terminal of this session cannot be "
        "that of a session of the child: use Containment::group or cgroup");
}

void take_settings(PopenOptions& own, PopenOptions const& given)
{
    PopenOptions const unset;
    for_each_setting([&](auto const& row) {
        take(own.*row.field, given.*row.field, unset.*row.field);
    });
}

// A session and a process group exclude each other: what the command itself
// sets removes what the whole sets.
void inherit_settings(PopenOptions& own, PopenOptions const& outer)
{
    bool const leads = own.start_new_session;
    bool const joins = own.process_group.has_value();
    PopenOptions const unset;
    for_each_setting([&](auto const& row) {
        auto both = outer.*row.field;
        take(both, own.*row.field, unset.*row.field);
        own.*row.field = std::move(both);
    });
    own.start_new_session = own.start_new_session && !joins;
    if (leads)
        own.process_group.reset();
}

ChildActions::ChildActions(PopenOptions const& options)
{
    for_each_setting([&](auto const& row) {
        if_asked(options.*row.field,
                 [&](auto const& value) { row.prepare(value, *this); });
    });
}

void ChildActions::add(ChildAction action)
{
    auto const behind =
        std::ranges::upper_bound(list_, action.kind, {}, &ChildAction::kind);
    list_.insert(behind, action);
}

namespace {

void say(ShellText made, ShellSettings& into)
{
    switch (made.where) {
    case ShellText::nowhere: return;
    case ShellText::step: into.steps += made.text + " && "; return;
    case ShellText::words: into.words += made.text + ' '; return;
    case ShellText::unsaid: into.unsaid.push_back(std::move(made.text));
    }
}

} // namespace

ShellSettings shell_settings(PopenOptions const& options)
{
    ShellSettings made;
    for_each_setting([&](auto const& row) {
        if_asked(options.*row.field,
                 [&](auto const& value) { say(row.text(value), made); });
    });
    return made;
}

} // namespace runnel::inline v0

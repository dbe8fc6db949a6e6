#include "child/settings.hpp"

#include "sys/names.hpp"
#include "text/check_text.hpp"
#include "text/quote.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace runnel::inline v0 {

namespace {

using sys::ChildAction;
using Kind = ChildAction::Kind;
using Step = SpawnStep;

void refuse(bool bad, std::string const& why)
{
    if (bad)
        throw std::invalid_argument(why);
}

// --- ids ----------------------------------------------------------------------

using LookUp = std::optional<unsigned> (*)(std::string const&);

unsigned number_of(Id const& id, LookUp look_up, std::string_view kind)
{
    if (!id.is_name())
        return static_cast<unsigned>(id.number());
    if (auto const number = look_up(id.name()))
        return *number;
    throw std::invalid_argument("there is no " + std::string(kind) + " \""
                                + id.name() + '"');
}

unsigned user_number(Id const& id)
{
    return number_of(id, sys::user_id, "user");
}

unsigned group_number(Id const& id)
{
    return number_of(id, sys::group_id, "group");
}

void refuse_nul_in(Id const& id)
{
    refuse_nul(id.name(), "the name of a user or group");
}

std::string text_of(Id const& id)
{
    return id.is_name() ? quote(id.name()) : std::to_string(id.number());
}

// --- shell text ---------------------------------------------------------------

struct ShellText {
    enum Where : unsigned char { nowhere, step, around, words, unsaid };
    Where where = nowhere;
    std::string text{};
};

// CDPATH and "-" are for people; so is a ".." that goes back where a link was
// followed.
std::string directory(std::string const& path)
{
    bool const plain = path.starts_with('/') || path.starts_with("./")
                    || path.starts_with("../") || path == "." || path == "..";
    return (path.find("..") != path.npos ? "-P " : "")
         + quote(plain ? path : "./" + path);
}

std::string octal(int mask)
{
    char text[16];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mask));
    return text;
}

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

/// All that is known of one field of the options. The functions get a value
/// that asks for something.
template <class T, class Check, class Prepare, class Text>
struct Setting {
    T PopenOptions::*field;
    Check check; ///< throws for a value that no child can have
    Prepare prepare; ///< adds to what the child does
    Text text; ///< what bash does in its place
};

template <class T, class Check, class Prepare, class Text>
constexpr auto setting(T PopenOptions::*field, Check check, Prepare prepare,
                       Text text)
{
    return Setting<T, Check, Prepare, Text>{field, check, prepare, text};
}

constexpr auto anything = [](auto const&) {};

constexpr auto not_in_bash = [](auto const&) { return ShellText{}; };

/// The order is that of the words in shell text; the order in which a child
/// acts is that of the kinds.
constexpr auto settings = std::tuple{
    setting(
        &PopenOptions::cwd,
        [](Pathname const& path) { refuse_nul(path.str(), "cwd"); },
        [](Pathname const& path, ChildActions& to) {
            to.add({Kind::directory, Step::cwd, path.str().c_str()});
        },
        [](Pathname const& path) {
            return ShellText{ShellText::step, "cd " + directory(path.str())};
        }),
    setting(
        &PopenOptions::umask,
        [](int mask) { refuse(mask > 0777, "umask is above 0777"); },
        [](int mask, ChildActions& to) {
            to.add({.kind = Kind::umask, .step = Step::umask, .number = mask});
        },
        [](int mask) {
            return ShellText{ShellText::step, "umask " + octal(mask)};
        }),
    setting(
        &PopenOptions::restore_signals, anything,
        [](bool, ChildActions& to) {
            to.add({Kind::restore_signals, Step::signals});
        },
        not_in_bash),
    setting(
        &PopenOptions::start_new_session, anything,
        [](bool, ChildActions& to) {
            to.add({Kind::session, Step::session});
        },
        [](bool) {
            return ShellText{ShellText::around, "setsid -w"};
        }),
    setting(
        &PopenOptions::process_group,
        [](int group) { refuse(group < 0, "process_group is negative"); },
        [](int group, ChildActions& to) {
            to.add({.kind = Kind::process_group,
                    .step = Step::process_group,
                    .number = group});
        },
        [](int group) {
            return ShellText{ShellText::unsaid,
                             "process_group = " + std::to_string(group)};
        }),
    setting(
        &PopenOptions::extra_groups,
        [](std::vector<Id> const& groups) {
            std::ranges::for_each(groups, refuse_nul_in);
        },
        [](std::vector<Id> const& groups, ChildActions& to) {
            std::vector<unsigned> numbers;
            for (auto const& group : groups)
                numbers.push_back(group_number(group));
            to.add({Kind::extra_groups, Step::extra_groups},
                   std::move(numbers));
        },
        [](std::vector<Id> const& groups) {
            return ShellText{ShellText::words,
                             groups.empty()
                                 ? "setpriv --clear-groups"
                                 : "setpriv --groups="
                                       + comma_list(groups, text_of)};
        }),
    setting(
        &PopenOptions::group, refuse_nul_in,
        [](Id const& id, ChildActions& to) {
            to.add({.kind = Kind::group,
                    .step = Step::group,
                    .number = group_number(id)});
        },
        [](Id const& id) {
            return ShellText{ShellText::words, "setpriv --regid=" + text_of(id)
                                                   + " --keep-groups"};
        }),
    setting(
        &PopenOptions::user, refuse_nul_in,
        [](Id const& id, ChildActions& to) {
            to.add({.kind = Kind::user,
                    .step = Step::user,
                    .number = user_number(id)});
        },
        [](Id const& id) {
            return ShellText{ShellText::words,
                             "setpriv --reuid=" + text_of(id)};
        }),
};

template <class F>
void for_each_setting(F f)
{
    std::apply([&](auto const&... each) { (f(each), ...); }, settings);
}

// --- values -------------------------------------------------------------------

/// Calls `f` with a value that asks for something.
void if_asked(bool value, auto f)
{
    if (value)
        f(value);
}
void if_asked(int value, auto f)
{
    if (value >= 0)
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
bool is_default(std::optional<T> const& value, std::optional<T> const&)
{
    return !value.has_value();
}

/// Takes over `given` if it is not what it would be by itself.
template <class T>
void take(T& own, T const& given, T const& by_default)
{
    if (!is_default(given, by_default))
        own = given;
}

void refuse_two_groups(PopenOptions const& options)
{
    refuse(options.start_new_session && options.process_group.has_value(),
           "start_new_session and process_group exclude each other: the "
           "leader of a session cannot change its group");
}

} // namespace

void check_settings(PopenOptions const& options)
{
    for_each_setting(
        [&](auto const& row) { if_asked(options.*row.field, row.check); });
    refuse_two_groups(options);
}

void take_settings(PopenOptions& own, PopenOptions const& given)
{
    PopenOptions const unset;
    for_each_setting([&](auto const& row) {
        take(own.*row.field, given.*row.field, unset.*row.field);
    });
}

// What a command says about its group goes before a session for all.
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
    std::ranges::stable_sort(list_, {}, &ChildAction::kind);
}

namespace {

void say(ShellText made, ShellSettings& into)
{
    switch (made.where) {
    case ShellText::nowhere: return;
    case ShellText::step: into.steps += made.text + " && "; return;
    case ShellText::around: into.around += made.text + ' '; return;
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

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/environment.hpp>

#include "text/check_text.hpp"
#include "text/visible.hpp"

#include <algorithm>
#include <optional>

namespace runnel::inline v0 {

namespace {

constexpr std::string_view name_role = "the name of an environment variable";

void check_name(std::string_view name)
{
    refuse_nul(name, name_role);
    if (name.empty())
        throw std::invalid_argument(
            "the name of an environment variable is empty");
    if (name.find('=') != name.npos)
        refuse_argument("the name of an environment variable, \""
                        + std::string(name) + "\", holds a '='");
}

std::string_view name_in(std::string_view entry)
{
    return entry.substr(0, entry.find('='));
}

std::string_view value_of(std::string_view entry)
{
    auto const at = entry.find('=');
    return at == entry.npos ? "" : entry.substr(at + 1);
}

using Edit = Environment::Edit;
using Change = Environment::Change;

/// The value of a variable after `edit`; `nullopt` if the variable is then
/// unset. `old`: its value before, if it was set.
std::optional<std::string> edited(Edit const& edit,
                                  std::optional<std::string_view> old)
{
    bool const empty = !old || old->empty();
    switch (edit.change) {
    case Change::set: return edit.value;
    case Change::unset: return {};
    case Change::prepend:
        return empty ? edit.value : edit.value + ':' + std::string(*old);
    case Change::append:
        return empty ? edit.value : std::string(*old) + ':' + edit.value;
    }
    return {};
}

bool overrides(Change change)
{
    return change == Change::set || change == Change::unset;
}

} // namespace

Environment::Environment(
    std::initializer_list<std::pair<detail::TextView, detail::ValueView>>
        variables)
    : clean_(true)
{
    for (auto const& [name, value] : variables)
        set(name, value);
}

Environment Environment::empty()
{
    Environment none;
    none.clean_ = true;
    return none;
}

Environment& Environment::set(detail::TextView name, detail::ValueView value) &
{
    std::string variable(name.as(name_role));
    if (value.is_null())
        detail::refuse_null("the value of the environment variable \""
                            + visible(variable) + '"');
    put({std::move(variable), Change::set, value.shown({}),
         value.secret_text()});
    return *this;
}

Environment&& Environment::set(detail::TextView name,
                               detail::ValueView value) &&
{
    return std::move(set(name, value));
}

Environment& Environment::unset(detail::TextView name) &
{
    put({std::string(name.as(name_role)), Change::unset, {}});
    return *this;
}

Environment&& Environment::unset(detail::TextView name) &&
{
    return std::move(unset(name));
}

Environment& Environment::prepend_path(Pathname const& entry,
                                       detail::TextView name) &
{
    put({std::string(name.as(name_role)), Change::prepend, entry.str()});
    return *this;
}

Environment&& Environment::prepend_path(Pathname const& entry,
                                        detail::TextView name) &&
{
    return std::move(prepend_path(entry, name));
}

Environment& Environment::append_path(Pathname const& entry,
                                      detail::TextView name) &
{
    put({std::string(name.as(name_role)), Change::append, entry.str()});
    return *this;
}

Environment&& Environment::append_path(Pathname const& entry,
                                       detail::TextView name) &&
{
    return std::move(append_path(entry, name));
}

Environment Environment::under(Environment const& upper) const
{
    if (upper.clean_)
        return upper;
    auto both = *this;
    for (auto const& edit : upper.edits_)
        both.put(edit);
    return both;
}

void Environment::put(Edit edit)
{
    check_name(edit.name);
    refuse_nul(edit.value, "the value of " + edit.name);
    auto const same = std::ranges::find(edits_, edit.name, &Edit::name);
    if (same == edits_.end() || !overrides(edit.change)) {
        edits_.push_back(std::move(edit));
        return;
    }
    // The new edit replaces the variable's first edit; later ones are removed.
    *same = std::move(edit);
    auto const rest =
        std::remove_if(same + 1, edits_.end(), [&](Edit const& later) {
            return later.name == same->name;
        });
    edits_.erase(rest, edits_.end());
}

std::vector<std::string>
Environment::reveal_to(std::vector<std::string_view> const& inherited) const
{
    return revealed().apply_to(inherited);
}

Environment Environment::revealed() const
{
    auto plain = *this;
    for (auto& edit : plain.edits_) {
        edit.value = edit.secret.reveal(edit.value);
        edit.secret = {};
    }
    return plain;
}

std::vector<std::string>
Environment::apply_to(std::vector<std::string_view> const& inherited) const
{
    std::vector<std::string> result;
    if (!clean_)
        result.assign(inherited.begin(), inherited.end());
    for (auto const& edit : edits_) {
        auto const is_it = [&](std::string const& entry) {
            return name_in(entry) == edit.name;
        };
        auto at = std::ranges::find_if(result, is_it);
        std::optional<std::string_view> old;
        if (at != result.end())
            old = value_of(*at);
        auto const value = edited(edit, old);
        if (value && at == result.end())
            at = result.emplace(at);
        if (value)
            *at++ = edit.name + '=' + *value;
        result.erase(std::remove_if(at, result.end(), is_it), result.end());
    }
    return result;
}

} // namespace runnel::inline v0

#include <runnel/environment.hpp>

#include "check_text.hpp"

#include <algorithm>

namespace runnel::inline v0 {

namespace {

void check_name(std::string_view name)
{
    refuse_nul(name, "the name of an environment variable");
    if (name.empty())
        throw std::invalid_argument(
            "the name of an environment variable is empty");
    if (name.find('=') != name.npos)
        throw std::invalid_argument("the name of an environment variable, \""
                                    + std::string(name) + "\", holds a '='");
}

std::string_view name_of(std::string_view entry)
{
    return entry.substr(0, entry.find('='));
}

std::string entry_for(Environment::Edit const& edit)
{
    return edit.name + '=' + *edit.value;
}

} // namespace

Environment::Environment(
    std::initializer_list<std::pair<std::string_view, std::string_view>>
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

Environment& Environment::set(std::string_view name, std::string_view value) &
{
    check_name(name);
    refuse_nul(value, "the value of " + std::string(name));
    put(name, std::string(value));
    return *this;
}

Environment&& Environment::set(std::string_view name, std::string_view value) &&
{
    return std::move(set(name, value));
}

Environment& Environment::unset(std::string_view name) &
{
    check_name(name);
    put(name, std::nullopt);
    return *this;
}

Environment&& Environment::unset(std::string_view name) &&
{
    return std::move(unset(name));
}

void Environment::put(std::string_view name, std::optional<std::string> value)
{
    auto const same = std::ranges::find(edits_, name, &Edit::name);
    if (same != edits_.end())
        same->value = std::move(value);
    else
        edits_.push_back({std::string(name), std::move(value)});
}

std::vector<std::string>
Environment::apply_to(std::vector<std::string_view> const& inherited) const
{
    std::vector<std::string> result;
    auto const edited = [&](std::string_view entry) {
        return std::ranges::find(edits_, name_of(entry), &Edit::name)
            != edits_.end();
    };
    if (!clean_)
        for (auto const entry : inherited)
            if (!edited(entry))
                result.emplace_back(entry);
    for (auto const& edit : edits_)
        if (edit.value)
            result.push_back(entry_for(edit));
    return result;
}

} // namespace runnel::inline v0

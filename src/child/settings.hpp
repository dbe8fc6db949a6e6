// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Settings of `PopenOptions` that a child applies to itself: directory,
// session, ids, and the like. One table in settings.cpp describes them all.
#pragma once

#include "sys/child_action.hpp"

#include <runnel/popen.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace runnel::inline v0 {

/// Throws `std::invalid_argument` for settings that no child can have.
void check_settings(PopenOptions const& options);

/// Takes over the settings of `given` that differ from the default.
void take_settings(PopenOptions& own, PopenOptions const& given);

/// Throws `std::invalid_argument` if the options ask for a process group, or for
/// the terminal, that a child in its container cannot have. `by_default`: the
/// containment if the options have none.
void check_containment(PopenOptions const& options, Containment by_default);

/// Takes over the settings of `outer` that `own` does not have itself.
void inherit_settings(PopenOptions& own, PopenOptions const& outer);

/// The actions of a child, in order. They point into the options.
class ChildActions {
public:
    ChildActions() = default;

    /// Looks up names of users and groups; throws `std::invalid_argument` if
    /// there is no such name.
    explicit ChildActions(PopenOptions const& options);

    std::span<sys::ChildAction const> list() const noexcept { return list_; }

    /// Inserts an action in the order of kinds, after others of its kind.
    void add(sys::ChildAction action);

    /// The same with `data`, which is kept.
    template <class T>
    void add(sys::ChildAction action, std::vector<T> data)
    {
        auto kept = std::make_shared<std::vector<T> const>(std::move(data));
        action.data = kept->data();
        action.count = kept->size();
        kept_.push_back(std::move(kept));
        add(action);
    }

private:
    std::vector<sys::ChildAction> list_;
    std::vector<std::shared_ptr<void const>> kept_;
};

/// The settings as shell text.
struct ShellSettings {
    std::string steps{}; ///< commands before the program, each with ` && `
    std::string words{}; ///< words between `timeout` and env(1)
    std::vector<std::string> unsaid{}; ///< what bash cannot do
};

ShellSettings shell_settings(PopenOptions const& options);

} // namespace runnel::inline v0

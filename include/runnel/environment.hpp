// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The environment of a child process.
//
//     Environment().set("LC_ALL", "C").unset("DISPLAY") // inherited, changed
//     Environment().prepend_path("/opt/tool/bin")       // with a longer PATH
//     Environment{{"PATH", "/bin"}, {"HOME", "/"}}      // exactly these
#pragma once

#include <runnel/detail/config.hpp>

#include <runnel/pathname.hpp>
#include <runnel/secrets.hpp>
#include <runnel/text_view.hpp>
#include <runnel/word.hpp>

#include <concepts>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Changes to an environment: to that of this process, or to an empty one.
///
/// A value. This process's environment is read when a child is started, and
/// never changed. If another thread calls `setenv` at that moment, neither the
/// C library nor runnel makes a promise. If a name is given twice, the last
/// value counts. Names must not be empty or hold `=`, and neither names nor
/// values may hold a NUL byte or be a null pointer; the call that passes such
/// a string throws `std::invalid_argument`. A value may be `secret(text)`, or a
/// `Word` with secret parts.
class RUNNEL_EXPORT Environment {
public:
    /// The environment that this process has when the child is started.
    Environment() = default;

    /// Exactly these variables, as Python's `env=`. Nothing is inherited, not
    /// even PATH.
    Environment(
        std::initializer_list<std::pair<detail::TextView, detail::ValueView>>
            variables);

    /// Exactly the variables of a map, or of any range of pairs of strings. The
    /// second of a pair may be a `Word`.
    template <std::ranges::input_range R>
        requires(!std::same_as<std::remove_cvref_t<R>, Environment>)
             && requires(std::ranges::range_reference_t<R> entry) {
                    detail::TextView(entry.first);
                    detail::ValueView(entry.second);
                }
    Environment(R&& variables) : clean_(true)
    {
        for (auto&& [name, value] : variables)
            set(name, value);
    }

    /// No variable at all.
    static Environment empty();

    Environment& set(detail::TextView name, detail::ValueView value) &;
    Environment&& set(detail::TextView name, detail::ValueView value) &&;

    /// To remove a variable that does not exist is no error.
    Environment& unset(detail::TextView name) &;
    Environment&& unset(detail::TextView name) &&;

    /// Adds `entry` at the front, or at the back, of a list whose parts are
    /// separated by colons. A list that is missing or empty becomes `entry`
    /// alone. runnel looks for programs in absolute directories of PATH only.
    Environment& prepend_path(Pathname const& entry,
                              detail::TextView name = "PATH") &;
    Environment&& prepend_path(Pathname const& entry,
                               detail::TextView name = "PATH") &&;
    Environment& append_path(Pathname const& entry,
                             detail::TextView name = "PATH") &;
    Environment&& append_path(Pathname const& entry,
                              detail::TextView name = "PATH") &&;

    /// This environment with the changes of `upper` made after its own. If
    /// `upper` is clean, the result is `upper` alone.
    Environment under(Environment const& upper) const;

    /// True if the child gets this process's environment unchanged.
    bool is_inherited() const noexcept { return !clean_ && edits_.empty(); }

    /// True if nothing of this process's environment is inherited.
    bool is_clean() const noexcept { return clean_; }

    /// The `NAME=value` strings that a child would get if `inherited` were the
    /// environment of this process. `apply_to` masks secrets, `reveal_to` gives
    /// their real text.
    std::vector<std::string>
    apply_to(std::vector<std::string_view> const& inherited) const;
    std::vector<std::string>
    reveal_to(std::vector<std::string_view> const& inherited) const;

    /// What an edit does to a variable.
    enum class Change : unsigned char { set, unset, prepend, append };

    /// One change. `value` is empty for `unset`, and shows masks where `secret`
    /// has the real text.
    struct Edit {
        std::string name;
        Change change = Change::set;
        std::string value;
        detail::SecretText secret{};

        bool operator==(Edit const&) const = default;
    };

    /// The changes, in the order in which they are made. A change that a later
    /// one overrides is left out.
    std::vector<Edit> const& edits() const noexcept { return edits_; }

    /// The same environment, in which nothing is marked as secret any more.
    Environment revealed() const;

    bool operator==(Environment const&) const = default;

private:
    void put(Edit edit);

    bool clean_ = false;
    std::vector<Edit> edits_;
};

} // namespace runnel::inline v0

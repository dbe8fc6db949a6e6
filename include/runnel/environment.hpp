// The environment that a child gets.
//
//     Environment().set("LC_ALL", "C").unset("DISPLAY")   // ours, changed
//     Environment().prepend_path("/opt/tool/bin")         // ours, PATH longer
//     Environment{{"PATH", "/bin"}, {"HOME", "/"}}        // exactly these
#pragma once

#include <runnel/detail/config.hpp>
#include <runnel/pathname.hpp>
#include <runnel/text_view.hpp>

#include <concepts>
#include <initializer_list>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace runnel::inline v0 {

/// Changes to make to an environment: on top of this process's own, or from
/// nothing.
///
/// A value; this process's environment is read when a child is started and
/// never changed. If another thread calls `setenv` at that moment, the C
/// library makes no promise; nor do we. A name given twice keeps the last
/// value. Names must not be empty or hold `=`, and neither names nor values hold a
/// NUL byte or are a null pointer: `std::invalid_argument` at the call that brings
/// them.
class RUNNEL_EXPORT Environment {
public:
    /// What this process has when the child is started.
    Environment() = default;

    /// Exactly these variables. Python's `env=`: nothing is inherited, so
    /// think of PATH.
    Environment(
        std::initializer_list<std::pair<detail::TextView, detail::TextView>>
            variables);

    /// Exactly the variables of a map, or of any range of pairs of strings.
    template <std::ranges::input_range R>
        requires(!std::same_as<std::remove_cvref_t<R>, Environment>)
             && requires(std::ranges::range_reference_t<R> entry) {
                    detail::TextView(entry.first);
                    detail::TextView(entry.second);
                }
    Environment(R&& variables) : clean_(true)
    {
        for (auto&& [name, value] : variables)
            set(name, value);
    }

    /// No variable at all.
    static Environment empty();

    Environment& set(detail::TextView name, detail::TextView value) &;
    Environment&& set(detail::TextView name, detail::TextView value) &&;

    /// A variable that is not there is no error.
    Environment& unset(detail::TextView name) &;
    Environment&& unset(detail::TextView name) &&;

    /// Puts `entry` in front of, or behind, a list whose parts are separated
    /// by colons; a list that is missing or empty becomes `entry` alone.
    Environment& prepend_path(Pathname const& entry,
                              detail::TextView name = "PATH") &;
    Environment&& prepend_path(Pathname const& entry,
                               detail::TextView name = "PATH") &&;
    Environment& append_path(Pathname const& entry,
                             detail::TextView name = "PATH") &;
    Environment&& append_path(Pathname const& entry,
                              detail::TextView name = "PATH") &&;

    /// This one as a layer under `upper`: what `upper` says wins, and if it is
    /// clean, nothing shines through.
    Environment under(Environment const& upper) const;

    /// True if the child gets what this process has, unchanged.
    bool is_inherited() const noexcept { return !clean_ && edits_.empty(); }

    /// True if nothing of this process's environment is kept.
    bool is_clean() const noexcept { return clean_; }

    /// The `NAME=value` strings that a child would get if `inherited` were
    /// this process's.
    std::vector<std::string>
    apply_to(std::vector<std::string_view> const& inherited) const;

    /// What an edit does to a variable.
    enum class Change : unsigned char { set, unset, prepend, append };

    /// One change. `value` is empty for `unset`.
    struct Edit {
        std::string name;
        Change change = Change::set;
        std::string value;

        bool operator==(Edit const&) const = default;
    };

    /// The changes in the order to make them; what a later one overrides is
    /// left out.
    std::vector<Edit> const& edits() const noexcept { return edits_; }

    bool operator==(Environment const&) const = default;

private:
    void put(Edit edit);

    bool clean_ = false;
    std::vector<Edit> edits_;
};

} // namespace runnel::inline v0

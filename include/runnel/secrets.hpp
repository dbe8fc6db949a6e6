// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// What keeps secrets out of sight. `secret(...)` itself is in word.hpp.
//
//     auto const login = cmd("login", "--password=" + secret(password));
//     to_string(login)                       // login '--password=***' # ...
//
// A word that holds a secret has two texts: the real one, which the child
// process gets, and the one to show, with a mask in place of the secret. The
// functions that give the real text have `reveal` in their names; everything
// else gives the text to show.
#pragma once

#include <runnel/detail/config.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace runnel::inline v0 {

/// Stands in place of a secret in all text that is shown.
inline constexpr std::string_view secret_mask = "***";

/// The secrets of a command. It can hide them in other text, and shows none.
class RUNNEL_EXPORT Secrets {
public:
    /// True if there is nothing to hide.
    bool empty() const noexcept { return texts_.empty(); }

    /// `text` with the mask in place of each secret, such as output of a program
    /// that printed what it got. Only whole secrets are found.
    std::string masked(std::string_view text) const;

    /// Adds a secret, without newlines at its end: text that is printed has
    /// lost them. Empty text is no secret.
    void add(std::string_view secret);
    void add(Secrets const& more);

    bool operator==(Secrets const&) const = default;

private:
    std::vector<std::string> texts_; ///< the longest first
};

namespace detail {

/// The real text of a word, or of the value of a variable, in which something is
/// secret; or nothing. Copies share it.
class RUNNEL_EXPORT SecretText {
public:
    /// Nothing is secret.
    SecretText() noexcept = default;
    SecretText(std::string real, Secrets parts);

    explicit operator bool() const noexcept { return held_ != nullptr; }

    /// The real text; `shown` if nothing is secret.
    std::string const& reveal(std::string const& shown) const noexcept
    {
        return held_ ? held_->real : shown;
    }

    /// Adds the parts that are secret.
    void add_to(Secrets& secrets) const;

    bool operator==(SecretText const& other) const noexcept;

private:
    struct Held {
        std::string real;
        Secrets parts;

        bool operator==(Held const&) const = default;
    };
    std::shared_ptr<Held const> held_;
};

} // namespace detail

} // namespace runnel::inline v0

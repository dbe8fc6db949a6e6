// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include <runnel/secrets.hpp>

#include <algorithm>
#include <utility>

namespace runnel::inline v0 {

namespace {

/// Finds secrets in a text, from the left to the right. Each place is looked for
/// once.
class Finder {
public:
    Finder(std::vector<std::string> const& secrets, std::string_view text)
        : secrets_(secrets), text_(text)
    {
        for (auto const& secret : secrets)
            places_.push_back(text.find(secret));
    }

    /// The index of the secret that comes next from `from` on; the number of
    /// secrets if none comes. Of those at the same byte, the longest.
    std::size_t next(std::size_t from)
    {
        auto first = secrets_.size();
        for (std::size_t i = 0; i < secrets_.size(); ++i) {
            if (places_[i] < from)
                places_[i] = text_.find(secrets_[i], from);
            bool const is_earlier =
                first == secrets_.size() || places_[i] < places_[first];
            if (places_[i] != text_.npos && is_earlier)
                first = i;
        }
        return first;
    }

    std::size_t place(std::size_t secret) const { return places_[secret]; }

private:
    std::vector<std::string> const& secrets_; ///< the longest first
    std::string_view text_;
    std::vector<std::size_t> places_;
};

} // namespace

std::string Secrets::masked(std::string_view text) const
{
    std::string shown;
    std::size_t done = 0;
    Finder finder(texts_, text);
    for (auto next = finder.next(0); next < texts_.size();
         next = finder.next(done)) {
        auto const at = finder.place(next);
        shown.append(text, done, at - done) += secret_mask;
        done = at + texts_[next].size();
    }
    return shown.append(text, done);
}

void Secrets::add(std::string_view secret)
{
    while (secret.ends_with('\n') || secret.ends_with('\r'))
        secret.remove_suffix(1);
    if (secret.empty() || std::ranges::find(texts_, secret) != texts_.end())
        return;
    auto const shorter = std::ranges::find_if(texts_, [&](auto const& known) {
        return known.size() < secret.size();
    });
    texts_.emplace(shorter, secret);
}

void Secrets::add(Secrets const& more)
{
    for (auto const& secret : more.texts_)
        add(secret);
}

detail::SecretText::SecretText(std::string real, Secrets parts)
    : held_(
        std::make_shared<Held const>(Held{std::move(real), std::move(parts)}))
{
}

void detail::SecretText::add_to(Secrets& secrets) const
{
    if (held_)
        secrets.add(held_->parts);
}

bool detail::SecretText::operator==(SecretText const& other) const noexcept
{
    return held_ == other.held_
        || (held_ && other.held_ && *held_ == *other.held_);
}

} // namespace runnel::inline v0

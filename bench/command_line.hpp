// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The command line of a benchmark: options with a value each, and the scenarios to
// measure.
#pragma once

#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

[[noreturn]] inline void give_up(std::string const& why, char const* usage)
{
    std::fprintf(stderr, "%s\n\n%s", why.c_str(), usage);
    std::exit(2);
}

class CommandLine {
public:
    using Set = std::function<void(std::string const&)>;

    /// `--json FILE` is there already.
    explicit CommandLine(char const* usage) : usage_(usage)
    {
        option("--json", [](std::string const& path) { record_to(path); });
    }

    /// Throws `std::invalid_argument`, whose text is shown, for a value that is none.
    void option(std::string name, Set set)
    {
        options_.emplace_back(std::move(name), std::move(set));
    }

    /// A number from 1 on.
    void option(std::string name, unsigned& value)
    {
        option(name, [name, &value](std::string const& word) {
            value = number(word);
            if (value == 0)
                throw std::invalid_argument(name + " is at least 1");
        });
    }

    void option(std::string name, std::string& value)
    {
        option(std::move(name),
               [&value](std::string const& word) { value = word; });
    }

    void scenario(std::string name, std::function<void()> run)
    {
        scenarios_.push_back({std::move(name), std::move(run)});
    }

    /// Ends the process if something in the line makes no sense.
    void read(int argc, char** argv)
    try {
        std::vector<std::string> const words(argv + 1, argv + argc);
        for (std::size_t i = 0; i < words.size(); ++i)
            i += take(words[i], i + 1 < words.size() ? &words[i + 1] : nullptr);
    } catch (std::invalid_argument const& error) {
        give_up(error.what(), usage_);
    }

    /// Runs the scenarios that were named, or all.
    void run() const
    {
        bool const all = std::ranges::none_of(scenarios_, &Scenario::is_wanted);
        for (auto const& scenario : scenarios_)
            if (all || scenario.is_wanted)
                scenario.run();
    }

    static unsigned number(std::string const& word)
    {
        char* end = nullptr;
        auto const value = std::strtoul(word.c_str(), &end, 10);
        if (word.empty() || *end != '\0' || value > 10'000'000)
            throw std::invalid_argument(
                '"' + word + "\" is no number that makes sense here");
        return static_cast<unsigned>(value);
    }

private:
    struct Scenario {
        std::string name;
        std::function<void()> run;
        bool is_wanted = false;
    };

    /// Returns how many of the words behind it belong to it.
    std::size_t take(std::string const& word, std::string const* value)
    {
        if (word == "--help") {
            std::fputs(usage_, stdout);
            std::exit(0);
        }
        auto const scenario =
            std::ranges::find(scenarios_, word, &Scenario::name);
        if (scenario != scenarios_.end()) {
            scenario->is_wanted = true;
            return 0;
        }
        auto const option = std::ranges::find(
            options_, word, [](auto const& one) { return one.first; });
        if (option == options_.end())
            throw std::invalid_argument("there is no option or scenario \""
                                        + word + '"');
        if (value == nullptr)
            throw std::invalid_argument(word + " needs a value");
        option->second(*value);
        return 1;
    }

    char const* usage_;
    std::vector<std::pair<std::string, Set>> options_;
    std::vector<Scenario> scenarios_;
};

} // namespace bench

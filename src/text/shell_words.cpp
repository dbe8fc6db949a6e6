// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "text/shell_words.hpp"

#include "sys/signal.hpp"
#include "text/quote.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

namespace runnel::inline v0 {

namespace {

/// `bytes` as a format of printf(1): NUL bytes and what printf would interpret
/// are escaped.
std::string printf_format(std::string_view bytes)
{
    std::string format;
    for (char const c : bytes)
        if (c == '\0')
            format += "\\000";
        else if (c == '\\' || c == '%')
            format += std::string(2, c);
        else
            format += c;
    return format;
}

// --- verdicts -----------------------------------------------------------------

bool counts(ShellCase const& part)
{
    return part.counts && (part.stage == nullptr || part.stage->checked);
}

bool accepts(std::vector<int> const& codes, int code)
{
    return std::ranges::find(codes, code) != codes.end();
}

/// The exit codes that are no failure.
std::vector<int> codes_of(ShellCase const& part)
{
    std::vector<int> codes{0};
    if (part.stage != nullptr && part.stage->accept)
        codes = *part.stage->accept;
    int const broken_pipe = sys::shell_code(sys::signals::broken_pipe);
    if (part.forgives && !accepts(codes, broken_pipe))
        codes.push_back(broken_pipe);
    return codes;
}

/// `$? == 1 || $? == 2 ? 0 : `, without the code 0. Empty if there are no others.
std::string any_of(std::vector<int> const& codes, std::string const& code)
{
    std::string text;
    for (int const one : codes)
        if (one != 0)
            text += (text.empty() ? "" : " || ") + (code + " == ")
                  + std::to_string(one);
    return text.empty() ? text : text + " ? 0 : ";
}

/// `s[0] && s[0] != 141`: true for the codes that are a failure.
std::string failure(std::vector<int> const& codes, std::string const& code)
{
    std::string text = accepts(codes, 0) ? code : "";
    for (int const one : codes)
        if (one != 0)
            text += (text.empty() ? "" : " && ") + (code + " != ")
                  + std::to_string(one);
    return text.empty() ? "1" : text;
}

/// The code, or 1 for a 0 that is a failure.
std::string or_one(std::string const& code)
{
    return '(' + code + " ? " + code + " : 1)";
}

} // namespace

std::string shell_source(std::string const& bytes)
{
    bool const has_nul = bytes.find('\0') != bytes.npos;
    return "<(printf "
         + (has_nul ? "-- " + quote_always(printf_format(bytes))
                    : "%s " + quote(bytes))
         + ')';
}

std::string shell_group(std::string const& text)
{
    return "{ " + text + "; }";
}

std::string shell_judged(ShellCase const& part, std::string const& text)
{
    if (!counts(part))
        return shell_group(text + " || :");
    auto const codes = codes_of(part);
    if (codes == std::vector{0})
        return text;
    auto const zero = accepts(codes, 0);
    return shell_group(text + (zero ? " || " : "; ") + "(exit $(("
                       + any_of(codes, "$?") + (zero ? "$?" : "$? ? $? : 1")
                       + ")))");
}

bool needs_verdict(std::vector<ShellCase> const& parts)
{
    auto const decides = [](ShellCase const& part) { return counts(part); };
    return std::any_of(parts.begin(), parts.end() - 1, decides)
        || !counts(parts.back()) || codes_of(parts.back()) != std::vector{0};
}

std::string shell_judged(std::vector<ShellCase> const& parts,
                         std::string const& text)
{
    std::string verdict;
    for (auto i = parts.size(); i-- > 0;) {
        if (!counts(parts[i]))
            continue;
        auto const code = "s[" + std::to_string(i) + ']';
        auto const codes = codes_of(parts[i]);
        verdict += failure(codes, code);
        verdict += " ? ";
        verdict += accepts(codes, 0) ? code : or_one(code);
        verdict += " : ";
    }
    return text + "; (s=(\"${PIPESTATUS[@]}\"); exit $((" + verdict + "0)))";
}

std::string openable(std::string const& path)
{
    bool const is_socket =
        path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/");
    return is_socket ? "/." + path : path;
}

std::optional<int> named_descriptor(std::string_view path)
{
    for (int number = 0; std::string_view const name :
                         {"/dev/stdin", "/dev/stdout", "/dev/stderr"}) {
        if (path == name)
            return number;
        ++number;
    }
    for (std::string_view const folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(folder))
            continue;
        auto const digits = path.substr(folder.size());
        int number = 0;
        auto const [end, error] = std::from_chars(
            digits.data(), digits.data() + digits.size(), number);
        if (error == std::errc() && end == digits.data() + digits.size())
            return number;
    }
    return {};
}

std::string tee_file(std::string const& path)
{
    return quote(path.starts_with('-') ? "./" + path : path);
}

bool only_appends(std::vector<Target> const& copies)
{
    bool appends = false;
    for (auto const& target : copies) {
        auto const* stdio = std::get_if<Stdio>(&target);
        if (stdio == nullptr || stdio->kind() != Stdio::file)
            continue;
        if (stdio->mode() != Stdio::Mode::append)
            return false;
        appends = true;
    }
    return appends;
}

std::string tee_branch(std::string const& text)
{
    return ">(" + text + "; cat > /dev/null)";
}

} // namespace runnel::inline v0

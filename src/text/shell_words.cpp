#include "text/shell_words.hpp"

#include "text/quote.hpp"

#include <string_view>

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

std::string shell_judged(PlannedStage const& stage, std::string const& text)
{
    if (!stage.checked)
        return shell_group(text + " || :");
    if (!stage.accept || *stage.accept == std::vector{0})
        return text;
    bool zero = false;
    std::string others;
    for (int const code : *stage.accept)
        if (code == 0)
            zero = true;
        else
            others += (others.empty() ? "$? == " : " || $? == ")
                    + std::to_string(code);
    auto const otherwise = zero ? "$?" : "$? ? $? : 1";
    if (!others.empty())
        others += " ? 0 : ";
    return shell_group(text + (zero ? " || " : "; ") + "(exit $((" + others
                       + otherwise + ")))");
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

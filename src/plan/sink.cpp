#include <runnel/sink.hpp>

namespace runnel::inline v0 {

Text text(detail::TextView bytes)
{
    return {std::make_shared<std::string const>(bytes.as("the text of stdin"))};
}

Text text(std::span<std::byte const> bytes)
{
    return text(std::string_view(reinterpret_cast<char const*>(bytes.data()),
                                 bytes.size()));
}

} // namespace runnel::inline v0

#include <runnel/sink.hpp>

namespace runnel::inline v0 {

Text text(detail::TextView content)
{
    return {
        std::make_shared<std::string const>(content.as("the text of stdin"))};
}

Text text(std::span<std::byte const> bytes)
{
    return {std::make_shared<std::string const>(
                reinterpret_cast<char const*>(bytes.data()), bytes.size()),
            true};
}

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

#include "base/line_options.hpp"
#include "flow/chunk_source.hpp"
#include "verbs/expression_source.hpp"

namespace runnel::inline v0 {

namespace {

std::unique_ptr<detail::ByteSource> bytes_of(auto const& expression,
                                             LineOptions const& options)
{
    return detail::source_of(detail::source_of(expression, options), options,
                             std::nullopt);
}

} // namespace

ChunkRange::ChunkRange(Expression const& expression, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<detail::ChunkSource>(
        bytes_of(expression, detail::line_options(options)), size, options))
{
}

ChunkRange::ChunkRange(detail::StderrNode const& expression, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<detail::ChunkSource>(
        bytes_of(expression, detail::line_options(options)), size, options))
{
}

ChunkRange::ChunkRange(ReadStream& stream, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<detail::ChunkSource>(
        detail::source_of(stream, detail::line_options(options)), size,
        options))
{
}

ChunkRange::ChunkRange(Stdio const& file, std::size_t size,
                       ChunkOptions const& options)
    : source_(std::make_shared<detail::ChunkSource>(
        detail::source_of(file, detail::line_options(options)), size, options))
{
}

} // namespace runnel::inline v0

// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// uv_spawn of libuv, and a pipe that the event loop reads.
#include "serve.hpp"

#include <array>
#include <cstdint>

#include <uv.h>

namespace {

void close(uv_handle_t* handle)
{
    if (handle->type != UV_UNKNOWN_HANDLE && uv_is_closing(handle) == 0)
        uv_close(handle, nullptr);
}

class Child {
public:
    Child() { process_.data = pipe_.data = this; }
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;

    // The loop refers to open handles, even to that of a process that did not start.
    ~Child()
    {
        close(process_handle());
        close(pipe_handle());
        uv_run(loop_, UV_RUN_DEFAULT);
    }

    void start(bench::Command const& command)
    {
        start(command, inherited(STDOUT_FILENO));
    }

    void start_piped(bench::Command const& command)
    {
        expect(uv_pipe_init(loop_, &pipe_, 0));
        start(command, piped());
        expect(uv_read_start(stream(), on_room, on_read));
    }

    void finish()
    {
        uv_run(loop_, UV_RUN_DEFAULT);
        bench::expect_success(code_ == 0 && signal_ == 0
                              && read_error_ == UV_EOF);
    }

    std::string const& out() const { return out_; }

private:
    static void expect(int error)
    {
        if (error != 0)
            throw std::runtime_error(uv_strerror(error));
    }

    static uv_stdio_container_t inherited(int fd)
    {
        uv_stdio_container_t result{};
        result.flags = UV_INHERIT_FD;
        result.data.fd = fd;
        return result;
    }

    uv_stdio_container_t piped()
    {
        uv_stdio_container_t result{};
        result.flags =
            static_cast<uv_stdio_flags>(UV_CREATE_PIPE | UV_WRITABLE_PIPE);
        result.data.stream = stream();
        return result;
    }

    void start(bench::Command const& command, uv_stdio_container_t out)
    {
        auto words = bench::pointers(command);
        uv_stdio_container_t streams[] = {inherited(STDIN_FILENO), out,
                                          inherited(STDERR_FILENO)};
        uv_process_options_t options{};
        options.exit_cb = on_exit;
        options.file = words[0];
        options.args = words.data();
        options.stdio = streams;
        options.stdio_count = 3;
        expect(uv_spawn(loop_, &process_, &options));
    }

    static void on_exit(uv_process_t* process, std::int64_t code, int signal)
    {
        auto& child = *static_cast<Child*>(process->data);
        child.code_ = code;
        child.signal_ = signal;
        close(child.process_handle());
    }

    // One buffer for all: `on_read` is done with it before the next read.
    static void on_room(uv_handle_t*, std::size_t, uv_buf_t* room)
    {
        static std::array<char, 65536> chunk;
        *room = uv_buf_init(chunk.data(), chunk.size());
    }

    static void on_read(uv_stream_t* pipe, ::ssize_t count,
                        uv_buf_t const* chunk)
    {
        auto& child = *static_cast<Child*>(pipe->data);
        if (count >= 0) {
            child.out_.append(chunk->base, static_cast<std::size_t>(count));
        } else {
            child.read_error_ = static_cast<int>(count);
            close(child.pipe_handle());
        }
    }

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&pipe_); }
    uv_handle_t* pipe_handle()
    {
        return reinterpret_cast<uv_handle_t*>(&pipe_);
    }
    uv_handle_t* process_handle()
    {
        return reinterpret_cast<uv_handle_t*>(&process_);
    }

    uv_loop_t* loop_ = uv_default_loop();
    uv_process_t process_{};
    uv_pipe_t pipe_{};
    std::string out_;
    std::int64_t code_ = -1;
    int signal_ = 0;
    int read_error_ = UV_EOF;
};

void spawn(bench::Command const& command)
{
    Child child;
    child.start(command);
    child.finish();
}

std::size_t read(bench::Command const& command)
{
    Child child;
    child.start_piped(command);
    child.finish();
    return child.out().size();
}

} // namespace

int main(int argc, char** argv)
{
    return bench::serve(argc, argv, {spawn, read});
}

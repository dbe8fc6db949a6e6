// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Captures the output of ls /usr/bin | grep z | wc -l
//
// Boost.Process v1: it has pipes between two programs. With v2, the caller must
// make each pipe and close both of its ends in time.
#include <boost/process.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace bp = boost::process;

int main()
{
    try {
        bp::pipe names;
        bp::child ls("ls /usr/bin", bp::std_out > names);
        bp::pipe found;
        bp::child grep("grep z", bp::std_out > found, bp::std_in < names);
        bp::ipstream out;
        bp::child wc("wc -l", bp::std_out > out, bp::std_in < found);
        std::string count;
        std::getline(out, count);
        ls.wait();
        grep.wait();
        wc.wait();
        if (ls.exit_code() != 0 || grep.exit_code() > 1 // 1: nothing found
            || wc.exit_code() != 0)
            throw std::runtime_error("the pipeline failed");
        std::cout << count << '\n';
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

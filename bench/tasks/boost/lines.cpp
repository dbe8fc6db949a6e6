// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// Goes through the output of a program line by line while the program runs.
//
// Boost.Process v1: ipstream and std::getline are the way of its tutorial.
#include <boost/process.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace bp = boost::process;

int main()
{
    std::string longest;
    try {
        bp::ipstream out;
        bp::child child("ls /usr/bin", bp::std_out > out);
        std::string line;
        while (std::getline(out, line))
            if (line.size() > longest.size())
                longest = line;
        child.wait();
        if (child.exit_code() != 0)
            throw std::runtime_error("ls failed");
        std::cout << longest << '\n';
    } catch (std::exception const& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

// The same beside every header of POSIX and glibc.
#include "../api/system_headers.hpp"
#include "first_screen.cpp"

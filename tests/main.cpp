// The main program of every test, for Catch2 2; Catch2 3 brings its own.
#ifndef RUNNEL_NO_MAIN
// Catch2's own signal handlers stay out: many tests look at dispositions.
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

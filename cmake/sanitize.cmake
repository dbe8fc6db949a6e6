# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# RUNNEL_SANITIZE applies to all that is built from here on, but for the test
# children, which opt out: they must behave like programs from anywhere. Without
# vptr, which probes memory through a pipe of its own and so fails in the tests
# that have no descriptor to spare.
add_compile_options(
    -fsanitize=${RUNNEL_SANITIZE} -fno-sanitize=vptr
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
# For code that asks, since not every compiler has a macro of its own.
add_compile_definitions(RUNNEL_SANITIZED)
add_link_options(-fsanitize=${RUNNEL_SANITIZE})

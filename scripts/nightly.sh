#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The runnel authors
# SPDX-License-Identifier: BSL-1.0

# What takes too long for every change: stress, fuzzing, valgrind, clang-tidy, the tests
# that .ci/run leaves out under the thread sanitizer and with libc++, the examples under
# sanitizers, the benchmarks' build, and a cross build for 64-bit ARM. Goes through all of it, then says what failed. With
# arguments, only the steps whose headings contain one of them:
#
#     scripts/nightly.sh fuzzing clang-tidy
#
# What .ci/run tests is not tested once more.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
wanted=("$@")
is_wanted() { # heading
    local word
    for word in "${wanted[@]}"; do
        [[ $1 != *"$word"* ]] || return 0
    done
    [ ${#wanted[@]} = 0 ]
}
step() { # heading, command...
    is_wanted "$1" || return 0
    local begin=$SECONDS
    printf '\n=== %s\n' "$1"
    "${@:2}" || failed+=("$1")
    printf -- '--- %s: %d s (%d s in all)\n' "$1" $((SECONDS - begin)) $SECONDS
}
build() { # preset, arguments of cmake --build...
    cmake --preset "$1" >/dev/null && cmake --build --preset "$@"
}

each_file_alone() {
    cmake --preset clang19-libcxx -DRUNNEL_UNITY=OFF >/dev/null \
        && cmake --build --preset clang19-libcxx
}
# These have a folder of their own: what they switch on would stay on elsewhere.
sanitized_examples() {
    cmake --preset asan -B build/asan-examples -DRUNNEL_TESTS=OFF -DRUNNEL_EXAMPLES=ON \
        >/dev/null && cmake --build build/asan-examples -- --quiet \
        && ctest --test-dir build/asan-examples --output-on-failure -j3
}
build_benchmarks() { # and the examples that need Boost
    cmake --preset release -B build/bench -DRUNNEL_BENCH=ON -DRUNNEL_WERROR=ON >/dev/null \
        && cmake --build build/bench -- --quiet \
        && ctest --test-dir build/bench --output-on-failure -R boost
}

scripts/deps.sh build test nightly bench || exit 1
step "build dev" build dev
step "build tsan" build tsan
step "build asan" build asan
step "build fuzz" build fuzz
step "build aarch64" build aarch64 --target text_tests plan_tests flow_tests child_tests

# As in the test presets, for programs that are run without ctest.
export ASAN_OPTIONS=alloc_dealloc_mismatch=0 TSAN_OPTIONS=halt_on_error=1

# Runs a program so many times, and shows what it says when it fails.
some_rounds() { # count, program, tags
    local i log
    log=build/nightly-$(basename "$2").log
    for ((i = 1; i <= $1; ++i)); do
        timeout 3600 "$2" "$3" >"$log" 2>&1 || { cat "$log"; echo "$2, round $i"; return 1; }
    done
    rm "$log"
}
export -f some_rounds
# All test programs, as many at once as there are processors.
all_programs() { # preset, count, tags
    printf '%s\n' build/"$1"/tests/*_tests \
        | xargs -P "$(nproc)" -I PROGRAM bash -c 'some_rounds "$@"' - "$2" PROGRAM "$3"
}

# Cases tagged [.nightly] are long ones that ctest leaves out; [threads] ones
# may pass by luck, so they run twenty times over.
nightly_cases() { # preset, tags
    all_programs "$1" 1 "$2"
}
repeat_threads() { # preset
    all_programs "$1" 20 "[threads]~[.]"
}
repeat_all() {
    ctest --preset dev -j4 --repeat until-fail:3
}

# What is found lies beside it as a file; with it as argument the program shows
# it again.
fuzz() { # target
    mkdir -p build/fuzz/corpus_"$1"
    build/fuzz/tests/fuzz_"$1" -max_total_time=60 -max_len=600 -len_control=0 \
        -artifact_prefix=build/fuzz/ build/fuzz/corpus_"$1"
}

# valgrind refuses clone3 and pidfds, so this takes the plain-fork path. What is only
# possibly lost is the C library's: stacks of threads, code of encodings. Some cases
# fail under valgrind, because it refuses lowered limits and changes signal masks:
# what counts is what valgrind itself reports, a crash or a hang. Left out are programs
# with an allocator of their own, those that only compare children with bash, cases
# with a timer so fast that nothing else happens under valgrind, cases whose forked
# children fork again (a copy of valgrind then waits for ever), and those that try to
# execute a FIFO, which valgrind opens to look at it.
one_under_valgrind() { # name
    local log=build/valgrind-"$1".log result
    RUNNEL_TEST_PATIENCE=30 timeout 3600 valgrind --quiet --leak-check=full \
        --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        --trace-children=no --child-silent-after-fork=yes --run-libc-freeres=no \
        --fair-sched=yes --suppressions=scripts/valgrind.supp \
        build/dev/tests/"$1"_tests "~[limits]~[pidfd]~[clone3]~[differential]~[interruptions]~[fork]~[fifo]~[.]" \
        >"$log" 2>&1
    result=$?
    if [ $result -ge 124 ] || grep -qP '^==[0-9]+== (?! )(?!.*unhandled ioctl)' "$log"; then
        cat "$log"
        echo "$1_tests under valgrind ended with $result"
        return 1
    fi
}
export -f one_under_valgrind
under_valgrind() {
    printf '%s\n' job child verbs sys flow io base plan replacing text \
        | xargs -P "$(nproc)" -I NAME bash -c 'one_under_valgrind NAME'
}

# In a build of large pieces there would be nothing to check.
tidy() {
    cmake --preset asan -B build/tidy -DRUNNEL_UNITY=OFF -DRUNNEL_PRECOMPILE=OFF >/dev/null \
        && run-clang-tidy-16 -quiet -p build/tidy "$PWD/src/.*\.cpp"
}

# Without binfmt_misc, qemu-user cannot exec a child of the other processor, so
# only cases that start no child can pass there.
under_qemu() {
    local status=0
    on_arm() { # program, tags
        qemu-aarch64 -L /usr/aarch64-linux-gnu build/aarch64/tests/"$1"_tests "$2" || status=1
    }
    on_arm text "[shlex]~[starts],[lines]"
    on_arm plan "[text]~[differential]"
    on_arm flow "[cutter]"
    on_arm child "[timeout]~[popen]"
    return $status
}

# Sanitizers make those that compare thousands of children with bash too slow.
step "[nightly] cases, dev" nightly_cases dev "[nightly]"
step "[nightly] cases, tsan" nightly_cases tsan "[nightly][model]"
step "[nightly] cases, asan" nightly_cases asan "[nightly][model]"
for preset in dev tsan asan; do
    step "[threads] cases twenty times, $preset" repeat_threads $preset
done
step "what CI leaves out, thread sanitizer" ctest --preset tsan \
    --label-exclude '^(adapters|flow|io|job|verbs)$'
# Without precompiled headers: this finds a forgotten include.
step "build clang 19, libc++" each_file_alone
step "what CI leaves out, libc++" ctest --preset clang19-libcxx \
    --label-exclude '^(adapters|api|flow|text)$'
step "examples under the address sanitizer" sanitized_examples
step "build the benchmarks" build_benchmarks
step "all cases three times, four at once" repeat_all
step "snippets, clang 16" env COMPILERS=clang++-16 scripts/check-snippets.sh
step "fuzzing the line cutter for a minute" fuzz line_cutter
step "fuzzing shlex for a minute" fuzz shlex
step "fuzzing the text codec for a minute" fuzz text_codec
step "valgrind" under_valgrind
step "clang-tidy" tidy
step "what a run passes through" scripts/trace-run.py --check
step "aarch64 under qemu-user" under_qemu

printf '\n=== nightly: %d failed\n' "${#failed[@]}"
printf '%s\n' "${failed[@]}"
[ ${#failed[@]} = 0 ]

#!/usr/bin/env bash
# What takes too long for every change: stress, fuzzing, valgrind, clang-tidy, and
# a cross build for 64-bit ARM. Goes through all of it, then says what failed.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
step() { # heading, command...
    printf '\n=== %s\n' "$1"
    "${@:2}" || failed+=("$1")
}

scripts/deps.sh build test nightly || exit 1
presets="dev tsan asan clang clang19 fuzz aarch64"
for preset in $presets; do
    step "build $preset" eval "cmake --preset $preset >/dev/null && cmake --build --preset $preset"
done

# As in the test presets, for programs that are run without ctest.
export ASAN_OPTIONS=alloc_dealloc_mismatch=0 TSAN_OPTIONS=halt_on_error=1

# Cases tagged [.nightly] are long ones that ctest leaves out; [threads] ones
# may pass by luck, so they run twenty times over.
nightly_cases() { # preset
    local program status=0
    for program in build/"$1"/tests/*_tests; do
        timeout 3600 "$program" "[nightly]" || status=1
    done
    return $status
}
repeat_threads() { # preset
    local program i
    for program in build/"$1"/tests/*_tests; do
        for i in {1..20}; do
            timeout 600 "$program" "[threads]~[.]" >build/nightly.log 2>&1 \
                || { cat build/nightly.log; echo "$program, round $i"; return 1; }
        done
    done
}
repeat_all() {
    ctest --preset dev -j4 --repeat until-fail:20
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
# with a timer so fast that nothing else happens under valgrind, and cases whose forked
# children fork again: a copy of valgrind then waits for ever.
under_valgrind() {
    local name result status=0
    for name in base child flow io job plan replacing sys text verbs; do
        RUNNEL_TEST_PATIENCE=30 timeout 3600 valgrind --quiet --leak-check=full \
            --show-leak-kinds=definite --errors-for-leak-kinds=definite \
            --trace-children=no --child-silent-after-fork=yes --run-libc-freeres=no \
            --fair-sched=yes --suppressions=scripts/valgrind.supp \
            build/dev/tests/"$name"_tests "~[limits]~[pidfd]~[clone3]~[differential]~[interruptions]~[fork]~[.]" \
            >build/valgrind.log 2>&1
        result=$?
        if [ $result -ge 124 ] || grep -qE '^==[0-9]+== [^ ]' build/valgrind.log; then
            cat build/valgrind.log
            echo "${name}_tests under valgrind ended with $result"
            status=1
        fi
    done
    return $status
}

tidy() {
    run-clang-tidy-16 -quiet -p build/clang "$PWD/src/.*\.cpp"
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

for preset in dev tsan asan; do
    step "[nightly] cases, $preset" nightly_cases $preset
    step "[threads] cases twenty times, $preset" repeat_threads $preset
done
step "what CI leaves out, thread sanitizer" ctest --preset tsan --label-regex 'python|crossed'
step "clang 16, libstdc++" ctest --preset clang
step "clang 19, libstdc++" ctest --preset clang19
step "all cases twenty times, four at once" repeat_all
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

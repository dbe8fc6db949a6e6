// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// The smallest child that says something: 12 bytes to stdout, exit code 0.
    .text
    .globl _start
_start:
#if defined(__x86_64__)
    movl $1, %edi
    movl $words, %esi
    movl $12, %edx
    movl $1, %eax           // write
    syscall
    xorl %edi, %edi
    movl $60, %eax          // exit
    syscall
#elif defined(__aarch64__)
    mov x0, #1
    adr x1, words
    mov x2, #12
    mov x8, #64             // write
    svc #0
    mov x0, #0
    mov x8, #93             // exit
    svc #0
#else
#error "how does a program write here?"
#endif
words:
    .ascii "hello world\n"
    .section .note.GNU-stack, "", %progbits

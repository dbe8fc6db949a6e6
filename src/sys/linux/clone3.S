// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// long runnel_clone3(struct clone_args *args, int (*child)(void *), void *arg)
//
// The clone3 system call for a child that shares our memory and has a stack of
// its own. The child calls child(arg) and ends with the result as its exit
// code; it never returns through our frames. The parent gets the kernel's
// result.

#if defined(__x86_64__)

    .text
    .globl runnel_clone3
    .hidden runnel_clone3
    .type runnel_clone3, @function
    .p2align 4
runnel_clone3:
    .cfi_startproc
    endbr64
    movq %rsi, %r9          // child; survives the system call, as r8 does
    movq %rdx, %r8          // arg
    movl $435, %eax         // clone3
    movl $88, %esi          // size of clone_args up to `cgroup`
    syscall
    testq %rax, %rax
    jz 1f
    ret
1:
    .cfi_undefined rip      // the outermost frame of the child
    xorl %ebp, %ebp
    movq %r8, %rdi
    call *%r9
    movl %eax, %edi
    movl $231, %eax         // exit_group
    syscall
    hlt
    .cfi_endproc
    .size runnel_clone3, . - runnel_clone3

#elif defined(__aarch64__)

    .text
    .globl runnel_clone3
    .hidden runnel_clone3
    .type runnel_clone3, %function
    .p2align 4
runnel_clone3:
    .cfi_startproc
    mov x9, x1              // child
    mov x10, x2             // arg
    mov x8, #435            // clone3
    mov x1, #88             // size of clone_args up to `cgroup`
    svc #0
    cbz x0, 1f
    ret
1:
    .cfi_undefined x30      // the outermost frame of the child
    mov x29, #0
    mov x30, #0
    mov x0, x10
    blr x9
    mov x8, #94             // exit_group
    svc #0
    brk #1
    .cfi_endproc
    .size runnel_clone3, . - runnel_clone3

#endif

    .section .note.GNU-stack, "", %progbits

#if defined(__x86_64__)
// Marks this as fit for control-flow protection (IBT and shadow stacks):
// linking unmarked code turns the protection off for a whole program.
    .section .note.gnu.property, "a"
    .p2align 3
    .long 4, 16, 5          // sizes of name and content; NT_GNU_PROPERTY_TYPE_0
    .asciz "GNU"
    .long 0xc0000002, 4     // GNU_PROPERTY_X86_FEATURE_1_AND
    .long 3, 0              // IBT | SHSTK
#endif

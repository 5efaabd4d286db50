/* The program, as compile.c makes it, in the engine's read-only data. */
	.section .rodata.program, "a"
	.balign 16
	.globl program, program_end
program:
	.incbin "program.bin"
program_end:
	.section .note.GNU-stack, "", %progbits

"""MicroPython's own interpreter on an emulated rv32imc core, so that bytecode can be counted too.

The official WebAssembly build (the npm package that the tests use) is translated to C by wabt's
wasm2c and compiled for rv32imc by gcc (`build`); the machine runs it in unicorn (`machine`), and
`window` counts the whole way of a window in it, with the shipped machine code of the kernels.

What is like the ESP32's: interpreter, objects and garbage collector are MicroPython 1.27's, objects
have 32 bits. What is not: the port (no FreeRTOS, no drivers), gcc -O2 behind a translation, and
exceptions, whose calls go through stubs that are not counted (an ESP32 calls directly). One
multiplication of a dense layer in bytecode takes 926 instructions here; in the design's
experiments it took 953 on a port for rv32.

Needs wasm2c, riscv64-unknown-elf-gcc and its picolibc (Debian: wabt, gcc-riscv64-unknown-elf,
picolibc-riscv64-unknown-elf), on the PATH or below the folder RV32_TOOLS.
"""

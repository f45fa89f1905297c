"""The llama.cpp build: right for this processor, kept, and checked before it is trusted.

    build        makes the wheel for this processor and compiler, keeps it (`make setup`)
    check        runs the library in a child process, so that a broken build never ends ours
    tile_config.h  forced into the build; mends the AMX kernels of older compilers

In:  this machine's processor and compiler; the pinned version of llama-cpp-python.
Out: an installed wheel; `BuildCheck`.
Left to others: loading models for answers (`rag.llm`), printing (`rag.cli`).
Only the standard library is imported: `python -m rag.native` runs before anything is installed.
"""

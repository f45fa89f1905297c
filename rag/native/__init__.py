"""The llama.cpp build that is right for this processor, made once and kept.

    build          makes the wheel for this processor and compiler (`make setup`)
    tile_config.h  forced into the build; mends the AMX kernels of older compilers

In:  this machine's processor and compiler; the pinned version of llama-cpp-python.
Out: an installed wheel.
Left to others: whether it runs (`rag.models.llm.build_check`).
Only the standard library is imported: `python -m rag.native` runs before anything is installed.
"""

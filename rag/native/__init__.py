"""Build llama.cpp for this processor, once, and cache the wheel.

    build             builds and installs the wheel for this processor and compiler (`make setup`)
    tile_config.h     included in every file of the build; fixes AMX kernels on older compilers
    llama_only.cmake  leaves parts of llama.cpp that are not used out of the build

In:  this machine's processor and compiler; the pinned version of llama-cpp-python.
Out: an installed wheel.
Left to others: whether it runs (`rag.models.llm.build_check`).
Only the standard library is imported: `python -m rag.native` runs before anything is installed.
"""

# Included by CMake behind llama.cpp's own project() line (CMAKE_PROJECT_llama.cpp_INCLUDE).
#
# Only libllama and ggml are loaded here. llama-cpp-python forces llama.cpp's "common" library on
# (chat templates, an HTTP client, command lines), which nothing of ours uses.
set(LLAMA_BUILD_COMMON OFF CACHE BOOL "not used" FORCE)

# libllama builds graphs and reads vocabularies; the kernels that take the time are in ggml, which
# keeps its optimisation.
if(NOT MSVC)
    cmake_language(DEFER CALL target_compile_options llama PRIVATE -O1)
endif()

/* Forced into the llama.cpp build (-include) so that its AMX kernels do not crash.
 *
 * GCC before 14 (and the unpatched 11 to 13) declares only 8 of the 64 bytes behind
 * _tile_loadconfig() as read; an optimised build then drops the stores that fill the
 * tile configuration and ldtilecfg faults. Here the operand covers all 64 bytes.
 * Does nothing on a processor without AMX. See llama.cpp pull request 26954.
 */
#ifndef RAG_TILE_CONFIG_H
#define RAG_TILE_CONFIG_H
#if defined(__AMX_TILE__)
#include <immintrin.h>
#undef _tile_loadconfig
#define _tile_loadconfig(config) \
    __asm__ volatile("ldtilecfg %0" ::"m"(*(const char(*)[64])(config)))
#endif
#endif

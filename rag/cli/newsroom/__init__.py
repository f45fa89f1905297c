"""The commands for newsrooms.

quote   rag quote

In:  flags, `Settings`. Out: what `rag.newsroom` tells, as text or JSON.
"""

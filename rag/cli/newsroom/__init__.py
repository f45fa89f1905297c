"""The commands for newsrooms.

quote     rag quote
timeline  rag timeline

In:  flags, `Settings`. Out: what `rag.newsroom` tells, as text or JSON.
"""

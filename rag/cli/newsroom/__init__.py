"""The commands for newsrooms.

quote     rag quote
check     rag check
timeline  rag timeline
alerts    rag alerts

In:  flags, `Settings`. Out: what `rag.newsroom` tells, as text or JSON.
"""

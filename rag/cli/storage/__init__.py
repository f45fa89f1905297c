"""The commands for what is stored: an article removed from all of it, and all of it in one file.

removal  rag articles remove
backup   rag backup, rag restore

In:  flags, `Settings`. Out: what was removed, written or restored.
"""

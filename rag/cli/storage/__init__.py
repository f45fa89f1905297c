"""The commands for what is stored: an article removed from all of it, all of it in one file,
and several collections side by side.

removal      rag articles remove
backup       rag backup, rag restore
collections  rag collections

In:  flags, `Settings`. Out: what was removed, written or restored.
"""

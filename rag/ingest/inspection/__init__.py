"""What a person needs to judge how a file was read: all its words beside those that were stored.

raw_text     the words of a file, piece by piece, also those that are no part of an article
left_out     the pieces of which nothing was stored

Left to others: the process in which files are opened (`rag.ingest.sandbox`), what is stored
(`rag.index`).
"""

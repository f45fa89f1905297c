"""What is kept: articles, passages and vectors, and the indexes derived from them.

records      our own SQLite record: the truth
vectors      the Chroma collection (only importer of chromadb)
keywords     BM25 (only importer of bm25s)
generations  whole indexes side by side, one current; fingerprint, lock, publishing
"""

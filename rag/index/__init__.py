"""What is kept: articles, passages and vectors, and the indexes derived from them.

records      our own SQLite record: the truth; recorder writes it
vectors      the Chroma collection (only importer of chromadb)
keywords     BM25
growth       which parts of an index stay as they are when it grows
generation   one whole index, of one part or several, searched as one; within: filters
generations  whole indexes side by side, one current; fingerprint (manifest), lock, publishing
verify       the proof of a generation in a fresh process
"""

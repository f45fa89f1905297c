"""The index: articles, passages and vectors, and what is derived from them.

build            bring an index up to date with a corpus; worker does so in a child process,
                 diff says what changed, document_writer writes the documents
passages         what an embedder makes of articles; bulk has many workers on Ray do that, and parse
snapshots        the versions of an index on disk: one current, a lock, atomic publishing
snapshot         one version, open: its segments searched as one; manifest names its files,
                 merge_policy says which segments are reused, verify checks a new one
documents        articles, passages, vectors. The truth; all else can be rebuilt from it
records          where that is: SQLite, or PostgreSQL for several machines
vectors, bm25    nearest passages (the only importer of chromadb); keyword scores
filter_mask      which passages a filter lets through
copies           near copies of one text: found when it is indexed, and the origin of each
browse           the list of articles and its search, over trigrams
companions       what outlives each snapshot: corrections by hand, the paths that are indexed; the
                 original files of articles

The public names stand in their modules: importing this package loads none of them.
"""

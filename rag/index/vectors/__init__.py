"""Nearest passages by vector: where the vectors of segments are kept, and searched.

store        what any store offers (`VectorStore`, `VectorIndex`), and which one settings name
local        Chroma in this process, in the folder of each segment (the only importer of chromadb)
added        a store that another package adds
server       collections on a Chroma server, named by snapshot (`RAG_CHROMA_URL`)
connection   requests to that server, within a deadline; faults: each way in which it can fail
renewal      the vectors of a snapshot written again from its documents

Vectors come from the documents (`rag.index.documents`) and can always be written again from there.
"""

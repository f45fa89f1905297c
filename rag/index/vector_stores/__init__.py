"""Where the vectors of a segment are, and what finds the nearest: Chroma, or what a package adds.

    protocol      `VectorStore`, what every one must do
    choice        the one that a name stands for (RAG_VECTOR_STORE)

Ours, over Chroma, is `rag.index.vectors`.
"""

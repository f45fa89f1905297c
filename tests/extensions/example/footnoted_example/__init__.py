"""What the example adds: a parser, an embedder, a reader, a reranker and a language model."""

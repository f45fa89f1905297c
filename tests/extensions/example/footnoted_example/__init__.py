"""What the example adds: a parser, an embedder, a reader and a language model."""

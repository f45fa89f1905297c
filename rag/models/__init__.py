"""The two models, an embedder and a language model: the catalogue, their files, running them.

`catalog` reads `models/catalogue.toml` into model cards; `registry` finds and verifies a model's
files on this machine; `download` fetches them; `embedder` turns texts into vectors; `llm` runs the
language model in a process of its own; `openmp` settles how threads wait for each other.
"""

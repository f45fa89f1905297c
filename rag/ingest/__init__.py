"""From files to passages: what `rag index` reads, and how it is cut.

In:  a folder of articles, one file, or a `.jsonl` dump.
Out: `Article`s with clean text and metadata (`corpus`), cut into `Passage`s (`chunking`).
Map: `corpus` runs over `files`, which knows what changed; `sandbox` is the child process in which
     `parsers` turn bytes into a `ParsedDocument` (`document`) with the help of `decoding`,
     `normalize`, `metadata` and `boilerplate`. `corpus_edit` adds and removes files, `ledger` has
     a verdict for each, `inspection` says what of a file was not stored.
Left to others: embedding and storing (`rag.index`).
"""

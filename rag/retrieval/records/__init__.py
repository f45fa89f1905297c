"""Questions that the metadata records answer: no model reads anything for them.

records    all records of an index: names of authors and outlets, headlines, as they are spelled
query      the grammar of these questions, and `RecordQuery`
selection  the articles that a query means
days       what articles say of a day

Left to others: the answer (`rag.grounding.record_answer`).
"""

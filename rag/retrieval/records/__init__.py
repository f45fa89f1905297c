"""Questions that the metadata records answer: no model reads anything for them.

records    all records of an index: names of authors and outlets, headlines, as they are spelled
wording    what single words of these questions may mean
periods    days of publication that a question states
query      what the words together ask for, and `RecordQuery`
selection  the articles that a query means
days       what articles say of a day
carriers   which outlets carry a passage

Left to others: the answer (`rag.grounding.record_answer`).
"""

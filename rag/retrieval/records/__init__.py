"""Questions that the metadata records answer: no model reads anything for them.

records      all records of an index: names of authors and outlets, headlines, as they are spelled
wording      what single words of these questions may mean
periods      days of publication that a question states
description  which articles are meant and what is wanted of them: `RecordQuery`
topic        the words that say what the articles are about
reading      the roles of the other words
query        what these ask for together
several      several things asked at once, or one after the other, and what is left to the texts
by_intent    the same by the classifier of questions
selection    the articles that a query means
days         what articles say of a day
carriers     which outlets carry a passage

Left to others: the answer (`rag.grounding.record_answer`).
"""

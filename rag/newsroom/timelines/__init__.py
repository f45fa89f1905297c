"""What happened when, in the articles' own words: `rag timeline`.

values      `Timeline` and its entries
articles    which articles tell of a topic
dating      when what a sentence tells took place
statements  the dated statements of one article
figures     figures of one thing that changed, or that exclude each other
timeline    all of it in order: `make_timeline`
wording     the result in words

In:  an index, a topic. Out: a `Timeline`. No language model takes part.
Left to others: searching (`rag.retrieval`), which accounts exclude each other
(`rag.grounding.composition.accounts`).
"""

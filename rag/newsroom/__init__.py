"""What newsrooms check by hand, done over the index of their articles.

quotes     where a quotation stands, word for word, altered or nowhere, and who says it
drafts     a text of the user's own, sentence by sentence: supported, contradicted, not found
timelines  dated statements on a topic, oldest first; figures that changed, conflicts
alerts     questions that are asked again: what of their answers is new, changed or gone

In:  an open index, a text of the user's; answers, for alerts. Out: frozen values with citations.
Left to others: answering questions (`rag.pipeline`). No language model takes part here.
"""

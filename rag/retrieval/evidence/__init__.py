"""Which passages answer a question, and with which of their sentences.

    judgement   the order of the passages, their evidence, the signals of the best one
    readings    what the reader finds in each passage, behind its record
    candidates  what a passage would answer with, and its score; findings by rule, dates of events
    doubts      what speaks against a span where it stands: prompted, a dateline, a place
    ordering    accounts that say the same, newer ones, fuller dates

In:  a question, its retrieved passages in fused order, the reader, a way to look up articles.
Out: a `Judgement`.
Left to others: retrieving (`rag.retrieval.search`), how likely the best one is to be right
(`rag.grounding.calibration`).
"""

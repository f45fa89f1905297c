"""Overviews and summaries: a few sentences that together cover a topic.

    about       which articles are about it
    standalone  which of their sentences can be read alone
    salience    which of these cover the topic together
    overview    the composed answer

In:  a `Material`.
Out: a `Composition` of quotations.
Left to others: which questions come here (`rag.grounding.composition.compose`).
"""

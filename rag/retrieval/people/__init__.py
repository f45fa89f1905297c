"""Evidence by rule for questions about people: who somebody is, who said something, what they said.

    wording        words of a question in an article, whatever their spelling; names of people
    introductions  the role by which an article introduces somebody: "the harbour master, Lena Holt"
    speech         who says a sentence: "said Lena Holt", "she denied"
    requests       what a question asks of a person, and where a passage answers it

In:  a question; a passage and the headline of its article.
Out: a `RuleSpan`: the sentences that answer, and the words in them that do; or None.
Left to others: what a rule is worth against the reader (`rag.retrieval.evidence`).

The rules are of English, on the surface of the text; in doubt none of them applies.
"""

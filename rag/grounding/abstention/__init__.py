"""Why a question is not answered: which of its elements the nearest articles do not meet.

    elements     what a question fixes, element by element: names, years, words
    shortfall    the sentence that meets most of them, and those that it does not meet
    explanation  the shortfall in words, as a `Note` beside the abstention

In:  a question that was not answered, its nearest passages, a way to look up articles.
Out: a `Note`, or None where the passages have nothing to do with the question.
Left to others: whether to abstain, and for which reason (`rag.pipeline`); the sentence that says
so (`rag.text.messages`).
"""

"""Answers that are calculated: differences, sums, times between, which of two is more.

    query        a question as a calculation: its operands, as questions of their own
    phrases      those questions in words
    operands     the value of an operand, where the articles are certain of it
    quantities   numbers with units, and exact conversion
    calculation  the composed answer

In:  a `Material`.
Out: a `Composition`: the calculation, citing every operand, and the sentences that state them.
Left to others: which questions come here (`rag.grounding.composition.compose`).
"""

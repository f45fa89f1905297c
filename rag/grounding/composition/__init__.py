"""Answers that are made of several passages, or computed from them.

    material   what there is to make one from, and what was made; nothing is decided there
    compose    by the type of the question: which module makes its answer

    calculation        sums, differences, days between events, which is more or came first
    calculation_query  what a question wants calculated, and from the answers to which questions
    operands           what is calculated with: a quantity or a date, and the sentence stating it
    quantities         quantities of a text, their units, exact conversions
    enumeration        all members of a list

In:  a `Material`: the question, its plan, its judged passages; a reader; a way to judge another
     question.
Out: a `Composition`: sentences, each cited; or None, and the question is answered as a fact is,
     with one quotation.
Left to others: what is asked (`rag.retrieval.query_plan`), the order of the steps
(`rag.pipeline`).

No language model takes part: what is computed is computed by code, from quotations, and cites
what it was computed from.
"""

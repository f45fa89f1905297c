"""Answers that are made of several passages, or computed from them.

    material       what there is to make one from, and what was made; nothing is decided there
    compose        by the type of the question: which module makes its answer

    arithmetic     sums, differences, days between events, which is more or came first
    overviews      what the articles say about a topic
    enumeration    all members of a list
    yes_no         yes or no, and the sentence that shows it
    disagreement   whether the articles agree
    latest         the latest state of a matter and the one before; who holds an office
    first          who was the first to tell of something
    change         what changed between two times

    statement      a question for yes or no as a statement
    accounts       what each article says of one thing, and which two exclude each other
    quotations     an answer of several quotations

In:  a `Material`: the question, its plan, its judged passages; a reader; a way to judge another
     question.
Out: a `Composition`: sentences, each cited; or None, and the question is answered as a fact is,
     with one quotation.
Left to others: what is asked (`rag.retrieval.query_plan`), the order of the steps
(`rag.pipeline`).

No language model takes part: what is computed is computed by code, from quotations, and cites
what it was computed from.
"""

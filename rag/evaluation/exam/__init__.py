"""An exam of one's own: questions made of the articles of an index, asked and counted.

    sources        articles to the sentences that questions are made of
    clauses        a sentence to clauses whose subject is a name
    statements     questions made of clauses: who, when, where, how many, how much
    people         questions made of what is said of people and by them
    question       a question that was made; whether it can be understood alone
    names          the names of the corpus by sort: which may stand for which
    near_misses    what one change makes unanswerable
    rivals         whether another sentence answers too, or a near miss is answered after all
    makers         all of these on a corpus, and a balanced draw
    run            the exam: questions.jsonl, then the run of `rag eval`, then the counts
    text           the result as lines

In:  an `Assistant`. Out: a folder as `rag eval` writes it, with the questions; an `ExamResult`.
Left to others: asking and scoring (`rag.evaluation.runner`); the promise of the threshold, which
questions of people alone certify (`rag.evaluation.calibrate`).

Every rule prefers no question to a doubtful one. There is no language model in it and no reader:
what is examined must not choose the questions.
"""

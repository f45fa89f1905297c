"""Questions that are kept and asked again: what is new, changed or gone in their answers.

comparison  two answers beside each other, by their facts: `compare_answers`
facts       which facts of two texts differ: figures, dates, names, negations, contrary words
values      `Alert`, `Finding` and what a comparison gives; their JSON form
store       the alerts and their findings, in one SQLite file
asking      alerts asked again, each answer stored as soon as it is there
wording     changes in words

In:  a question, a function that answers it. Out: findings: the answer before, the answer now.
Left to others: answering (`rag.pipeline`), when to ask again (`rag.cli.newsroom.alerts`,
`rag.web.services.alert_runner`).
"""

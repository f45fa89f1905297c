"""Score answers against a question set, without a judge.

    questions   a question set, read and checked
    metrics     small pure functions, each naming its source
    run         asks every question, keeps every prediction, computes the report
    report      report.json -> report.html: one self-contained file with plots and failures

In:  a question set (contract: one JSON object a line); an `Assistant`.
Out: predictions.jsonl, report.json, report.html.
Left to others: answering (`rag.assistant`).
"""

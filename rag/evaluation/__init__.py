"""Score answers against a question set, without a judge.

    questions   a question set, read and checked; its held-out half, a spread sample
    metrics     small pure functions on one question, each naming its source
    facts       figures, names and quotations of a sentence, compared by meaning
    citations   whether the cited quotes carry what is shown
    intervals   bootstrap intervals, paired differences, the risk-coverage curve
    summary     all figures of a run; two systems side by side; flips
    baseline    the same model and passages, instructions alone, nothing checked
    kept        what a run keeps in its folder, and going on with a stopped one
    run         asks every question, computes the report
    table       report -> lines for a terminal
    report      report -> report.html: one self-contained file; plots draws its picture
    tabulate    reports -> the table of a document

In:  a question set (contract: one JSON object a line); an `Assistant`.
Out: predictions.jsonl, report.json, report.html; also baseline.jsonl and run.json.
Left to others: answering (`rag.assistant`).
"""

"""Score answers against a question set, without a judge model.

    dataset           question sets, their held-out half, spread samples
    runner            asks every question, computes the report; run_folder keeps its predictions
    prediction        a question with its answer, and its line of predictions.jsonl
    baseline          the same model and passages, instructions alone, nothing checked
    metrics           small pure functions on one question, each naming its source
    citation_metrics  whether the cited quotes support what is shown; fact_check compares facts
    aggregate         all metrics of a run, two systems side by side; bootstrap has the intervals
    calibrate         fits a model's confidence on the tuning half
    exam              questions made of the index itself, asked and counted
    reports           report.html, terminal lines, the table of a document

In:  a question set (one JSON object per line); an `Assistant`.
Out: predictions.jsonl, report.json, report.html; also baseline.jsonl and run.json.
Left to others: answering (`rag.assistant`).
"""

"""Fit the confidence of answers, and certify how many of those shown are wrong at most.

    labels    which answers of a run or of the chat count, whether they are right, and which half
              of them certifies
    fit       the weights: logistic regression on confidence features
    risk      the statistics of the promise, pure functions: Clopper and Pearson's bound, fixed
              sequence testing, how many answers are needed
    promise   both together: a calibration with a threshold for each share that may be wrong
    text      the result as lines for a terminal
    __main__  `python -m rag.evaluation.calibrate`: the shipped calibration, from folders of runs

In:  folders of `rag eval` runs, or the answers to a person's own questions (`rag calibrate`).
Out: an entry of a `confidence.json`, and what its thresholds cost in refusals.
Left to others: the use of it (`rag.grounding.calibration`), whether an answer is right
     (`rag.evaluation.metrics`).
"""

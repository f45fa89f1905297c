"""The report of a run, in each form in which people read it.

    html        report.html: one self-contained file with plots and every failure
    plots       the plots of that file, as SVG
    text        lines for a terminal
    markdown    the table of a document, between two markers

In:  the report of `rag.evaluation.runner`, its predictions. Out: text.
"""

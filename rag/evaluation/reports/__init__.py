"""The report of a run, for people.

    text      -> lines for a terminal
    html      -> report.html, one self-contained page with every failure (templates/report.html)
    plots     -> the plots of that page as one SVG; the only importer of matplotlib
    markdown  -> the table of metrics within a Markdown document

In:  the report that `rag.evaluation.aggregate` makes, and its predictions. Out: text.
"""

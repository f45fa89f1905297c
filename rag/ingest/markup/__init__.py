"""What marked-up text says when it is plain text: nothing false, nothing lost.

In:  an HTML tree; runs of raised, lowered or hidden characters; rows of cells.
Out: blocks of plain text (`blocks`), with figures that keep their exponents (`raised`) and cells
     that keep their columns (`table_text`); what a page states about itself (`page_record`); the
     page without what is no part of its article (`clutter`, `hidden`).
Left to others: reading files of each format (`rag.ingest.parsers`), lines of plain text
(`rag.ingest.boilerplate`).
"""

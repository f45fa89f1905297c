"""How one text is made from another: what it repeats, what differs, whom it credits.

shingles      a text as folded words with their places; its sketch, by which likely copies are found
overlap       how much of each of two texts the other repeats, and whether names and figures agree
differences   what a copy adds, leaves out and changes, in words
cut           whether a sentence is one of another text cut short
credits       the outlets and agencies that a text names as its sources

Pure functions. Nothing here knows of articles or of an index: that is `rag.index.copies`.
"""

__all__ = ["credits", "cut", "differences", "overlap", "shingles"]

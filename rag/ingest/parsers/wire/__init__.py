"""Wire copy as agencies send it (NITF, NewsML and NewsML-G2), and feeds (RSS, Atom).

In:  the root element of a file (`rag.ingest.parsers.xml`).
Out: its articles: headline, byline, dateline as the first line, outlet, day, text.
Map: `nitf` (one story), `newsml` (items, whose content may be NITF), `feed` (entries), `story`
     (what they have in common). An item that its agency withdrew is no article, and is named.
"""

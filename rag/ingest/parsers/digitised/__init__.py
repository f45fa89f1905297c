"""Pages of digitised newspapers, as programs for character recognition (OCR) write them.

In:  an ALTO file (the root element), an hOCR file (its bytes), a METS file with its ALTO files.
Out: `alto.article_of`, `hocr.parse`: an article, `mets.parse`: the articles of an issue;
     `details["places"]` says of which page each part is (`rag.ingest.markup.places`).
Map: `mets` finds the articles of an issue; `alto` and `hocr` find words, lines and blocks;
     `scanned` makes an article of them: lines become paragraphs, words hyphenated at a line end are
     joined, the largest type is the headline.
"""

"""Files of office programs: texts and slides, as a reader sees them.

In:  the bytes of a file. Out: `parse` of each module: its article, with the record that its head
states. Struck-out, deleted and hidden text is left out.
Left to others: workbooks (`rag.ingest.parsers.tables`), what the file says of itself
(`rag.ingest.parsers.properties`).
"""

"""What was asked and answered, kept on this machine until the person deletes it.

    values    an exchange and a conversation as frozen values, and as plain JSON values
    store     the conversations of all persons, in one file; all that is read or written goes by it
    file      that SQLite file: private, whole after a kill or on a full disk
    export    a conversation as Markdown with footnotes, and as JSON
    feedback  what was judged, as lines of a question set
    command   `rag conversations`, `rag feedback`

Left to others: asking and showing (`rag.web`).
"""

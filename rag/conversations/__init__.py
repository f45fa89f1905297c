"""What was asked and answered, kept on this machine until the person deletes it.

    values    an exchange and a conversation as frozen values, and as plain JSON values
    store     one SQLite file that holds them; the only room that reads or writes it
    export    a conversation as Markdown with footnotes, and as JSON
    feedback  what was judged, as lines of a question set
    command   `rag conversations`, `rag feedback`

Left to others: asking and showing (`rag.web`).
"""

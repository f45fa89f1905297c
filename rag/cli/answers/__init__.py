"""The commands that give answers, or look at one that was given.

    ask      rag ask: one question
    batch    rag ask --file: many questions, into one file
    verify   rag verify: a receipt against the index

In:  flags, `Settings`. Out: answers on stdout or in a file.
Left to others: the formats, the batch and the receipts (`rag.export`).
"""

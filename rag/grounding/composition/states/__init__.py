"""Answers that tell a state of now, or of a stated time: the last count, who holds an office.

    state       an account with its day, and how states are shown: "Now, reported …: … Before …"
    latest      the latest state of a matter, and the one before
    holder      who holds an office now, or held it at a stated time
    succession  who followed on a holder, by what later articles tell
    offices     the words for offices and for leaving them

In:  a `Material`.
Out: a `Composition`, or None where nothing is known to have changed.
Left to others: which questions come here (`rag.grounding.composition.compose`).
"""

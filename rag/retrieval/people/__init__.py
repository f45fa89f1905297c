"""Evidence by rule for questions about people: who somebody is, who said something, what they said.

    requests       what a question asks of a person, by its words in any order
    findings       where a passage answers it
    judging        what findings in several passages are worth, by rule and by the reader
    introductions  the role by which an article introduces somebody: "the harbour master, Lena Holt"
    acts           what is done by saying something: deny, ask for, confirm, warn
    speech         who says a sentence: "said Lena Holt", "she denied"
    mentions       who is named in a text, and whom "she" means
    related_words  how much of a text is told by another in other words
    wording        words of a question in an article, whatever their spelling; names of people

In:  a question; passages with their articles; the reader.
Out: for each passage a `JudgedFinding`: the sentences that answer, and the words in them that do;
     or log odds against it.
Left to others: the order of passages (`rag.retrieval.evidence`).

The rules are of English, on the surface of the text; in doubt none of them applies.
"""

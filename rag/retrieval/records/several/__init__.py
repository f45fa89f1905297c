"""Several questions about the records of the same articles: in one question, or one turn by one.

pieces         a question taken apart
same_articles  what a later piece asks of the articles that the one before is about
parts          what of a question the records answer, and the rest: `RecordParts`
cited_article  questions for the record of the article that an answer from the texts cites

Left to others: a question that asks one thing (`rag.retrieval.records.query`), completing what is
put to the texts (`rag.retrieval.clauses`). Pure functions of the wording and the names.
"""

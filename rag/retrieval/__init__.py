"""From a question to its evidence.

operators    what limits a query is taken off it: phrases, -word, outlet:
spelling     typing slips in names are mended
rewrite      a follow-up becomes a self-contained question
references   the same by rule, where the last turn leaves no doubt
query_plan   the question is parsed: sub-questions, comparison, time
clauses      a part of a question that lacks a subject takes that of the first
records      what the question asks of the metadata records, and which articles are meant
temporal     what "latest" and "last week" mean
filters      which articles and passages may be searched: dates, names, words
index_filter the rows of an index that a filter lets through
search       hybrid search of one query
reranking    the candidates in the order of a model that reads each beside the query
coverage     how much of the query the hits hold
retriever    the plan carried out, and whether the evidence is enough
evidence     which passages answer, and with which sentences
constraints  what a question fixes: years, ordinals, sexes, names
people       who is X, who said it, what X said, by rules on the wording
"""

__all__ = [
    "clauses",
    "constraints",
    "coverage",
    "evidence",
    "filters",
    "index_filter",
    "operators",
    "people",
    "query_plan",
    "records",
    "references",
    "reranking",
    "retriever",
    "rewrite",
    "search",
    "spelling",
    "temporal",
]

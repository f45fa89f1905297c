"""From a question to its evidence.

operators    what limits a query is taken off it: phrases, -word, outlet:
spelling     typing slips in names are mended
rewrite      a follow-up becomes a self-contained question
query_plan   the question is parsed: sub-questions, comparison, time
temporal     what "latest" and "last week" mean
filters      which articles and passages may be searched: dates, names, words
index_filter the rows of an index that a filter lets through
search       hybrid search of one query; coverage of the query by the hits
retriever    the plan carried out, and whether the evidence is enough
"""

__all__ = [
    "coverage",
    "filters",
    "index_filter",
    "operators",
    "query_plan",
    "retriever",
    "rewrite",
    "search",
    "spelling",
    "temporal",
]

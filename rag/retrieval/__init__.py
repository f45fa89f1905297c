"""From a question to its evidence.

rewrite      a follow-up becomes a self-contained question
query_plan   the question is parsed: sub-questions, comparison, time
temporal     what "latest" and "last week" mean
filters      which articles may be searched: dates, outlets
search       hybrid search of one query; coverage of the query by the hits
retriever    the plan carried out, and whether the evidence is enough
"""

__all__ = ["coverage", "filters", "query_plan", "retriever", "rewrite", "search", "temporal"]

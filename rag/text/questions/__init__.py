"""What the wording of a question asks for. Pure functions.

    question_types   which of the types that `rag.types.QuestionType` names
    answer_types     what an answer must have: a time, an amount, a person, yes or no
    date_requests    which date is asked for, in one standard form
    event_dates      which date of a sentence is that of the event asked about
    near_misses      what makes a question one that looks alike and asks for something else
    topics           what an overview, or a question for the latest state, is about

Left to others: what is searched for and how it is answered (`rag.retrieval.query_plan`).
"""

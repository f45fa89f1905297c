"""What the wording of a question asks for. Pure functions.

    question_types   which of the types that `rag.types.QuestionType` names
    answer_types     what an answer must have: a time, an amount, a person, yes or no
    topics           what an overview, or a question for the latest state, is about

Left to others: what is searched for and how it is answered (`rag.retrieval.query_plan`).
"""

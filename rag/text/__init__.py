"""Reading text: languages, sentences, words, numbers, dates, names. Pure functions, no models.

Languages: `languages` tells them apart; `messages` has what an answer says besides, in several.
Units:     `sentences` (spans), `stemming` (word stems), `folding` (spelling), `citation_marks`.
Facts:     `numbers`, `dates`, `names`; each extracts them and tells whether a text holds one
           (dates and questions in English).
Questions: `answer_types` says what kind of answer a question expects.
Claims:    `polarity` compares two sentences for denial.
Nothing here knows of articles, passages or answers; import from the modules themselves.
"""

__all__ = [
    "answer_types",
    "citation_marks",
    "dates",
    "folding",
    "languages",
    "messages",
    "names",
    "numbers",
    "polarity",
    "sentences",
    "stemming",
]

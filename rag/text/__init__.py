"""Reading English text: sentences, words, numbers, dates, names. Pure functions, no models.

Units:     `sentences` (spans), `stemming` (word stems), `folding` (spelling), `citation_marks`.
Facts:     `numbers`, `dates`, `names`; each extracts them and tells whether a text holds one.
Questions: `answer_types` says what kind of answer a question expects.
Claims:    `polarity` compares two sentences for denial.
Nothing here knows of articles, passages or answers; import from the modules themselves.
"""

__all__ = [
    "answer_types",
    "citation_marks",
    "dates",
    "folding",
    "names",
    "numbers",
    "polarity",
    "sentences",
    "stemming",
]

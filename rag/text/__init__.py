"""Reading English text: sentences, words, numbers, dates, names. Pure functions, no models.

Units:     `sentences` (spans), `stemming` (word stems), `folding` (spelling), `citation_marks`.
Facts:     `numbers`, `dates`, `names`; each extracts them and tells whether a text holds one.
Time:      `relative_days`, `date_mentions` (what "on Friday", "last month" mean), `partial_dates`.
Spelling:  `nearest` finds the words nearest to one.
Questions: `questions` tells what kind of question it is, and what answer it expects.
Claims:    `polarity` compares two sentences for denial.
Nothing here knows of articles, passages or answers; import from the modules themselves.
"""

__all__ = [
    "citation_marks",
    "date_mentions",
    "dates",
    "folding",
    "names",
    "nearest",
    "numbers",
    "partial_dates",
    "polarity",
    "questions",
    "relative_days",
    "sentences",
    "stemming",
]

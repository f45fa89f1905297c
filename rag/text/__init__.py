"""Reading text: languages, sentences, words, numbers, dates, names. Pure functions, no models.

Languages: `languages` tells them apart; `messages` has what an answer says besides, in several.
Units:     `sentences` (spans), `stemming` (word stems), `folding` (spelling), `citation_marks`.
Facts:     `numbers`, `dates`, `names`; each extracts them and tells whether a text holds one.
           What "on Friday" and "last month" mean, in English, is in `dates`.
Spelling:  `nearest` finds the words nearest to one.
Questions: `questions` tells what kind of question it is, and what answer it expects; in English.
Verbs:     `verbs` has the forms of those of news, in English.
Claims:    `polarity` compares two sentences for denial.
Senses:    `senses` tells words of one and of contrary sense.
Quotes:    `page_anchors` finds a quote again in a page; `reuse` tells what texts share.
Nothing here knows of articles, passages or answers; import from the modules themselves.
"""

__all__ = [
    "citation_marks",
    "dates",
    "folding",
    "languages",
    "messages",
    "names",
    "nearest",
    "numbers",
    "page_anchors",
    "polarity",
    "questions",
    "senses",
    "sentences",
    "stemming",
    "verbs",
]

"""A draft of the user's own beside the articles: `rag check`.

draft_file   the text of a txt, md or docx file
sentences    the text as sentences, and which of them state something
facts        what a sentence states that can be compared exactly: figures, dates, names, words
sources      the sentences of articles that it may rest on
nearness     how near two texts are in meaning, each embedded once
comparison   a sentence beside a source: what it has, what differs, what lacks
roles        the role by which somebody is introduced, beside that of an article
matching     whether two words, names, figures or dates are the same, or exclude each other
quotations   the quotations in a sentence, looked up word by word
judging      supported, contradicted or not found
checking     all of it in order: `check_steps`
result       the values that come out
wording      verdicts and differences in words

Figures, dates, names and quotations are compared exactly, the rest by the senses of words, their
nearness in meaning, and the reader. What is supported in part is not supported.
"""

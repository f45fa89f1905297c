"""Where a quotation stands in the articles: `rag quote`.

given        the text as typed: its words, what its ellipses and brackets allow, whom it names
candidates   the articles that may have it, by their rare words, from the keyword index
matching     the words of a quotation in those of one text, word for word
alignment    the same where words differ: the place that comes nearest, and the differences
speakers     who says it in an article, and whether that is the one who is named
finding      all of it in order: `find_quote`
wording      the result in words

Exact first; what stands nowhere word for word is looked for with differences. Words are compared
as `rag.text.folding` folds them, over the whole text of an article: passages do not matter.
"""

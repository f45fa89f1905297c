"""Near copies among the articles of an index, and the origin that they share.

tables    reads what is stored of them
finding   compares the texts of a new segment with all others, and stores which repeat another
origins   from what is stored: the origin of each article, and who shares it
records   day, outlet and credits of an article, by which that is decided
credit_graph  who rests on whom among reports of the same matter

An exact duplicate needs no comparison: it has the body of the other article
(`rag.index.documents`). How two texts are compared: `rag.text.reuse`.
"""

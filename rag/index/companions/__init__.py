"""What belongs to an index beside its snapshots, and outlives each of them.

corrections      fields of records that a person corrected, in a file beside the folder of the index
fields           which fields can be corrected, and the values that they take
paths            the folders and files that an index is made of
collections      which collections there are: folders, each with an index and what belongs to it
originals        the file that an article was read from, and what of it was not stored

Left to others: the snapshots (`rag.index.snapshots`), where corrections are put over the stored
records (`rag.index.documents`).
"""

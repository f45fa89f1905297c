"""Bulk indexing on Ray Data (`rag index --on ray`): the two heavy stages, by many workers.

indexing         what `rag.index.build` calls: files to articles, articles to passages and vectors
parsing          the first stage: which files are parsed by whom, and what they said
embedding        the second stage: which passages are embedded together, and their vectors
parts            Parquet between the stages, by which a run that was stopped goes on (the only
                 importer of pyarrow)
workers          the picklable classes that Ray runs
ray_process      the child process that speaks with Ray; cluster is what runs in it (the only
                 importer of ray)

One process decides what is to be done, in the order in which `rag index` alone would do it, and
makes the snapshot of what comes back. Workers take a unit of work, write a part, and say no more
than that it is written. So an index is the same whoever computed it.
"""

"""Receipts: what an answer was made from, so that it can be checked later.

    answer -> make_receipt -> sign_receipt (with a key of one's own) -> a file
    a file -> read_receipt -> verify_receipt -> what differs

    receipt        question, answer, quotes with the hashes of their articles, models, index
    signature      SSH signatures, by the program ssh-keygen
    verification   a receipt against an index, its corpus, and the same models

In:  an answer and the assistant that gave it. Out: one JSON file; a list of findings.
"""

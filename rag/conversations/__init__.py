"""Chats and the feedback on their answers, stored on this machine until the person deletes them.

    models            one turn of a chat and a conversation as frozen values; their JSON form
    store             the conversations of all users, in one SQLite file
    upgrades          the tables of that file, and the steps from those of earlier versions
    inventory         what is stored besides the index, and where
    removal           what conversations, alerts, receipts keep of an article, removed with it
    backup            a collection as one file: index, corrections, alerts, conversations
    export            a conversation in one of the formats of `rag.export`
    feedback_dataset  rated answers as lines of a question set

Left to others: the file itself (`rag.runtime.sqlite_file`), asking and showing (`rag.web`), the
commands (`rag.cli.conversations`).
"""

__all__ = [
    "backup",
    "export",
    "feedback_dataset",
    "inventory",
    "models",
    "removal",
    "store",
    "upgrades",
]

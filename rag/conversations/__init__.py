"""Chats and the feedback on their answers, stored on this machine until the person deletes them.

    models            one turn of a chat and a conversation as frozen values; their JSON form
    store             the conversations of all users, in one SQLite file
    upgrades          the tables of that file, and the steps from those of earlier versions
    sqlite_file       the file itself: private, intact after a kill or on a full disk
    export            a conversation in one of the formats of `rag.export`
    feedback_dataset  rated answers as lines of a question set

Left to others: asking and showing (`rag.web`), the commands (`rag.cli.conversations`).
"""

__all__ = ["export", "feedback_dataset", "models", "sqlite_file", "store", "upgrades"]

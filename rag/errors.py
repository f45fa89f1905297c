"""Every error a person can meet, each one line: what was tried, what is wrong, what to type next.

    RagError
    ├── SettingsError     an unknown or impossible setting
    ├── CorpusError       no articles to be had from a path
    ├── ModelError        a model file missing, wrong, or failing to load or to run
    │   ├── ModelDied     its process ended under a question: ask again
    │   └── ModelAway     it did so again and again, and is left alone for a while
    ├── IndexFault        an index missing, damaged, locked, or built from something else
    ├── QuestionError     a question, history or filter that cannot be answered as it stands
    ├── RunStopped        a run of a question set was stopped, and can go on
    ├── ConversationError what was asked cannot be kept, or what was kept cannot be read
    ├── Busy              too many questions are waiting
    ├── NotReady          the index or the models are still being made ready
    └── ServeError        the web chat cannot start

Left to others: showing them (`rag.cli` prints one line and exits 1; `rag.web` shows the line).
"""

from __future__ import annotations


class RagError(Exception):
    """Base of all; `str(error)` is the one line to show."""


class SettingsError(RagError):
    """An unknown `RAG_*` name, or a value outside its range."""


class CorpusError(RagError):
    """A corpus that is missing, empty, or unreadable as a whole."""


class ModelError(RagError):
    """A model that cannot be found, fetched, verified, loaded or run."""


class ModelCrashed(ModelError):
    """The model's process ended while it was needed; `why` says how, such as SIGSEGV."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the model stopped ({why}): ask again, or type `rag doctor`")
        self.why = why


class ModelUnavailable(ModelError):
    """The model's process died several times in a row; none is started for a while."""


class IndexFault(RagError):
    """An index that is missing, damaged, in use, or built from other settings."""


class QuestionError(RagError):
    """A question (or history, or filter) that is empty, too long, or malformed."""


class EvaluationInterrupted(RagError):
    """A run of a question set that was stopped before its end; what was answered is kept."""


class ConversationError(RagError):
    """A store of conversations that cannot be read or written, or that does not hold one."""


class QueueFull(RagError):
    """The line of questions is full: ask again later."""


class NotReady(RagError):
    """Nothing can be asked yet; or, where start-up failed, what it failed of."""


class ServeError(RagError):
    """The web chat cannot listen where it was told to."""

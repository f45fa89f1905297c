"""Every error a person can meet. Its message is one line: what failed, why, and what to type next.

    RagError
    ├── SettingsError             an unknown or impossible setting
    ├── CollectionError           a collection that is not there, or cannot be added or removed
    ├── ExtensionError            what another package adds does not load, or has the wrong shape
    ├── CorpusError               a corpus that is missing, empty or unreadable
    ├── ModelError                a model that is missing or broken, or fails to load or run
    │   ├── ModelCrashed          its process ended during a call
    │   ├── ModelUnavailable      its process crashed repeatedly; none is started for a while
    │   └── ModelServerError      the server of the language model failed; `kind` says how
    ├── IndexFault                an index that is missing, damaged, locked, or out of date
    │   ├── ChromaServerError     the server of the vectors failed; `kind` says how
    │   └── DatabaseFault         the database of the record failed; `kind` says how
    ├── CorrectionError           a correction of a record that cannot be made
    ├── QuestionError             a question, history, filter or share that is malformed
    ├── EvaluationInterrupted     an evaluation that was stopped before its end
    ├── TrainingError             training data, options or checkpoints that do not fit
    ├── ConversationError         a chat history that cannot be read or written
    ├── AlertError                alerts that cannot be read or written, or one that is not there
    ├── BackupError               a backup that cannot be written, or a file that is no whole one
    ├── ExportError               answers that cannot be written, or a receipt that cannot be read
    ├── QueueFull                 too many questions are waiting
    ├── NotReady                  the index or the models are still loading, or failed to load
    ├── ForkedProcess             an assistant that is used in a fork of the process that opened it
    └── ServeError                a web chat that cannot start

Left to others: displaying them (`rag.cli` prints the line and exits 1; `rag.web` shows it).
"""

from __future__ import annotations


class RagError(Exception):
    """Base class; `str(error)` is the line to display."""


class SettingsError(RagError):
    """An unknown `RAG_*` name, or a value outside its range."""


class CollectionError(RagError):
    """A collection that is not there, or one that cannot be added, renamed or removed."""


class ExtensionError(RagError):
    """An extension of another package does not load, or is not what its kind must be."""


class CorpusError(RagError):
    """A corpus that is missing, empty, or unreadable as a whole."""


class ModelError(RagError):
    """A model that cannot be found, downloaded, verified, loaded or run."""


class ModelCrashed(ModelError):
    """The model's process ended during a call; `why` says how, such as SIGSEGV."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the model stopped ({why}): ask again, or type `rag doctor`")
        self.why = why


class ModelUnavailable(ModelError):
    """The model's process crashed several times in a row; none is started for a while."""


class ModelServerError(ModelError):
    """The server of the language model failed; `kind` is one of `rag.models.llm.server.faults`.

    `retry_after` is how many seconds the server asks to wait; 0 where it does not say.
    """

    def __init__(self, kind: str, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class IndexFault(RagError):
    """An index that is missing, damaged, in use, or built with other settings."""


class ChromaServerError(IndexFault):
    """The server that keeps the vectors failed; `kind` is one of `rag.index.vectors.faults`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class DatabaseFault(IndexFault):
    """The database that keeps the record failed; `kind` is one of `rag.index.records.faults`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class CorrectionError(RagError):
    """A correction of an unknown article or field, with a value that is none, or not storable."""


class QuestionError(RagError):
    """A question, history, filter or share that is empty, too long, malformed, or out of range."""


class EvaluationInterrupted(RagError):
    """An evaluation that was stopped before its end; its predictions so far are stored."""


class TrainingError(RagError):
    """Training data that is missing or malformed, or an output folder that does not fit the run."""


class ConversationError(RagError):
    """A chat history that cannot be read or written, or lacks the conversation asked for."""


class AlertError(RagError):
    """Alerts that cannot be read or written, or the lack of the alert asked for."""


class BackupError(RagError):
    """A backup that cannot be written or restored, or a file that is none, or a damaged one."""


class ExportError(RagError):
    """A format or file that answers cannot be written to, or a receipt that cannot be read."""


class QueueFull(RagError):
    """Too many questions are waiting: ask again later."""


class NotReady(RagError):
    """The index or the models are still loading; or start-up failed, and this says why."""


class ForkedProcess(RagError):
    """An assistant that is used in a fork of the process that opened it."""


class ServeError(RagError):
    """The web chat cannot listen on its address."""

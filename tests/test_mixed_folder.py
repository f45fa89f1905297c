"""A small folder of mixed files: the verdict of each is the label that it was made with.

The whole one is `python -m benchmarks.mixed_folder`, in `make soak`.
"""

from __future__ import annotations

from benchmarks.mixed_files import LabelledFile, mixed_files
from benchmarks.mixed_folder import SEED, measure, mismatches
from rag.ingest.ledger import FileVerdict


def test_every_file_of_a_mixed_folder_has_the_verdict_of_its_label(tmp_path):
    files = mixed_files(250, SEED)
    assert len({file.kind for file in files}) > 130
    assert len({verdict for file in files for _, verdict in file.verdicts}) >= 7
    differ, _ = measure(tmp_path, files)
    assert differ == {}


def test_the_same_seed_gives_the_same_folder():
    assert [each.name for each in mixed_files(40, 1)] == [each.name for each in mixed_files(40, 1)]
    assert [each.name for each in mixed_files(40, 1)] != [each.name for each in mixed_files(40, 2)]


def test_a_verdict_that_differs_is_told_by_kind():
    files = [
        LabelledFile("a.zip", "box", b"", (("a.zip", "read"), ("a.zip!b.txt", "empty"))),
        LabelledFile("c.txt", "text", b"", (("c.txt", "read"),)),
    ]
    verdicts = [
        FileVerdict("a.zip", "read", ""),
        FileVerdict("c.txt", "no text", "no text in it"),
        FileVerdict("d.txt", "read", ""),
    ]
    assert mismatches(files, verdicts) == {
        "box": ["a.zip!b.txt: no verdict, not ['empty'] ()"],
        "text": ["c.txt: ['no text'], not ['read'] (no text in it)"],
        "not labelled": ["d.txt: ['read'] ()"],
    }

"""The paths that an index is made of: added, covered, replaced, and moved together with it."""

from __future__ import annotations

import shutil

import pytest

from rag.errors import IndexFault
from rag.index.companions.paths import IndexPaths, planned_paths


@pytest.fixture
def folders(tmp_path):
    for name in ("a", "a/inner", "b"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_path_below_another_is_part_of_it(folders):
    paths = IndexPaths(folders / "index").joined([folders / "a", folders / "b"])
    assert paths.joined([folders / "a/inner"]) == paths
    assert paths.holds(folders / "a/inner") and not paths.holds(folders)
    assert IndexPaths(folders / "index").joined([folders / "a/inner", folders / "a"]).paths == [
        folders / "a"
    ]


def test_a_path_that_takes_others_in_stands_where_the_first_of_them_stood(folders):
    paths = IndexPaths(folders / "index").joined([folders / "a/inner", folders / "b"])
    assert paths.joined([folders / "a"]).paths == [folders / "a", folders / "b"]


def test_replacing_names_what_leaves(folders):
    before = IndexPaths(folders / "index").joined([folders / "a", folders / "b"])
    after = before.alone([folders / "b"])
    assert after.paths == [folders / "b"]
    assert before.leaving(after) == [folders / "a"]
    assert after.leaving(before) == []


def test_a_folder_beside_the_index_moves_with_it(folders):
    project, moved = folders / "b", folders / "moved"
    for name in (".rag/index", "letters"):
        (project / name).mkdir(parents=True)
    paths = IndexPaths.read(project / ".rag/index").joined([project / "letters", folders / "a"])
    paths.write()
    shutil.move(project, moved)
    assert IndexPaths.read(moved / ".rag/index").paths == [moved / "letters", folders / "a"]


def test_a_damaged_record_is_named(folders):
    (folders / "index").mkdir()
    (folders / "index/paths.json").write_text("{")
    with pytest.raises(IndexFault, match="--replace PATH"):
        IndexPaths.read(folders / "index")


def test_the_corpus_of_the_settings_is_added_unless_it_is_the_default(folders):
    none, one = IndexPaths(folders / "i"), IndexPaths(folders / "i").joined([folders / "a"])

    def plan(before, by_default):
        return planned_paths(before, folders / "b", [], replace=False, by_default=by_default).paths

    assert plan(none, True) == [folders / "b"]
    assert plan(one, True) == [folders / "a"]
    assert plan(one, False) == [folders / "a", folders / "b"]

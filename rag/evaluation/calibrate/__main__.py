"""Make the shipped calibration from runs over several question sets.

    python -m rag.evaluation.calibrate [DIR...] [--certify DIR...] [--into FILE] [--level 0.95]
                                       [--features A,B,C] [--reader keywords]

In:  folders of `rag eval` runs with `RAG_MAX_WRONG=1`, all with the same judges.
Out: the entry of those judges in models/confidence.json; the result on stdout.

The first folders give weights and thresholds: one half of the answers fits, the other certifies.
Questions that are held out are left out even where these runs contain them. The runs that
`--certify` names then give the promises of the thresholds in the entry: all answers count. They
are over sets that no rule was written on: on others fewer answers are wrong than people will meet.
`--reader keywords` is for runs in languages that the reader of the settings does not know: what
judged there was `rag.retrieval.coverage`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.errors import QuestionError, RagError
from rag.evaluation.calibrate.labels import LEFT_OUT, LabelledAnswer, labelled_answers
from rag.evaluation.calibrate.promise import (
    CalibrationPlan,
    calibrate,
    recertify,
    write_calibration,
    write_promises,
)
from rag.evaluation.calibrate.text import render_calibration, render_promises, render_table
from rag.evaluation.dataset import held_out
from rag.evaluation.run_folder import PREDICTIONS_FILE, load_predictions
from rag.grounding.calibration import (
    DEFAULT_LEVEL,
    judges_key,
    read_calibrations,
    shipped_calibration_file,
)
from rag.settings import SERVER, Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rag.evaluation.calibrate", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--certify", nargs="+", type=Path, metavar="DIR", default=[])
    parser.add_argument("--into", type=Path, default=shipped_calibration_file(), metavar="FILE")
    parser.add_argument("--level", type=float, default=DEFAULT_LEVEL)
    parser.add_argument("--features", metavar="NAMES", help="by commas; default: all")
    parser.add_argument("--reader", metavar="NAME", help="what judged; default: as in the runs")
    options = parser.parse_args(arguments)
    names = tuple(options.features.split(",")) if options.features else None
    if not (options.folders or options.certify):
        parser.error("name folders of runs")
    try:
        judges = judges_of_runs([*options.folders, *options.certify], options.reader)
        if options.folders:
            answers = _answers(options.folders, without_held_out=True)
            result = calibrate(answers, CalibrationPlan(options.level, names))
            write_calibration(options.into, judges, result.to_json())
            text = render_calibration(judges, result, Settings().max_wrong)
            sys.stdout.write(f"{text}\n\n{render_table(result)}\n")
        if options.certify:
            stored = read_calibrations(options.into).get(judges)
            if stored is None:
                raise QuestionError(f"{options.into} has no entry {judges}: name runs that fit one")
            answers = _answers(options.certify, without_held_out=False)
            calibration, half = recertify(stored, answers)
            write_promises(options.into, judges, calibration, half.counts())
            sys.stdout.write(f"{render_promises(judges, calibration, half)}\n")
    except RagError as error:
        sys.stderr.write(f"rag: {error}\n")
        return 1
    return 0


def _answers(folders: Sequence[Path], *, without_held_out: bool) -> list[LabelledAnswer]:
    """The answers of these runs.

    Raises:
        QuestionError: a folder has no predictions.
    """
    answers: list[LabelledAnswer] = []
    for folder in folders:
        used = [
            each
            for id, each in load_predictions(folder).items()
            if not (without_held_out and held_out(id))
        ]
        labelled = labelled_answers(used, folder.name)
        answers += labelled
        if len(used) > len(labelled):
            missing = len(used) - len(labelled)
            sys.stderr.write(f"{folder}: {missing} answers left out, {LEFT_OUT}\n")
    return answers


def judges_of_runs(folders: Sequence[Path], reader: str | None = None) -> str:
    """The judges of all these runs; `reader` judged instead of that of their settings.

    Raises:
        QuestionError: a folder holds no run, or the runs differ.
    """
    judges = set()
    for folder in folders:
        try:
            run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            settings = run["settings"]  # earlier versions had no reader
            judge = reader or settings.get("reader", "none")
            model = settings["model"]
            if settings.get("llm_url") and model != "none":
                model = SERVER + settings["llm_model"]
            judges.add(judges_key(judge, model))
        except (OSError, ValueError, KeyError, TypeError):
            raise QuestionError(
                f"{folder} has no run.json beside {PREDICTIONS_FILE}: run "
                f"`RAG_MAX_WRONG=1 rag eval QUESTIONS.jsonl --tuning --out {folder}` first"
            ) from None
    if len(judges) != 1:
        raise QuestionError(f"the runs are of {', '.join(sorted(judges))}: calibrate one at a time")
    return judges.pop()


if __name__ == "__main__":
    raise SystemExit(main())

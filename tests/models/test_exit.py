"""Leaving Python after an answer prints nothing of the libraries' own clean-up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

CODE = """
from rag.models.registry import get_card, verify_model
from rag.models.llm.base import ModelOptions
from rag.models.llm.client import ModelClient
from rag.settings import Settings
kept = ModelClient.open(verify_model(get_card("smollm2-135m"), Settings.load().models),
                        ModelOptions("chatml", 512))
print("loaded")
"""


@pytest.mark.real
def test_leaving_with_a_loaded_model_is_quiet():
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "loaded\n", "")

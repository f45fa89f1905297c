"""The interpreter exits quietly with a loaded model: clean-up of the libraries prints nothing."""

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
model = ModelClient.open(verify_model(get_card("smollm2-135m"), Settings.load().models),
                         ModelOptions("chatml", 512))
print("loaded")
"""


@pytest.mark.real
def test_exit_with_a_loaded_model_prints_nothing():
    result = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "loaded\n", "")

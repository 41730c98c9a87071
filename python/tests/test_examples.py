"""The examples run, and those in the documentation are the examples."""

import pathlib
import subprocess
import sys

import pytest
from conftest import needs_molecules

FOLDER = pathlib.Path(__file__).parent.parent
EXAMPLES = FOLDER / "examples"


def run(name, *arguments):
    command = [sys.executable, str(name), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_own_graphs():
    assert "'leaf'" in run(EXAMPLES / "own_graphs.py", 0.02)


def test_evaluation_only():
    assert "different ones" in run(EXAMPLES / "evaluation_only.py")


@needs_molecules
def test_molecules(tmp_path):
    heads, tails = ["C", "CC", "CCC", "N", "OC", "CN"], ["O", "N", "C", "CO", "C#N", "C=O"]
    path = tmp_path / "few.smi"
    path.write_text("\n".join(a + b for a in heads for b in tails) + "\n")
    fewer = tmp_path / "molecules.py"
    fewer.write_text((EXAMPLES / "molecules.py").read_text().replace("sample(1000)", "sample(50)"))
    assert "molecule_validity" in run(fewer, path, 0.02)


def test_the_documentation_shows_the_examples():
    lines = (EXAMPLES / "molecules.py").read_text().split("\n", 2)[2].strip().splitlines()
    shown = "\n".join("    " + line if line else "" for line in lines)
    for page in ("docs/python.md", "README.md"):
        assert shown in (FOLDER.parent / page).read_text(), page
    assert len([line for line in lines if line]) <= 12

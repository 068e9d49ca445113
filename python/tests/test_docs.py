"""The pages in docs/ and README: their blocks are run, in order, and print what the block below them shows.

A block of python, bash or c is followed by a block of text where it prints something; "..." there is any text. A block
whose first line has a name, as in ```spice divider.cir, is a file of that name. A block of console is not run: it needs
what may not be there.
"""

import contextlib
import doctest
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = sorted((TOP / "docs").glob("*.md"))
LIBRARY = os.environ.get("OPSPICE_LIBRARY", "")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```\n", re.M | re.S)


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """opspice, opspice-train, cc and pkg-config as a reader has them."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "opspice.pc").write_text(f"libdir={folder}\nName: opspice\nDescription: the library just built\n"
                                       f"Version: 0\nLibs: -L{os.path.dirname(LIBRARY)} -lopspice\n"
                                       f"Cflags: -I{TOP}/include\n")
    programs = {"opspice": os.environ.get("OPSPICE"), "opspice-train": os.environ.get("OPSPICE_TRAIN"),
                "cc": os.environ.get("CC") or shutil.which("cc")}
    for name, command in programs.items():
        if command:
            words = command if name == "cc" else shlex.quote(command)
            (folder / name).write_text(f"#!/bin/sh\nunset LD_PRELOAD\nexec {words} \"$@\"\n")
            (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PKG_CONFIG_PATH", str(folder))
    monkeypatch.setenv("LD_LIBRARY_PATH", os.path.dirname(LIBRARY))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return programs


def printed_by(language, text, names):
    if language == "python":
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, "the page", "exec"), names)
        return out.getvalue()
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return subprocess.run(["sh", "-c", text], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                          env=clean).stdout


def is_like(shown, printed):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown, printed, flags)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page, tools):
    if not tools["opspice"]:
        pytest.skip("OPSPICE is not set")
    blocks = BLOCK.findall(page.read_text())
    names = {"__name__": "__main__"}
    for at, (language, file, text) in enumerate(blocks):
        if file:
            pathlib.Path(file).write_text(text)
        elif language in ("python", "bash"):
            shown = blocks[at + 1][2] if blocks[at + 1:] and blocks[at + 1][0] == "text" else ""
            printed = printed_by(language, text, names)
            assert is_like(shown, printed), f"{page.name}:\n{text}prints\n{printed}not\n{shown}"
        else:
            assert language in ("text", "console"), f"{page.name}: a block of {language} without a name"


def test_pages_link_to_what_is_there():
    for page in [*PAGES, TOP / "README.md"]:
        if page.exists():
            for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
                assert (page.parent / link).exists(), f"{page.name}: there is no {link}"


def test_readme(tools, monkeypatch):
    page = TOP / "README.md"
    if not page.exists():
        pytest.skip("there is no source beside the package")
    monkeypatch.chdir(TOP)
    for language, _, text in BLOCK.findall(page.read_text()):
        if language == "python":
            printed = printed_by(language, text, {"__name__": "__main__"})
            shown = "\n".join(re.findall(r"print\(.*?\)  # (.*)$", text, re.M)) + "\n"
            assert is_like(shown, printed), f"prints\n{printed}not\n{shown}"

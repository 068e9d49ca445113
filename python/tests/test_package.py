"""The package itself: how it finds the library, what importing it costs, wheels."""

import ast
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import opspice
import opspice.drn
import pytest
from opspice import _library

HERE = pathlib.Path(__file__).resolve().parent.parent
SANITIZED = "LD_PRELOAD" in os.environ


def run(script, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPSPICE", "PYTHONPATH"))}
    clean.update(environment)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=clean, timeout=120)


def test_the_library_has_the_name_that_is_looked_for():
    library = os.environ.get("OPSPICE_LIBRARY")
    if not library:
        pytest.skip("OPSPICE_LIBRARY is not set")
    assert os.path.basename(os.path.realpath(library)).startswith(_library.SONAME)


def test_a_library_that_is_not_there():
    done = run("import opspice", PYTHONPATH=str(HERE), OPSPICE_LIBRARY="/nowhere/libopspice.so")
    assert "ImportError: libopspice was not found" in done.stderr and "OPSPICE_LIBRARY" in done.stderr


def test_the_loader_finds_it(tmp_path):
    (tmp_path / _library.SONAME).symlink_to(os.environ["OPSPICE_LIBRARY"])
    done = run("import opspice; print(opspice.__version__)", PYTHONPATH=str(HERE), LD_LIBRARY_PATH=str(tmp_path))
    assert done.stdout == opspice.__version__ + "\n", done.stderr


def test_pkg_config_finds_it(tmp_path):
    (tmp_path / _library.SONAME).symlink_to(os.environ["OPSPICE_LIBRARY"])
    (tmp_path / "opspice.pc").write_text(f"libdir={tmp_path}\nName: opspice\nDescription: -\nVersion: 0\n")
    done = run("import opspice; print(opspice.__version__)", PYTHONPATH=str(HERE), PKG_CONFIG_PATH=str(tmp_path))
    assert done.stdout == opspice.__version__ + "\n", done.stderr


def test_importing_it_brings_little():
    """What takes time on import is what others bring with them."""
    script = "import sys, numpy\nbefore = set(sys.modules)\nimport opspice\nprint(*set(sys.modules) - before)"
    brought = run(script, PYTHONPATH=str(HERE), OPSPICE_LIBRARY=os.environ["OPSPICE_LIBRARY"]).stdout.split()
    others = {name for name in brought if name.partition(".")[0] != "opspice"}
    assert "opspice" in brought
    assert others <= {"_typing", "html", "html.entities", "signal", "typing", "typing.io", "typing.re"}


def test_a_wheel_without_and_with_the_library(tmp_path):
    backend = HERE / "backend.py"
    if not backend.exists() or SANITIZED:
        pytest.skip("only in the source, and without sanitizers")
    for bundle, tag in (("", "none-any"), (os.environ["OPSPICE_LIBRARY"], "none-linux")):
        folder = tmp_path / tag
        folder.mkdir()
        subprocess.run([sys.executable, str(backend), str(folder)], check=True, capture_output=True,
                       env={**os.environ, "OPSPICE_BUNDLE": bundle})
        wheel, = folder.glob("*.whl")
        assert tag in wheel.name and opspice.__version__ in wheel.name
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
            assert f"opspice-{opspice.__version__}.dist-info/RECORD" in archive.namelist()
    done = run("import opspice; print(opspice.__file__, opspice.Circuit('t\\nv1 a 0 1\\nr1 a 0 1\\n').op()['a'])",
               PYTHONPATH=str(folder))
    assert done.stdout == f"{folder}/opspice/__init__.py 1.0\n", done.stderr


# What Python has from 3.10 on, by name: of builtins and modules that a package like this may be tempted to use.
_NEW_NAMES = {"aiter", "anext", "EncodingWarning", "ExceptionGroup", "BaseExceptionGroup", "PythonFinalizationError"}
_TYPES = {"str", "int", "float", "bytes", "bool", "list", "dict", "tuple", "set"}
_NEW_MODULES = {"tomllib", "compression", "annotationlib"}
_NEW_ATTRIBUTES = {"Concatenate", "KW_ONLY", "LiteralString", "Never", "ParamSpec", "Self", "StrEnum", "TypeAlias",
                   "TypeGuard", "TypeIs", "UTC", "Unpack", "aclosing", "add_note", "assert_never", "assert_type",
                   "batched", "bit_count", "cbrt", "exp2", "get_annotations", "is_junction", "orig_argv", "override",
                   "pairwise", "reveal_type", "stdlib_module_names", "sumprod", "walk_up"}
_NEW_KEYWORDS = {("zip", "strict"), ("dataclass", "slots"), ("dataclass", "kw_only"), ("bisect", "key"),
                 ("bisect_left", "key"), ("bisect_right", "key"), ("insort", "key"), ("TemporaryDirectory", "delete"),
                 ("map", "strict")}


def too_new(source):
    """What Python 3.9 would not take in a source, line by line."""
    found = []
    tree = ast.parse(source, feature_version=(3, 9))
    postponed = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    annotations = [annotation for node in ast.walk(tree) for annotation in
                   (getattr(node, "annotation", None), getattr(node, "returns", None)) if annotation is not None]
    postponed_nodes = {inner for annotation in annotations for inner in ast.walk(annotation)} if postponed else set()
    for node in ast.walk(tree):
        name = getattr(node, "attr", getattr(node, "id", None)) if isinstance(node, (ast.Attribute, ast.Name)) else None
        modules = ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                   else [node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        imported = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
        is_union = (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and node not in postponed_nodes and
                    any((isinstance(side, ast.Constant) and side.value is None) or
                        (isinstance(side, ast.Name) and side.id in _TYPES) for side in (node.left, node.right)))
        function = getattr(node.func, "attr", getattr(node.func, "id", None)) if isinstance(node, ast.Call) else None
        keywords = {(function, keyword.arg) for keyword in node.keywords} if isinstance(node, ast.Call) else set()
        if (type(node).__name__ in ("Match", "TryStar", "TypeAlias") or is_union or keywords & _NEW_KEYWORDS or
                (isinstance(node, ast.Name) and name in _NEW_NAMES) or
                (isinstance(node, ast.Attribute) and name in _NEW_ATTRIBUTES) or
                imported & (_NEW_ATTRIBUTES | _NEW_NAMES) or _NEW_MODULES & set(modules)):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("source", ["match x:\n    case 1: pass", "import tomllib", "from itertools import pairwise",
                                    "zip(a, b, strict=True)", "import math\nmath.cbrt(8)", "def f(x: int | None): pass",
                                    "anext(x)", "type X = int",
                                    "try: pass\nexcept* ValueError: pass", "def f[T](x: T): pass"])
def test_what_is_too_new_is_seen(source):
    try:
        assert too_new(source)
    except SyntaxError:
        pass


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: str(path.relative_to(HERE)))
def test_python_3_9_can_read_it(path):
    assert too_new(path.read_text(encoding="utf-8")) == []


def test_the_release_has_all_files():
    makefile = HERE.parent / "Makefile.am"
    if not makefile.exists():
        pytest.skip("there is no source beside the package")
    listed = set()
    for name in ("python_files", "doc_pages"):
        words = re.search(rf"^{name} =((?:.*\\\n)*.*)\n", makefile.read_text(), re.M)[1]
        listed |= set(words.replace("\\", " ").split())
    there = {str(path.relative_to(HERE.parent)) for folder in ("python", "docs") for path in
             (HERE.parent / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert listed == {name for name in there if not name.endswith(".whl")}


def test_every_function_of_the_header_is_known():
    header = HERE.parent / "include" / "opspice.h"
    if not header.exists():
        pytest.skip("there is no source beside the package")
    declared = set()
    for name in ("opspice.h", "opspice_drn.h"):
        text = re.sub(r"/\*.*?\*/", "", header.with_name(name).read_text(), flags=re.S)
        declared |= set(re.findall(r"\b(opspice_\w+)\(", text))
    # what the package does not need: names and values one by one, columns of csv, gnuplot's scripts
    unused = {"opspice_node_name", "opspice_branch_name", "opspice_voltage", "opspice_current", "opspice_result_unit",
              "opspice_statistic", "opspice_statistic_name", "opspice_drn_take", "opspice_drn_write_plot"}
    known = {name for name in declared if getattr(_library.library, name).argtypes is not None}
    assert declared - known <= unused

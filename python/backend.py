"""The build backend of the package (PEP 517, PEP 660): pure Python in a zip file.

It needs no other package, so that pip builds it without a network. Where the environment variable OPSPICE_BUNDLE names
a libopspice.so, that goes into the wheel, with the libraries beside it that are not of every Linux system, and the
wheel is for this machine's kind alone: `make wheel`.
"""

import base64
import hashlib
import os
import re
import subprocess
import sysconfig
import tarfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))

# Libraries that are on every Linux system, or that one process must not have twice.
OF_THE_SYSTEM = re.compile(r"lib(c|m|dl|pthread|rt|gcc_s|stdc\+\+)\.so|ld-linux|linux-vdso")


def _project(key):
    with open(os.path.join(HERE, "pyproject.toml"), encoding="utf-8") as file:
        return re.search(rf'^{key} = "(.*)"$', file.read(), re.M)[1]


def _version():
    """That of the header, or of the copy that an unpacked sdist has."""
    for path, pattern in ((os.path.join(HERE, "..", "include", "opspice.h"), r'OPSPICE_VERSION "(.*)"'),
                          (os.path.join(HERE, "PKG-INFO"), r"^Version: (.*)$")):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return re.search(pattern, file.read(), re.M)[1]
    raise RuntimeError("opspice.h is not beside the folder python/: there is no version")


def _soname():
    with open(os.path.join(HERE, "opspice", "_library.py"), encoding="utf-8") as file:
        return re.search(r'^SONAME = "(.*)"$', file.read(), re.M)[1]


def _metadata():
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    return (f"Metadata-Version: 2.1\nName: opspice\nVersion: {_version()}\nSummary: {_project('description')}\n"
            f"License: {_project('license')}\nRequires-Python: {_project('requires-python')}\nRequires-Dist: numpy\n"
            f"Description-Content-Type: text/markdown\n\n{readme}")


def _sources():
    """Names in the archive and paths of the package's files."""
    folder = os.path.join(HERE, "opspice")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py") or name == "py.typed":
            yield f"opspice/{name}", os.path.join(folder, name)


def _needed(library):
    """Libraries that it needs and that are not of the system: paths by name, as the loader finds them."""
    listed = subprocess.run(["ldd", library], capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", listed, re.M))
    return {name: path for name, path in found.items() if not OF_THE_SYSTEM.match(name)}


def _libraries():
    library = os.environ.get("OPSPICE_BUNDLE")
    if not library:
        return
    yield f"opspice/lib/{_soname()}", library
    for name, path in sorted(_needed(library).items()):
        yield f"opspice/lib/{name}", path


class _Wheel:
    def __init__(self, path, tag, pure):
        self.archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.record, self.tag, self.pure = [], tag, pure

    def add(self, name, data, mode=0o644):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = (0o100000 | mode) << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        self.archive.writestr(info, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}\n")

    def close(self, info):
        self.add(f"{info}/METADATA", _metadata().encode())
        wheel = f"Wheel-Version: 1.0\nGenerator: opspice\nRoot-Is-Purelib: {str(self.pure).lower()}\nTag: {self.tag}\n"
        self.add(f"{info}/WHEEL", wheel.encode())
        self.record.append(f"{info}/RECORD,,\n")
        self.archive.writestr(f"{info}/RECORD", "".join(self.record))
        self.archive.close()


def _build(folder, files, pure):
    tag = "py3-none-any" if pure else f"py3-none-{re.sub('[-.]', '_', sysconfig.get_platform())}"
    name = f"opspice-{_version()}-{tag}.whl"
    wheel = _Wheel(os.path.join(folder, name), tag, pure)
    for inside, data in files:
        wheel.add(inside, data, 0o755 if ".so" in inside else 0o644)
    wheel.close(f"opspice-{_version()}.dist-info")
    return name


def _read(pairs):
    for inside, path in pairs:
        with open(path, "rb") as file:
            yield inside, file.read()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    libraries = list(_libraries())
    return _build(wheel_directory, _read([*_sources(), *libraries]), not libraries)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _build(wheel_directory, [("opspice.pth", (HERE + "\n").encode())], True)


def build_sdist(sdist_directory, config_settings=None):
    base = f"opspice-{_version()}"
    with tarfile.open(os.path.join(sdist_directory, f"{base}.tar.gz"), "w:gz") as archive:
        for name, path in [*_sources(), *((name, os.path.join(HERE, name))
                                          for name in ("backend.py", "pyproject.toml", "README.md"))]:
            archive.add(path, f"{base}/{name}")
        info = os.path.join(sdist_directory, "PKG-INFO")
        with open(info, "w", encoding="utf-8") as file:
            file.write(_metadata())
        archive.add(info, f"{base}/PKG-INFO")
        os.remove(info)
    return f"{base}.tar.gz"


if __name__ == "__main__":  # python3 backend.py FOLDER: the wheel, without pip
    import sys
    print(build_wheel(sys.argv[1]))

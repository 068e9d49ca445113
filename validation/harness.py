"""What compare and bench share: running a simulator, reading its rawfile, preparing its deck, writing the report."""
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import Counter, namedtuple

# ngspice has no ideal diode. Its nearest one conducts with RON and blocks with ROFF.
RON, ROFF = 1e-6, 1e12

# How ngspice is asked for an accurate answer; where it does not converge, the next set is tried. A diode of 1e6 S
# turns the rounding of 1 V into 1e-10 A, so the tightest set is often out of reach. The looser ones cost little:
# Newton's method is exact once it has the right piece of every piecewise-linear law. gmin stays as the deck has it:
# across a junction diode it is part of the law.
TOLERANCES = (".options reltol=1e-10 abstol=1e-16 vntol=1e-13 itl1=500",
              ".options reltol=1e-6 abstol=1e-9 vntol=1e-9 itl1=500",
              "* its default tolerances")

NETLISTS, CORPUS = (os.path.join(os.path.dirname(os.path.abspath(__file__)), *path)
                    for path in (("..", "netlists"), ("..", "..", "shared", "corpus")))

# status < 0: ended by a signal; seconds: of the clock; processor: seconds of all threads, user and system
Run = namedtuple("Run", "status seconds processor kilobytes timed_out out err")
Plot = namedtuple("Plot", "name values")  # values: {variable name: its values at all points}

# -- running ---------------------------------------------------------------------------------------------------------

signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # who ends a script ends what it has started


def run(argv, limit=300, directory=None):
    """Run a program to its end or to the time limit; wall and processor seconds and peak resident memory of the whole
    process."""
    scratch = directory or "."
    names = [os.path.join(scratch, f"run-{stream}.txt") for stream in ("out", "err")]
    with open(names[0], "wb") as out, open(names[1], "wb") as err:
        start = time.perf_counter()
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=directory,
                                 start_new_session=True)
        expired = threading.Event()
        timer = threading.Timer(limit, lambda: (expired.set(), os.killpg(child.pid, signal.SIGKILL)))
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - start
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    texts = [open(name, errors="replace").read(1 << 20) for name in names]
    return Run(child.returncode, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, expired.is_set(), *texts)


class Simulator:
    """A program with ngspice's -b -o -r; which one it is, it says itself with -v."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        text = subprocess.run([self.path, "-v"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
        found = re.search(r"ngspice-(\d+)", text)
        self.is_ngspice = bool(found) and "opspice" not in text
        self.klu = self.is_ngspice and int(found.group(1)) >= 42
        first = next((line.strip() for line in text.splitlines() if line.strip(" *")), "opspice")
        self.name = f"ngspice-{found.group(1)}" + (" (KLU)" if self.klu else "") if self.is_ngspice else first

    def command(self, deck, raw, log, options=()):
        return [self.path, *options, "-b", "-o", log, "-r", raw, deck]

    def solve(self, deck, directory, limit=300, options=(), keep=False):
        """Run the deck; returns the run (with the log in .out) and its numbers, or None where there are none."""
        raw, log = (os.path.join(directory, name) for name in (f"{self.name[:4]}.raw", f"{self.name[:4]}.log"))
        for name in (raw, log):
            if os.path.exists(name):
                os.remove(name)
        result = run(self.command(deck, raw, log, options), limit, directory)
        if os.path.exists(log):
            result = result._replace(out=result.out + open(log, errors="replace").read(1 << 20))
        point = None
        if os.path.exists(raw) and result.status == 0 and not keep:
            point = answers(raw)
        return result, point


def program(path, name):
    """The whole path of a program that may be run; None, with a message where one was named that is not there."""
    if path and os.access(path, os.X_OK):
        return os.path.abspath(path)
    if path:
        print(f"{name} is not at {path}: its rows are left out")
    return None


def build_bare_cholmod(source, directory):
    """Compile bare_cholmod.c where the build has not done it; returns the program, or None with a message."""
    program = os.path.join(directory, "bare_cholmod")
    if not os.path.exists(program):
        compiler = os.environ.get("CC", "cc").split()
        flags = ["-O2", "-I/usr/include/suitesparse", "-o", program, os.path.join(source, "bare_cholmod.c"),
                 "-lcholmod", "-lm"]
        if shutil.which(compiler[0]) is None or subprocess.run(compiler + flags).returncode != 0:
            print("bare_cholmod cannot be built: its rows are left out")
            return None
    return program


# -- rawfiles --------------------------------------------------------------------------------------------------------

def read_raw(path):
    """Every plot of a SPICE rawfile, binary or ASCII; of complex values the real part."""
    with open(path, "rb") as file:
        data = file.read()
    plots, at = [], 0
    while True:
        header, names, binary, at = raw_header(data, at)
        if header is None:
            return plots
        parts = 2 if "complex" in header.get("flags", "") else 1
        points = int(header["no. points"])
        if binary:
            numbers = struct.unpack_from(f"<{parts * len(names) * points}d", data, at)[::parts]
            at += 8 * parts * len(names) * points
        else:
            numbers, at = raw_ascii(data, at, len(names) * points)
        plots.append(Plot(header["plotname"], {name: numbers[place::len(names)] for place, name in enumerate(names)}))


def raw_header(data, at):
    """Fields by lower-case name, variable names, whether binary values follow, and where; None at the end of data."""
    header, names, in_variables = {}, [], False
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line, at = data[at:end].decode(errors="replace").rstrip("\r"), end + 1
        if line in ("Binary:", "Values:"):
            return header, names, line == "Binary:", at
        if in_variables and line.startswith("\t"):
            names.append(line.split("\t")[2].lower())
            continue
        field, _, value = line.partition(":")
        in_variables = field == "Variables"
        header[field.strip().lower()] = value.strip()
    return None, names, False, at


def raw_ascii(data, at, count):
    """So many values in text: an index before each point, a value a line, complex ones as a,b."""
    values = []
    while len(values) < count:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        words, at = data[at:end].split(), end + 1
        if words:
            values.append(float(words[-1].split(b",")[0]))
        elif at > len(data):
            raise ValueError("the rawfile ends within its values")
    return values, at


ANALYSES = ("operating point", "dc transfer characteristic", "transfer function")  # those that opspice has


def answers(path):
    """All numbers of the analyses in a rawfile by name; those of sweeps and of further analyses say which they are:
    `v(a)`, `v(a), dc transfer characteristic 1, point 3`. None where there are none."""
    found, seen = {}, Counter()
    for plot in read_raw(path):
        kind = plot.name.lower()
        if kind not in ANALYSES:
            continue
        seen[kind] += 1
        for name, values in plot.values.items():
            for point, value in enumerate(values):
                plain = kind == ANALYSES[0] and len(values) == 1 and seen[kind] == 1
                found[name if plain else f"{name}, {kind} {seen[kind]}, point {point}"] = value
    return found or None


# -- decks -----------------------------------------------------------------------------------------------------------

INCLUDE = re.compile(r"""\s*\.inc(?:lude)?\s+["']?([^"'\s]+)""", re.I)
DIODE_MODEL = re.compile(r"\s*\.model\s+\S+\s+d\b", re.I)
PIECEWISE = re.compile(r"\b(ron|roff|vfwd|vrev|rrev|epsilon|revepsilon|ilimit|revilimit)\s*=", re.I)
ZERO_RON = re.compile(r"\bron\s*=\s*0(?:\.0*)?(?![\d.])", re.I)


def deck_lines(path, depth=0):
    """The lines of a deck with its includes put in place; nothing after .end."""
    directory = os.path.dirname(os.path.abspath(path))
    with open(path, errors="surrogateescape", newline="\n") as deck:
        for number, line in enumerate(deck):
            line = line.rstrip("\r\n")
            card = line.lstrip().lower()
            if not card.startswith(".") or (number == 0 and depth == 0):
                yield line
            elif card.split()[0] == ".end":
                return
            else:
                found = INCLUDE.match(line)
                file = found and os.path.join(directory, found.group(1))
                if found and depth < 20 and os.path.exists(file):
                    yield from deck_lines(file, depth + 1)
                else:
                    yield line


def joined(lines):
    """Dot cards with their continuation lines on one line; all else untouched."""
    held = None
    for line in lines:
        if held is not None and line.lstrip().startswith("+"):
            held += " " + line.lstrip()[1:]
            continue
        if held is not None:
            yield held
        held = line if line.lstrip().startswith(".") else None
        if held is None:
            yield line
    if held is not None:
        yield held


SAVE = re.compile(r"\s*\.save\b.*\btype\s*=", re.I)  # of another simulator: to ngspice these words are vectors
ANALYSIS = re.compile(r"\s*\.(op|dc|tf)\b", re.I)


def near_ideal(card, ron, roff):
    """A diode model as ngspice takes it: no zero Ron, and Roff given (its own default would be 1 ohm)."""
    card = re.split(r";|\$ |//", card)[0].rstrip()
    card = ZERO_RON.sub(f"Ron={ron:g}", card)
    if not re.search(r"\broff\s*=", card, re.I):
        card = card[:-1] + f" Roff={roff:g})" if card.endswith(")") else card + f" Roff={roff:g}"
    return card


def ngspice_deck(source, target, ron=RON, roff=ROFF, extra=()):
    """Write the deck as ngspice needs it; returns the options its command line needs.

    Of two .options cards that set the same thing the later one counts, so the extra ones come last."""
    options = []
    lines = list(joined(deck_lines(source)))
    analysis = any(map(ANALYSIS.match, lines))
    with open(target, "w", errors="surrogateescape") as out:
        for line in lines:
            if SAVE.match(line):
                continue
            if DIODE_MODEL.match(line) and PIECEWISE.search(line):
                line, options = near_ideal(line, ron, roff), ["-D", "ngbehavior=ltpsa"]
            out.write(line + "\n")
        out.write("\n".join(([] if analysis else [".op"]) + list(extra) + [".end"]) + "\n")
    return options


def titled(source, target):
    """A copy with a title line, for a deck that has none: SPICE would take its first card for the title."""
    with open(source) as deck, open(target, "w") as out:
        out.write("* " + os.path.basename(source) + "\n")
        shutil.copyfileobj(deck, out)
    return target


def count_elements(path):
    lines = deck_lines(path)
    next(lines, None)  # the title
    return sum(1 for line in lines if line.lstrip()[:1].isalpha())


# -- numbers ---------------------------------------------------------------------------------------------------------

def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def growth_exponent(sizes, times):
    """The slope of log(time) over log(size), by least squares."""
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in times]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return (sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x))


def statistics(text):
    """The numbers that opspice --stats prints, by name: `fill 123`, `read 0.5`."""
    _, found, rest = text.partition("Statistics:")
    return {name: float(value) for name, value in re.findall(r"([a-z]+) ([\d.]+)", rest)} if found else {}


def proof(text):
    """The largest relative figure of what opspice --certificate prints; None where there is none."""
    _, found, rest = text.partition("Certificate:")
    return max(map(float, re.findall(r"relative ([\d.e+-]+)", rest)), default=None) if found else None


# -- the report ------------------------------------------------------------------------------------------------------

def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def text_table(head, rows):
    cells = [head] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells)


def write_report(directory, text, append):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "report.md"), "a" if append else "w") as report:
        report.write(text + "\n")


def plot(script, directory, **variables):
    """Run a gnuplot script of this folder in the report's directory."""
    settings = "; ".join(f"{name}='{value}'" for name, value in variables.items())
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), script)
    if shutil.which("gnuplot") is None:
        print("gnuplot is not installed: no plots")
        return False
    return subprocess.run(["gnuplot", "-e", settings, script], cwd=directory).returncode == 0


def machine():
    """Processor and number of cores, for the head of the report."""
    model = "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores"

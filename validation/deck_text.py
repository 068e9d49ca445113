"""The referee's own reader: the text of a deck to its elements, in exact decimal numbers. It knows what circuits.py
writes: R, V, I, C, L, D, B and G cards, subcircuits with parameters, .param, .model, .temp, .options gmin; one card a line."""
import os
import re
from collections import namedtuple
from decimal import Decimal as D

import laws

Element = namedtuple("Element", "name kind a k value")  # kind: V, I, C (open), law; value: V, A or a Law

SUFFIX = {"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(meg|[tgkmunpf])?[a-z]*$", re.I)
LITERAL = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(meg|[tgkmunpf])?(?![\w.(])", re.I)
WORD = re.compile(r"\{[^}]*\}|[^\s=,{}]+|=")


def pwl(x, *points):
    return laws.Table(list(zip(points[::2], points[1::2])), False).current(x)


FUNCTIONS = {"max": max, "min": min, "abs": abs, "exp": D.exp, "tanh": laws.tanh, "sqrt": D.sqrt, "pwl": pwl,
             "table": pwl, "D": D,
             "__builtins__": {}}


def python(expression):
    """An expression of SPICE as one of Python on decimals."""
    text = LITERAL.sub(lambda m: (f"D('{m.group(1)}e{SUFFIX[m.group(2).lower()]}')" if m.group(2)
                                  else f"D('{m.group(1)}')"),
                       expression.lower())
    text = re.sub(r"^\((.*?)\?(.*):(.*)\)$", r"((\2) if (\1) else (\3))", text.strip())
    return text.strip().replace("^", "**")


class Reader:
    def __init__(self, lines, directory):
        self.directory, self.elements, self.models, self.subcircuits = directory, [], {}, {}
        self.temperature, self.gmin = D(27), D("1e-12")
        self.top, inside = [], None
        for line in lines[1:]:
            words = line.lower().split()
            if not words or words[0].startswith("*"):
                continue
            if words[0] == ".end":
                break
            if words[0] == ".subckt":
                inside = self.subcircuits[words[1]] = (words, [])
            elif words[0] == ".ends":
                inside = None
            elif words[0] == ".model":
                self.models[words[1]] = line
            elif words[0] == ".temp":
                self.temperature = D(words[1])
            elif words[0] == ".options" and words[1].startswith("gmin="):
                self.gmin = D(words[1].removeprefix("gmin="))
            else:
                (inside[1] if inside else self.top).append(line)
        self.read(self.top, {}, "", {})

    def number(self, text, parameters):
        text = text.strip("'\"")
        if text.startswith("{"):
            return +D(eval(python(text[1:-1]), FUNCTIONS, parameters))
        if text in parameters:
            return parameters[text]
        found = NUMBER.match(text)
        if not found:
            raise ValueError(text)
        return D(found.group(1)) * D(10) ** SUFFIX.get((found.group(2) or "").lower(), 0)

    def read(self, lines, outer, prefix, nodes):
        parameters = dict(outer)
        for line in lines:
            if line.lower().startswith(".param"):
                words = WORD.findall(line.lower())[1:]
                for name, _, value in zip(words[::3], words[1::3], words[2::3]):
                    parameters[name] = self.number(value, parameters)
        for line in lines:
            if not line.startswith("."):
                self.card(line, parameters, prefix, nodes)

    def card(self, line, parameters, prefix, nodes):
        words = line.lower().split()

        def node(name):
            return "0" if name in ("0", "gnd") else nodes.get(name, prefix and prefix + name or name)

        letter, name = words[0][0], (prefix + words[0])
        if letter == "x":
            return self.instance(line, parameters, prefix, node)
        a, k = node(words[1]), node(words[2])
        if letter in "bg":
            self.elements.append(Element(name, "law", a, k, self.behaviour(line.lower(), parameters)))
            return None
        rest = WORD.findall(line.lower())[3:]
        given = {rest[q - 1]: self.number(rest[q + 1], parameters) for q in range(1, len(rest) - 1) if rest[q] == "="}
        if letter in "vi":
            value = self.number(rest[1] if rest[0] == "dc" else rest[0], parameters)
            self.elements.append(Element(name, letter.upper(), a, k, value))
        elif letter == "r":
            hot = self.temperature - 27
            ohms = self.number(rest[0], parameters) * (1 + given.get("tc1", 0) * hot + given.get("tc2", 0) * hot * hot)
            self.elements.append(Element(name, "law", a, k, laws.Straight(given.get("m", 1) / ohms)))
        elif letter == "c":
            self.elements.append(Element(name, "C", a, k, None))
        elif letter == "l":
            self.elements.append(Element(name, "V", a, k, D(0)))
        elif letter == "d":
            has_area = len(rest) > 1 and rest[1] != "=" and (len(rest) < 3 or rest[2] != "=")
            area = self.number(rest[1], parameters) if has_area else D(1)
            self.elements.append(Element(name, "law", a, k, self.diode(rest[0], area, given.get("m", D(1)))))
        else:
            raise ValueError(line)
        return None

    def instance(self, line, parameters, prefix, node):
        words = line.lower().split()
        rest = [word for word in WORD.findall(line.lower()) if word != "params:"]
        subcircuit = next(w for w in words[1:] if w in self.subcircuits)
        head, body = self.subcircuits[subcircuit]
        ports = [w for w in head[2:] if "=" not in w and w != "params:"]
        ends = [node(word) for word in words[1:words.index(subcircuit)]]
        own = dict(parameters)
        for text in (" ".join(head), " ".join(rest[rest.index(subcircuit):])):
            for key, value in re.findall(r"([a-z_]\w*)\s*=\s*(\{[^}]*\}|\S+)", text):
                own[key] = self.number(value, parameters)
        self.read(body, own, prefix + words[0] + ".", dict(zip(ports, ends)))

    def diode(self, name, area, m):
        line = self.models[name]
        inside = line[line.index("(") + 1:line.rindex(")")]
        table = re.search(r"table\s*=\s*(\S+)", inside)
        if table:
            rows = open(os.path.join(self.directory, table.group(1))).read().split("\n")
            points = [tuple(map(D, row.split())) for row in rows if row.strip() and row[0] not in "#v"]
            return laws.several(laws.Table(points, False), area * m)
        given = {key: self.number(value, {}) for key, value in re.findall(r"(\w+)\s*=\s*([^\s=]+)", inside.lower())}
        if not given.keys() & {"ron", "roff", "vfwd", "vrev", "rrev", "epsilon", "ilimit"}:
            return laws.Junction(given, area, m, self.gmin)
        ron = given.get("ron", D(1))
        roff = given.get("roff", None if ron == 0 or self.gmin == 0 else 1 / self.gmin)
        vfwd, vrev, rrev = given.get("vfwd", D(0)), given.get("vrev"), given.get("rrev") or ron
        if given.keys() & {"epsilon", "revepsilon", "ilimit", "revilimit"}:
            limited = laws.Limited(roff, (vfwd, 1 / ron, given.get("epsilon", D(0)), given.get("ilimit")),
                                   (vrev, 1 / rrev, given.get("revepsilon", D(0)), given.get("revilimit")))
            return laws.several(limited, area * m)
        return laws.several(laws.Idealised(ron, roff, vfwd, vrev, rrev), area * m)

    def behaviour(self, line, parameters):
        words = line.split()
        m = re.search(r"\bm=(\S+)", line)
        m = self.number(m.group(1), parameters) if m else D(1)
        if "table" in words:
            points = re.findall(r"\(([^(),]+),([^(),]+)\)", line[line.index("}") + 1:])
            return laws.several(laws.Table([tuple(self.number(x, parameters) for x in p) for p in points], True), m)
        found = re.search(r"\{(.*)\}", line)
        if not found:
            return laws.Straight(m * self.number(words[5], parameters))
        a, k = words[1], words[2]
        own = rf"v\(\s*{re.escape(a)}\s*(,\s*{re.escape(k)}\s*)?\)"
        text = re.sub(own, "u", found.group(1))
        return laws.several(laws.Function(compile(python(text), "deck", "eval"), {**FUNCTIONS, **parameters}), m)


def read(lines, directory="."):
    return Reader(lines, directory).elements

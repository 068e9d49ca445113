"""--format=json: what the program prints of netlists, right and wrong, is as the schema in its manual says.

    json_schema.py OPSPICE PAGE DECK ...

The schema is the example `schema.json` of the page. Checked is that of JSON Schema which it has: type, enum, required,
properties, additionalProperties, items, $ref; and the exit status, and that only ASCII without control characters is
printed. Between them the decks must have an answer, a sweep, a warning, and no answer."""

import json
import re
import subprocess
import sys

TYPES = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool, "integer": int,
         "number": (int, float)}


def schema_of(page):
    """The text between .EX and .EE behind the comment that names it."""
    with open(page, encoding="utf-8") as file:
        text = file.read().split('.\\" example: file schema.json\n.EX\n')[1].split(".EE\n")[0]
    return json.loads(text.replace("\\-", "-"))


def is_a(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def check(value, schema, root, path="$"):
    """Raise ValueError with the path of what is not as the schema says."""
    known = {"type", "enum", "required", "properties", "additionalProperties", "items", "$ref", "$defs"}
    if not set(schema) <= known:
        raise ValueError(f"{path}: the schema has {set(schema) - known}, which this test does not know")
    if "$ref" in schema:
        return check(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, path)
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_a(value, name) for name in names):
            raise ValueError(f"{path}: {value!r} is no {' or '.join(names)}")
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError(f"{path}: {value!r} is none of {schema['enum']}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            check(item, schema.get("items", {}), root, f"{path}[{number}]")
    if isinstance(value, dict):
        for name in schema.get("required", []):
            if name not in value:
                raise ValueError(f"{path}: there is no {name}")
        for name, item in value.items():
            rest = schema.get("additionalProperties", {})
            of = schema.get("properties", {}).get(name, rest)
            if of is False:
                raise ValueError(f"{path}: {name} is not in the schema")
            check(item, of, root, f"{path}.{name}")


def main():
    program, page, *decks = sys.argv[1:]
    schema, wrong, seen = schema_of(page), 0, set()
    for deck in decks:
        run = subprocess.run([program, "--format=json", deck], capture_output=True, check=False)
        try:
            if re.search(rb"[^\n -~]", run.stdout):
                raise ValueError("a byte that is not ASCII or a control character")
            answer = json.loads(run.stdout)
            check(answer, schema, schema)
            if answer["status"] != run.returncode:
                raise ValueError(f"status {answer['status']}, but the program ended with {run.returncode}")
            errors = [said for said in answer["diagnostics"] if said["severity"] == "error"]
            if ("nodes" in answer) == bool(errors) or (errors and run.returncode == 0):
                raise ValueError(f"{len(errors)} errors, status {run.returncode} and {', '.join(answer)}")
            seen |= {"refused"} if errors else {"answer"}
            seen |= {"warned"} if answer["diagnostics"] and not errors else set()
            seen |= {"swept"} if "analyses" in answer else set()
        except (ValueError, KeyError) as error:
            print(f"{deck}: {error}")
            wrong += 1
    missing = {"answer", "swept", "warned", "refused"} - seen
    if missing:
        print(f"no deck was {', '.join(sorted(missing))}")
    print(f"json: {len(decks)} netlists, {wrong} wrong")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())

"""A data set for graph networks: random circuits of resistors, diodes and sources with their node voltages, as one npz.

Circuits stand one after the other. Of circuit k, nodes are node_start[k] .. node_start[k + 1], of which the first is
ground, and branches branch_start[k] .. branch_start[k + 1]:

    voltage  [nodes]        V, to ground
    edge     [branches, 2]  numbers of the two nodes within the circuit; 0 is ground
    kind     [branches]     0 resistor, 1 diode, 2 voltage source, 3 current source
    value    [branches]     ohm, A (saturation current), V, A
    current  [branches]     A, from the first node to the second

    python3 random_circuits.py [COUNT [FILE]]
"""

import sys

import numpy as np
import opspice

KINDS = ("resistor", "diode", "voltage source", "current source")


def draw(random):
    """A circuit that hangs together: its netlist, and the values of its branches in order."""
    nodes = int(random.integers(3, 20))
    cards, values = ["random"], []

    def add(letter, first, second, value, text):
        cards.append(f"{letter}{len(values)} {first} {second} {text}")
        values.append(value)

    add("v", 1, 0, volts := float(random.uniform(-5, 5)), repr(volts))
    for node in range(2, nodes):  # a tree of resistors, then what comes
        ohms = float(10 ** random.uniform(2, 5))
        add("r", node, int(random.integers(0, node)), ohms, repr(ohms))
    for _ in range(int(random.integers(2, 2 * nodes))):
        first, second = (int(node) for node in random.choice(nodes, 2, replace=False))
        if random.random() < 0.6:
            ohms = float(10 ** random.uniform(2, 5))
            add("r", first, second, ohms, repr(ohms))
        elif random.random() < 0.7:
            add("d", first, second, 1e-14, "dmod")
        else:
            amperes = float(random.uniform(-1e-3, 1e-3))
            add("i", first, second, amperes, repr(amperes))
    return "\n".join([*cards, ".model dmod D(Is=1e-14)", ""]), values


def circuits(count, seed=1):
    """Arrays of `count` circuits, as above."""
    random = np.random.default_rng(seed)
    voltages, edges, kinds, values, currents, node_start, branch_start = [], [], [], [], [], [0], [0]
    for _ in range(count):
        text, given = draw(random)
        circuit = opspice.Circuit(text, threads=1)
        op = circuit.op()  # proved, or it raises NoOperatingPoint
        voltages += [np.zeros(1), op.voltages]
        edges.append(circuit.edges + 1)
        kinds += [KINDS.index(kind) for kind in circuit.kinds]
        values += given
        currents.append(op.currents)
        node_start.append(node_start[-1] + len(circuit.nodes) + 1)
        branch_start.append(branch_start[-1] + len(circuit.branches))
    return {"voltage": np.concatenate(voltages), "edge": np.concatenate(edges), "kind": np.array(kinds, dtype=np.uint8),
            "value": np.array(values), "current": np.concatenate(currents), "node_start": np.array(node_start),
            "branch_start": np.array(branch_start)}


def test_kirchhoff_and_ohm_hold(tmp_path):
    np.savez_compressed(tmp_path / "circuits.npz", **circuits(200))
    found = np.load(tmp_path / "circuits.npz")
    assert len(found["node_start"]) == 201 and set(found["kind"]) == {0, 1, 2, 3}
    for k in range(200):
        nodes = slice(*found["node_start"][k:k + 2])
        branches = slice(*found["branch_start"][k:k + 2])
        voltage, edge, current = found["voltage"][nodes], found["edge"][branches], found["current"][branches]
        left = np.zeros(len(voltage))
        np.add.at(left, edge[:, 0], -current)
        np.add.at(left, edge[:, 1], current)
        assert np.abs(left).max() <= 1e-9 * np.abs(current).max()
        resistors = found["kind"][branches] == 0
        drop = voltage[edge[resistors, 0]] - voltage[edge[resistors, 1]]
        np.testing.assert_allclose(found["value"][branches][resistors] * current[resistors], drop, rtol=1e-9, atol=1e-9)


if __name__ == "__main__":
    count, path = int(sys.argv[1]) if len(sys.argv) > 1 else 10000, sys.argv[2] if len(sys.argv) > 2 else "circuits.npz"
    data = circuits(count)
    np.savez_compressed(path, **data)
    print(f"{path}: {count} circuits, {len(data['voltage'])} nodes, {len(data['value'])} branches")

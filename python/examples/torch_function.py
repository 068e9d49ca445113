"""A resistive network as a layer of PyTorch: a torch.autograd.Function, trained on pictures of digits.

Each pixel x is a pair of voltage sources, +x and -x, and each of ten outputs hangs on all of them by resistors, so that
its voltage is a mean of +x and -x weighted by their conductances. Forward is the operating point; backward is one
adjoint solution for all resistors at once (`Circuit.vjp`).
"""

import numpy as np
import opspice

DIGITS = ("111101101101111 010110010010111 111001111100111 111001111001111 101101111001001 "
          "111100111001111 111100111101111 111001010010010 111101111101111 111101111001111").split()
PIXELS = len(DIGITS[0])


def netlist(outputs=10):
    cards = ["digits"]
    for pixel in range(PIXELS):
        cards += [f"vp{pixel} p{pixel} 0 0", f"vm{pixel} m{pixel} 0 0"]
    for output in range(outputs):
        cards += [f"r{sign}{pixel}_{output} {sign}{pixel} o{output} 1k" for pixel in range(PIXELS) for sign in "pm"]
        cards.append(f"rl{output} o{output} 0 1k")
    return "\n".join(cards) + "\n"


def pictures(count, seed, noise=0.25):
    """Pictures of digits with noise, of shape (count, pixels), and what they are."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count)
    clean = np.array([[int(pixel) * 2 - 1 for pixel in digit] for digit in DIGITS], dtype=np.float64)
    return clean[labels] + noise * random.normal(size=(count, PIXELS)), labels


def make_layer(circuit, sources, resistors, outputs):
    """A function of torch: of voltages of sources (samples, sources) and of resistances (resistors,)."""
    import torch

    nodes = [circuit.node(name) for name in outputs]

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(context, volts, ohms):
            circuit[resistors] = ohms.detach().numpy()
            found = np.empty((len(volts), len(outputs)))
            for sample, row in enumerate(volts.detach().numpy()):
                circuit[sources] = row
                found[sample] = circuit.op().voltages[nodes]
            context.save_for_backward(volts, ohms)
            return torch.from_numpy(found)

        @staticmethod
        def backward(context, slopes):
            volts, ohms = context.saved_tensors
            circuit[resistors] = ohms.detach().numpy()
            to_volts, to_ohms = np.zeros(volts.shape), np.zeros(ohms.shape)
            weights = np.zeros(len(circuit.nodes))
            for sample, row in enumerate(volts.detach().numpy()):
                circuit[sources] = row
                circuit.op()
                weights[nodes] = slopes[sample].numpy()
                both = circuit.vjp(voltages=weights, inputs=[*sources, *resistors])
                to_volts[sample] = both[:len(sources)]
                to_ohms += both[len(sources):]
            return torch.from_numpy(to_volts), torch.from_numpy(to_ohms)

    return Layer.apply


def train(rounds=25, rate=0.15):
    """The part of test pictures that is answered right, before and after."""
    import torch

    circuit = opspice.Circuit(netlist(), threads=1)
    sources = [f"v{sign}{pixel}" for pixel in range(PIXELS) for sign in "pm"]
    resistors = [f"r{sign}{pixel}_{output}" for output in range(10) for pixel in range(PIXELS) for sign in "pm"]
    layer = make_layer(circuit, sources, resistors, [f"o{output}" for output in range(10)])
    torch.manual_seed(1)
    logs = torch.log(torch.full((len(resistors),), 1e3, dtype=torch.float64)) + 0.1 * torch.randn(len(resistors))
    logs.requires_grad_()
    optimizer = torch.optim.Adam([logs], lr=rate)

    def volts(images):
        return torch.from_numpy(np.stack([images, -images], axis=2).reshape(len(images), -1))

    def right(images, labels):
        with torch.no_grad():
            return float(np.mean(layer(volts(images), torch.exp(logs)).argmax(1).numpy() == labels))

    images, labels = pictures(200, 1)
    test = pictures(200, 2)
    before = right(*test)
    for step in range(rounds):
        part = slice(step * 40 % 200, step * 40 % 200 + 40)
        loss = torch.nn.functional.cross_entropy(20 * layer(volts(images[part]), torch.exp(logs)),
                                                 torch.from_numpy(labels[part]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return before, right(*test)


def test_gradients_are_torchs():
    import pytest
    torch = pytest.importorskip("torch")
    circuit = opspice.Circuit("t\nv1 a 0 1\nv2 b 0 1\nr1 a o 1\nr2 b o 2\nr3 o 0 3\nd1 o 0 dm\n.model dm D(Is=1e-3)\n")
    layer = make_layer(circuit, ["v1", "v2"], ["r1", "r2", "r3"], ["o"])
    volts = torch.tensor([[0.5, -0.2], [0.1, 0.4]], dtype=torch.float64, requires_grad=True)
    ohms = torch.tensor([100.0, 200.0, 300.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (volts, ohms), eps=1e-4, atol=1e-9, rtol=1e-4)


def test_it_learns_digits():
    import pytest
    pytest.importorskip("torch")
    before, after = train()
    assert before < 0.5 and after > 0.9, (before, after)


if __name__ == "__main__":
    before, after = train(rounds=60)
    print(f"test pictures answered right: {before:.0%}, after training {after:.0%}")

"""Deep resistive networks: data, training, the same numbers as opspice-train."""

import gzip
import os
import pathlib
import re
import struct
import subprocess
import sys
import textwrap

import numpy as np
import opspice
import pytest

SIDE, CLASSES = 8, 5
SMALL = dict(layers=(128, 24, 5), input_gain=20, beta=0.1, lr=0.02, epochs=3, threads=1)


def images(count, seed):
    """Noisy pictures of bars, one place a class."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, count).astype(np.uint8)
    pixels = random.integers(0, 60, (count, SIDE, SIDE)).astype(np.uint8)
    pixels[np.arange(count), labels] = 250
    return pixels, labels


TRAIN, TEST = images(303, 1), images(101, 2)


def write(folder):
    for part, (pixels, labels) in (("train", TRAIN), ("t10k", TEST)):
        with gzip.open(folder / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(struct.pack(">IIII", 0x803, *pixels.shape) + pixels.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, len(labels)) + labels.tobytes())


def test_it_learns():
    drn = opspice.Drn(**SMALL).take(TRAIN, TEST)
    assert repr(drn) == "<Drn: no network yet>"
    told = []
    history = drn.train(progress=lambda epoch, sample, samples: told.append((epoch, sample, samples)))
    assert list(history) == ["train_error", "test_error", "train_cost", "test_cost", "seconds"]
    assert all(len(values) == 3 for values in history.values())
    assert history["test_error"][-1] < 0.05 and (np.diff(history["train_cost"]) < 0).all()
    assert told[-1] == (2, 303, 303) and told == sorted(told)
    assert drn.epoch == 3 and drn.units == (128, 24, 5) and drn.parameters == 128 * 24 + 24 + 24 * 5 + 5
    error, cost = drn.test()
    assert error == history["test_error"][-1] and cost == history["test_cost"][-1]
    answers = drn.answers()
    assert answers.shape == (101, 5) and answers.dtype == np.float32
    assert np.mean(answers.argmax(axis=1) != TEST[1]) == error
    assert "128-24-5" in repr(drn)
    assert len(drn.train(4)["seconds"]) == 4


@pytest.mark.parametrize("rule", ["ep", "coupled", "exact"])
def test_audits(rule):
    drn = opspice.Drn(**SMALL, gradient=rule).take(TRAIN, TEST)
    now = drn.audit(8)
    assert [(row["layer"], row["bias"]) for row in now] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert all(row["cosine"] > 0.5 and (row["rule"] > 0) == (rule == "coupled") for row in now)
    drn.train(1)
    assert drn.audit_of(1) == []
    drn.set("audit", 8)
    drn.train(2)
    assert drn.audit_of(2)[0]["parameters"] == 128 * 24
    with pytest.raises(opspice.UsageError):
        drn.audit_of(3)


@pytest.mark.parametrize("shape", [(SIDE * SIDE,), (2, SIDE // 2, SIDE)])
def test_images_of_other_shapes(shape):
    parts = [(pixels.reshape(len(pixels), *shape), labels) for pixels, labels in (TRAIN, TEST)]
    plain, other = opspice.Drn(**SMALL).take(TRAIN, TEST), opspice.Drn(**SMALL).take(*parts)
    np.testing.assert_array_equal(plain.train()["test_cost"], other.train()["test_cost"])


def test_devices_hold_what_they_can():
    drn = opspice.Drn(**SMALL, optimiser="adam", adam=(0.9, 0.99, 1e-8), floor=0.001, ceiling=0.3, levels=32, noise=0.1)
    drn.set("lr", 0.002)
    assert drn.take(TRAIN, TEST).train()["test_error"][-1] < 0.1
    assert all(((0.001 <= weights + 1e-9) & (weights <= 0.3)).all() for weights in drn.weights)


def test_weights_are_arrays():
    drn = opspice.Drn(**SMALL).take(TRAIN, TEST)
    first, second = drn.weights
    assert first.shape == (128, 24) and second.shape == (24, 5) and first.dtype == np.float32 and (first >= 0).all()
    assert [len(bias) for bias in drn.biases] == [24, 5]
    drn.train(1)
    assert (drn.weights[0] != first).any()
    drn.weights = [first, second]
    drn.biases = [np.zeros(24), np.zeros(5)]
    assert (drn.weights[0] == first).all()
    fresh = opspice.Drn(**SMALL).take(TRAIN, TEST)
    np.testing.assert_allclose(drn.answers(), fresh.answers(), rtol=1e-4, atol=1e-4)
    for wrong in ([first], [first, second.T], [-first - 1, second], [first * np.nan, second]):
        with pytest.raises(opspice.UsageError):
            drn.weights = wrong


def test_weights_of_images():
    drn = opspice.Drn(**SMALL | {"layers": "8x8,conv:6:3:1:1,pool:2,5", "differential": "yes"}).take(TRAIN, TEST)
    weights, biases = drn.weights, drn.biases
    assert [one.shape for one in weights] == [(3 * 3 * 2, 6), (0, 0), (2 * 6 * 4 * 4, 5)]
    assert [len(bias) for bias in biases] == [6, 0, 5]
    drn.train(1)
    drn.weights, drn.biases = weights, biases
    assert all((left == right).all() for left, right in zip(drn.weights, weights))


def test_the_same_numbers_as_the_program(tmp_path):
    program = os.environ.get("OPSPICE_TRAIN")
    if not program:
        pytest.skip("OPSPICE_TRAIN is not set")
    write(tmp_path)
    options = ["--layers=128,24,5", "--input-gain=20", "--beta=0.1", "--lr=0.02", "--epochs=3", "--threads=1"]
    clean = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.run([program, *options, f"--data={tmp_path}", f"--save={tmp_path}/theirs", f"--log={tmp_path}/log"],
                   check=True, env=clean, stdout=subprocess.DEVNULL)
    read = opspice.Drn(**SMALL).read(tmp_path)
    taken = opspice.Drn(**SMALL).take(TRAIN, TEST)
    history, other = read.train(), taken.train()
    for name in ("train_error", "test_error", "train_cost", "test_cost"):
        assert (history[name] == other[name]).all()
    theirs = opspice.Drn().read(tmp_path).resume(tmp_path / "theirs")
    for mine in (read, taken):
        for left, right in zip(mine.weights + mine.biases, theirs.weights + theirs.biases):
            assert left.tobytes() == right.tobytes()
    for name in ("train_error", "test_error", "train_cost", "test_cost"):
        assert (history[name] == theirs.history[name]).all()


def test_going_on(tmp_path):
    whole = opspice.Drn(**SMALL).take(TRAIN, TEST)
    whole.train()
    part = opspice.Drn(**SMALL).take(TRAIN, TEST)
    errors, cost = part.step(10)
    assert 0 <= errors <= 40 and cost > 0
    part.save(tmp_path / "checkpoint")
    again = opspice.Drn().take(TRAIN, TEST).resume(tmp_path / "checkpoint")
    again.train()
    assert all((left == right).all() for left, right in zip(whole.weights, again.weights))
    again.export(tmp_path / "net.cir", 3)
    op = opspice.Circuit(tmp_path / "net.cir", threads=1).op()
    assert op.certificate.proved
    again.write_log(tmp_path / "log.csv")
    assert len(re.findall("\n", (tmp_path / "log.csv").read_text())) == 4


def test_gradients_agree():
    drn = opspice.Drn(**{**SMALL, "iterations": 40}).take(TRAIN, TEST)
    rows = drn.check_gradient()
    assert [(row.layer, row.bias) for row in rows] == [(1, False), (1, True), (2, False), (2, True)]
    assert all(row.adjoint_difference[0] > 0.999 for row in rows)


def test_what_is_wrong(tmp_path):
    with pytest.raises(opspice.UsageError, match="lr"):
        opspice.Drn(lr="fast")
    with pytest.raises(opspice.UsageError):
        opspice.Drn("drn-9h")
    with pytest.raises(opspice.DrnError, match="train-images") as caught:
        opspice.Drn().read(tmp_path)
    assert caught.value.status == 1
    with pytest.raises(opspice.UsageError):
        opspice.Drn().begin()
    with pytest.raises(opspice.DrnError, match="inputs"):
        opspice.Drn(layers=(10, 5)).take(TRAIN, TEST).begin()
    with pytest.raises(opspice.UsageError, match="dimensions"):
        opspice.Drn().take((TRAIN[0].ravel(), TRAIN[1]), TEST)
    with pytest.raises(opspice.UsageError, match="whole numbers"):
        opspice.Drn().take((TRAIN[0] + 0.5, TRAIN[1]), TEST)
    with pytest.raises(opspice.UsageError, match="labels"):
        opspice.Drn().take((TRAIN[0], TRAIN[1][1:]), TEST)
    drn = opspice.Drn(**{**SMALL, "beta": 1e3}).take(TRAIN, TEST)
    with pytest.raises(opspice.DrnError) as caught:
        drn.train()
    assert caught.value.status == 3


def test_control_c():
    script = textwrap.dedent("""
        import os, signal, sys
        sys.path.insert(0, sys.argv[1])
        from test_drn import SMALL, TRAIN, TEST
        import opspice
        drn = opspice.Drn(**SMALL).take(TRAIN, TEST)
        def progress(epoch, sample, samples):
            if epoch == 1:
                os.kill(os.getpid(), signal.SIGINT)
        try:
            drn.train(progress=progress)
        except KeyboardInterrupt:
            pass
        whole = opspice.Drn(**SMALL).take(TRAIN, TEST)
        whole.train()
        print(drn.epoch, (drn.train()["test_cost"] == whole.history["test_cost"]).all())
    """)
    done = subprocess.run([sys.executable, "-c", script, str(pathlib.Path(__file__).parent)], capture_output=True,
                          text=True, timeout=120, env=os.environ)
    assert done.stdout == "1 True\n", done.stderr

"""The digits network: stored file, exact inference against plain loops, gradients of its training."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.core.paths import data_folder
from siam_dse.validation import digits_training
from siam_dse.validation.digits_network import digits_workload, load_digits_network, max_pool, patches


def test_the_stored_file_is_what_training_gives() -> None:
    content = (data_folder("validation") / "digits_cnn.npz").read_bytes()
    assert sha256(content).hexdigest() == digits_training.DIGEST


@pytest.mark.slow
def test_int8_accuracy_of_the_stored_network() -> None:
    network = load_digits_network()
    top1 = network.top1(network.logits(network.images))
    assert len(network.images) == 450
    assert_allclose(top1, 448 / 450, rtol=1e-12)  # two test images wrong
    for weights in network.weights:
        assert np.abs(weights).max() == 127
        assert_array_equal(weights, np.round(weights))


def test_first_layer_equals_plain_loops() -> None:
    network = load_digits_network()
    seen = network.layer_inputs(network.images[:1])
    codes = np.clip(np.round(network.images[0] / 16 / network.input_scale[0]), 0, 255)
    padded = np.pad(codes, 1)
    expected = [[padded[i + a, j + b] for a in range(3) for b in range(3)] for i in range(8) for j in range(8)]
    assert_array_equal(seen[0], expected)
    assert [part.shape for part in seen] == [(64, 9), (64, 288), (16, 576), (1, 256)]


def test_pooling_takes_the_largest_of_four() -> None:
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    assert_array_equal(max_pool(x)[0, :, :, 0], [[5, 7], [13, 15]])
    assert patches(x).shape == (1, 4, 4, 9)


def test_the_workload_has_the_networks_shapes() -> None:
    network, workload = load_digits_network(), digits_workload(0.99)
    assert workload.rows.tolist() == [len(w) for w in network.weights]
    assert workload.channels_out.tolist() == [w.shape[1] for w in network.weights]
    assert workload.weights.tolist() == [w.size for w in network.weights]


def test_gradients_equal_finite_differences() -> None:
    rng = np.random.default_rng(2)
    parameters = [p.astype(np.float64) for p in digits_training._initial(rng)]
    x, labels = rng.random((3, 8, 8, 1)), np.array([1, 0, 7])

    def loss() -> float:
        scores = digits_training._forward(parameters, x)[0]
        log_sum = np.log(np.exp(scores).sum(axis=1))
        return float(np.mean(log_sum - scores[np.arange(3), labels]))

    gradients = digits_training._gradients(parameters, x, labels)
    step = 1e-6
    for p, g in zip(parameters, gradients, strict=True):
        where = tuple(np.unravel_index(np.argmax(np.abs(g)), g.shape))
        p[where] += step
        up = loss()
        p[where] -= 2 * step
        down = loss()
        p[where] += step
        assert_allclose(g[where], (up - down) / (2 * step), rtol=1e-4)


@pytest.mark.slow
def test_training_is_reproducible_and_learns() -> None:
    network = load_digits_network()
    x, labels = network.images[:96, ..., None] / 16, network.labels[:96]
    runs = [digits_training.fit(x, labels, np.random.default_rng(0), epochs=6) for _ in range(2)]
    for first, second in zip(*runs, strict=True):
        assert_array_equal(first, second)
    scores = digits_training._forward(runs[0], x)[0]
    assert np.mean(np.argmax(scores, axis=1) == labels) > 0.6


@pytest.mark.slow
def test_the_test_set_is_scikit_learns() -> None:
    pytest.importorskip("sklearn")
    images, labels = digits_training.shuffled_digits(np.random.default_rng(digits_training.SEED))
    network = load_digits_network()
    assert_array_equal(images[:450], network.images)
    assert_array_equal(labels[:450], network.labels)


def test_training_without_scikit_learn_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(digits_training, "import_module", missing)
    with pytest.raises(InputError, match="install scikit-learn"):
        digits_training.train(tmp_path / "x.npz")

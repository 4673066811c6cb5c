"""Training of the functional check's network from a seed: ``python -m siam_dse.validation.digits_training``.

Needs scikit-learn for its digits, half a minute, and gives the stored file bit by bit (``DIGEST``) with the library
versions of ``constraints.txt``; everything else is NumPy. Adam on the cross entropy, then
weights rounded per tensor to +/-127 and inputs scaled so that their 99.9 % quantile is 255.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siam_dse.core.errors import InputError
from siam_dse.core.paths import data_folder
from siam_dse.validation.digits_network import (
    BITS,
    CHANNELS,
    CLASSES,
    KERNEL,
    LAYERS,
    PIXEL_MAX,
    POOLED,
    SIDE,
    patches,
)

SEED = 0
N_TEST = 450
EPOCHS = 30
BATCH = 32
RATE = 1e-3
MOMENTS = (0.9, 0.999)
SMALL = 1e-8
CLIPPED_PERCENTILE = 99.9
DIGEST = "70565f01964c5824a78002199aee88a39b25f7569c435cfceeb7cf3c07ecdeec"  # SHA-256 of data/digits_cnn.npz
Array = NDArray[Any]


def train(path: Path, epochs: int = EPOCHS) -> None:
    """Train, quantise and store the network with its test set at ``path``."""
    rng = np.random.default_rng(SEED)
    images, labels = shuffled_digits(rng)
    x_train = images[N_TEST:, ..., None] / np.float32(PIXEL_MAX)
    parameters = fit(x_train, labels[N_TEST:], rng, epochs)
    _store(path, parameters, x_train, images[:N_TEST], labels[:N_TEST])


def shuffled_digits(rng: np.random.Generator) -> tuple[Array, Array]:
    """Images (n, 8, 8) of 0..16 and labels (n,) of scikit-learn's digits in a random order; the first are the test set.

    Raises
    ------
    InputError
        scikit-learn is not installed.
    """
    try:
        bunch = import_module("sklearn.datasets").load_digits()
    except ModuleNotFoundError as error:
        raise InputError("digits_training", "needs scikit-learn for its digits; install scikit-learn") from error
    order = rng.permutation(len(bunch.images))
    return bunch.images[order].astype(np.float32), bunch.target[order]


def fit(x: Array, labels: Array, rng: np.random.Generator, epochs: int) -> list[Array]:
    """Weights and biases, layer by layer, trained on images (n, 8, 8, 1) of 0..1."""
    parameters = _initial(rng)
    state = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            step += 1
            _adam(parameters, _gradients(parameters, x[rows], labels[rows]), state, step)
    return parameters


def _initial(rng: np.random.Generator) -> list[Array]:
    """Weights (K, M) with He's variance and zero biases, layer by layer."""
    rows = [KERNEL**2 * c for c in CHANNELS[:-1]] + [CHANNELS[-1] * (SIDE // 4) ** 2]
    columns = [*CHANNELS[1:], CLASSES]
    parameters = []
    for k, m in zip(rows, columns, strict=True):
        parameters += [rng.normal(0, np.sqrt(2 / k), (k, m)).astype(np.float32), np.zeros(m, np.float32)]
    return parameters


def _forward(parameters: list[Array], x: Array) -> tuple[Array, list[tuple[Array, Array, Array]]]:
    """Scores, and for each layer its input rows, its rectified output and the mask of pooled positions."""
    kept = []
    for layer, pooled in enumerate(POOLED):
        w, b = parameters[2 * layer : 2 * layer + 2]
        is_classifier = layer == len(LAYERS) - 1
        rows = x.reshape(len(x), -1) if is_classifier else patches(x)
        y = rows @ w + b
        if is_classifier:
            kept.append((rows, y, y))
            return y, kept
        y = np.maximum(y, 0)
        x = y
        mask = y > 0
        if pooled:
            n, h, v, c = y.shape
            blocks = y.reshape(n, h // 2, 2, v // 2, 2, c)
            x = blocks.max(axis=(2, 4))
            mask = (blocks == x[:, :, None, :, None]).reshape(y.shape) & mask
        kept.append((rows, y, mask))
    raise AssertionError


def _gradients(parameters: list[Array], x: Array, labels: Array) -> list[Array]:
    """Gradient of the mean cross entropy by every parameter."""
    scores, kept = _forward(parameters, x)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    upstream = p / np.float32(len(labels))
    gradients: list[Array] = []
    for layer in reversed(range(len(LAYERS))):
        rows, _, mask = kept[layer]
        if layer < len(LAYERS) - 1:
            if POOLED[layer]:
                upstream = upstream.repeat(2, axis=1).repeat(2, axis=2)
            upstream = upstream * mask
        flat = upstream.reshape(-1, upstream.shape[-1])
        gradients = [rows.reshape(len(flat), -1).T @ flat, flat.sum(axis=0), *gradients]
        if layer == 0:
            return gradients
        back = upstream @ parameters[2 * layer].T
        shape = kept[layer - 1][1].shape
        n, h, w, c = shape if not POOLED[layer - 1] else (shape[0], shape[1] // 2, shape[2] // 2, shape[3])
        upstream = back.reshape(n, h, w, c) if layer == len(LAYERS) - 1 else _fold(back, (n, h, w, c))
    return gradients


def _fold(columns: Array, shape: tuple[int, int, int, int]) -> Array:
    """Adjoint of ``patches``: sums of each input's contributions."""
    n, h, w, c = shape
    out = np.zeros((n, h + 2, w + 2, c), columns.dtype)
    windows = columns.reshape(n, h, w, KERNEL, KERNEL, c)
    for i in range(KERNEL):
        for j in range(KERNEL):
            out[:, i : i + h, j : j + w] += windows[:, :, :, i, j]
    return out[:, 1:-1, 1:-1]


def _adam(parameters: list[Array], gradients: list[Array], state: list[tuple[Array, Array]], step: int) -> None:
    """One step of Adam, in place."""
    first, second = MOMENTS
    for p, g, (m, v) in zip(parameters, gradients, state, strict=True):
        m += (1 - first) * (g - m)
        v += (1 - second) * (g * g - v)
        p -= np.float32(RATE) * (m / (1 - first**step)) / (np.sqrt(v / (1 - second**step)) + np.float32(SMALL))


def _store(path: Path, parameters: list[Array], x_train: Array, images: Array, labels: Array) -> None:
    """Quantise and write the network."""
    largest = 2 ** (BITS - 1) - 1
    kept = _forward(parameters, x_train[:N_TEST])[1]
    scales = [np.percentile(rows, CLIPPED_PERCENTILE) / (2**BITS - 1) for rows, _, _ in kept]
    arrays: dict[str, Array] = {"images": images.astype(np.uint8), "labels": labels.astype(np.uint8)}
    weight_scales = []
    for layer, name in enumerate(LAYERS):
        w = parameters[2 * layer]
        weight_scales.append(np.abs(w).max() / largest)
        arrays[f"w_{name}"] = np.round(w / weight_scales[-1]).astype(np.int8)
        arrays[f"b_{name}"] = parameters[2 * layer + 1]
    arrays["input_scale"] = np.array(scales)
    arrays["weight_scale"] = np.array(weight_scales)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    train(data_folder("validation") / "digits_cnn.npz")

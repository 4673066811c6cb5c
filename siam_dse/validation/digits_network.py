"""The small trained network of the functional check: 8-bit weights, a test set, and its exact integer inference.

Three 3x3 convolutions (32, 64 and 64 channels, 2x2 max pooling after the second and third) and a classifier, on
scikit-learn's 8x8 digits; trained by :mod:`siam_dse.validation.digits_training`, stored as 8-bit integers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siam_dse.core.arrays import FloatArray, IntArray, freeze
from siam_dse.core.paths import data_folder
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Edge, Header, Layer, Pool
from siam_dse.workload.network import HOST, Network

LAYERS = ("c1", "c2", "c3", "f")
CHANNELS = (1, 32, 64, 64)
POOLED = (False, True, True, False)
SIDE = 8
KERNEL = 3
CLASSES = 10
BITS = 8  # of weights and activations
PIXEL_MAX = 16

# A layer's product: (layer index, inputs (n, K) whole numbers) -> (n, M) in the same integer unit.
Product = Callable[[int, FloatArray], FloatArray]


@dataclass(frozen=True)
class DigitsNetwork:
    """Weights (K, M) as integers, bias (M,) and scales of each layer, test images (n, 8, 8) of 0..16 and labels."""

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    input_scale: FloatArray
    weight_scale: FloatArray
    images: FloatArray
    labels: IntArray

    def logits(self, images: FloatArray, product: Product | None = None) -> FloatArray:
        """Class scores of ``images``, (n, 10); every layer's product is exact unless ``product`` computes it."""
        largest = 2**BITS - 1
        x = images[..., None] / PIXEL_MAX
        for layer in range(len(LAYERS)):
            codes = np.clip(np.round(x / self.input_scale[layer]), 0, largest)
            is_classifier = layer == len(LAYERS) - 1
            rows = codes.reshape(len(codes), -1) if is_classifier else patches(codes)
            flat = rows.reshape(-1, rows.shape[-1])
            y = flat @ self.weights[layer] if product is None else product(layer, flat)
            y = y * (self.input_scale[layer] * self.weight_scale[layer]) + self.biases[layer]
            y = y.reshape(*rows.shape[:-1], -1)
            x = y if is_classifier else max_pool(np.maximum(y, 0)) if POOLED[layer] else np.maximum(y, 0)
        return x

    def top1(self, logits: FloatArray) -> float:
        """Share of images whose highest score is their label's; ``logits`` of the first images."""
        return float(np.mean(np.argmax(logits, axis=1) == self.labels[: len(logits)]))

    def layer_inputs(self, images: FloatArray) -> list[FloatArray]:
        """Integer inputs (n, K) of every layer in exact inference."""
        seen: list[FloatArray] = []

        def product(layer: int, inputs: FloatArray) -> FloatArray:
            seen.append(inputs)
            return inputs @ self.weights[layer]

        self.logits(images, product)
        return seen


def patches(x: NDArray[Any]) -> NDArray[Any]:
    """Windows of 3x3 around every position of (n, h, w, c) with zero padding, (n, h, w, 9 c)."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (KERNEL, KERNEL), axis=(1, 2))
    return np.moveaxis(windows, 3, 5).reshape(*x.shape[:3], -1)


def max_pool(x: FloatArray) -> FloatArray:
    """Largest of each 2x2 window, (n, h/2, w/2, c)."""
    n, h, w, c = x.shape
    pooled: FloatArray = x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))
    return pooled


@cache
def load_digits_network() -> DigitsNetwork:
    """The stored network with its test set."""
    with np.load(data_folder("validation") / "digits_cnn.npz") as stored:
        return DigitsNetwork(
            weights=tuple(freeze(stored[f"w_{name}"], np.float64) for name in LAYERS),
            biases=tuple(freeze(stored[f"b_{name}"], np.float64) for name in LAYERS),
            input_scale=freeze(stored["input_scale"], np.float64),
            weight_scale=freeze(stored["weight_scale"], np.float64),
            images=freeze(stored["images"], np.float64),
            labels=freeze(stored["labels"], np.int64),
        )


def digits_workload(int8_top1: float) -> Network:
    """The network as a workload, for the analytical model."""
    sides = (SIDE, SIDE, SIDE // 2, 1)
    inputs = (*CHANNELS[:-1], CHANNELS[-1] * (SIDE // 4) ** 2)
    outputs = (*CHANNELS[1:], CLASSES)
    layers = [
        Layer(name, "conv", (side, side, inputs[i]), (KERNEL, KERNEL), outputs[i], padding=1)
        for i, (name, side) in enumerate(zip(LAYERS, sides, strict=True))
    ]
    layers[1:3] = (replace(layer, pool=Pool("max", 2, 2)) for layer in layers[1:3])
    layers[3] = Layer(LAYERS[3], "fc", (1, 1, inputs[3]), (1, 1), outputs[3])
    header = Header(
        name="digits_cnn",
        dataset="digits",
        classes=CLASSES,
        int8_top1=int8_top1,
        int8_top1_source="exact integer inference on the stored test images",
        int8_top1_status="measured",
        source="trained by siam_dse.validation.digits_training",
    )
    edges = [Edge(i - 1 if i else HOST, i, "input", layer.ifm) for i, layer in enumerate(layers)]
    return to_network(header, layers, edges)

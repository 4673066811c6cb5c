"""A PyTorch module as a network; what needs PyTorch is skipped without it."""

import sys

import pytest

import siam_dse as sd


def test_pytorch_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(sd.InputError, match=r"needs PyTorch .* pip install torch onnx onnxscript"):
        sd.from_torch(object(), None)


@pytest.fixture
def torch():
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    return pytest.importorskip("torch")


def test_convolutions_by_hand(torch):
    nn = torch.nn
    layers = [
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, stride=2),
    ]
    module = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(), nn.Linear(16 * 49, 10))
    network = sd.from_torch(module, torch.zeros(1, 3, 32, 32), name="small")
    assert (network.name, network.classes) == ("small", 10)
    assert network.weights.tolist() == [216, 1152, 7840]
    assert network.weight_macs.tolist() == [216 * 1024, 1152 * 49, 7840]
    assert module.training  # as it was
    assert sd.evaluate(network, sd.Designs.grid(adc_bits=[6])).to_frame()["latency_ms"][0] > 0


def test_attention_and_recurrence_by_hand(torch):
    nn = torch.nn

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
            self.lstm = nn.LSTM(32, 16, batch_first=True)

        def forward(self, x):
            return self.lstm(self.attention(x, x, x)[0])[0]

    network = sd.from_torch(Both(), (torch.zeros(1, 10, 32),))
    assert network.name == "Both"
    assert network.product_macs.sum() == 2 * 10 * 10 * 32
    assert network.weights.sum() == 4 * 32 * 32 + (32 + 16) * 64
    assert network.weight_macs.sum() == 10 * network.weights.sum()


def test_faults(torch):
    with pytest.raises(sd.InputError, match=r"module: got int; must be a torch\.nn\.Module"):
        sd.from_torch(3, torch.zeros(1))
    with pytest.raises(sd.InputError, match=r"example: got \(list\); must be a tensor"):
        sd.from_torch(torch.nn.Linear(2, 3), [1, 2])
    with pytest.raises(sd.InputError, match="module Linear: PyTorch cannot export it"):
        sd.from_torch(torch.nn.Linear(2, 3), torch.zeros(1, 5))
    with pytest.raises(sd.InputError, match="module ReLU: holds no convolution"):
        sd.from_torch(torch.nn.ReLU(), torch.zeros(1, 5))

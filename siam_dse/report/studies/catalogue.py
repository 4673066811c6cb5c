"""The studies there are."""

from collections.abc import Mapping
from types import MappingProxyType

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.report.studies import accuracy, bandwidth, heat, mixed, monolithic, noc, styles, topology
from siam_dse.report.studies.study import Study

_PAPER = ("resnet110", "vgg19_cifar100", "resnet50", "vgg16", "densenet40")

STUDIES: Mapping[str, Study] = MappingProxyType(
    {
        study.name: study
        for study in (
            Study(
                "styles", "Homogeneous against custom chiplets",
                "What do equal dies cost in silicon, and what does cutting each die to its tiles save?",
                _PAPER, styles.METHOD, styles.answer,
            ),
            Study(
                "bandwidth", "NoP bandwidth", "From where on is the network on package not the bottleneck?",
                ("resnet50", "vgg19_cifar100"), bandwidth.METHOD, bandwidth.answer,
            ),
            Study(
                "monolithic", "Chiplets against one die",
                "From which silicon area on do chiplets win, at which prices?",
                ("resnet110", "resnet50", "vgg19_cifar100", "vgg16"), monolithic.METHOD, monolithic.answer,
            ),
            Study(
                "accuracy", "A front with and without accuracy",
                "Which crossbar sizes and ADC resolutions survive once accuracy has a price?",
                ("resnet50",), accuracy.METHOD, accuracy.answer, takes_setting=False,
            ),
            Study(
                "noc", "Both levels of the mesh",
                "Does the closed form that the search uses keep the order of designs?",
                ("resnet50", "vgg19_cifar100", "resnet110"), noc.METHOD, noc.answer,
            ),
            Study(
                "mixed", "Two kinds of chiplets", "What does a second kind of chiplets in a package buy?",
                ("resnet50", "resnet110", "vit_b16"), mixed.METHOD, mixed.answer,
            ),
            Study(
                "topology", "Networks of chiplets", "What do a torus, a ring and a hub buy and cost against a mesh?",
                ("resnet50", "resnet110"), topology.METHOD, topology.answer,
            ),
            Study(
                "heat", "Heat of a package", "How hot do chiplets get, and how much cooling do their cells need?",
                ("resnet50", "vit_b16"), heat.METHOD, heat.answer,
            ),
        )
    }
)  # fmt: skip


def study_named(name: str) -> Study:
    """Study by name; an unknown one lists those there are."""
    if name not in STUDIES:
        raise InputError("study", unknown_name("study", name, STUDIES))
    return STUDIES[name]

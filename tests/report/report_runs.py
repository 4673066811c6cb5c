"""A small run on disk: every design of a space of eight, in milliseconds."""

from siam_dse.runs.spaces import space_of_text
from siam_dse.search.enumeration import enumerate_space
from siam_dse.workload.load import load_network

SMALL = """
name: small
axes:
  crossbar_size: [64, 128]
  tiles_per_chiplet: [4, 9]
  nop_bandwidth_gbps: [80, 160]
objectives: {tiles: minimise, utilisation: maximise}
constraints: [fits, chiplets <= 60]
"""


def small_run(results, name="small"):
    """Folder of a complete enumeration of the small space for LeNet-5."""
    return enumerate_space(load_network("lenet5"), space_of_text(SMALL, "small"), name=name, results=results)

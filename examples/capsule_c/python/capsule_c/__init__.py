"""A question about a history in C, to the graph of `vermilion`.

>>> import capsule_c, vermilion
>>> graph = vermilion.Graph.from_parents([(-1, -1), (0, -1), (0, -1), (1, 2)])
>>> capsule_c.count_common(graph, 1, 2)
1
"""

import hpy_host

hpy_host.load_submodule("capsule_c._native")

from capsule_c._native import count_common  # noqa: E402

__all__ = ["count_common"]

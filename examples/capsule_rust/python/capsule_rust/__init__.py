"""Questions about a history in Rust, to the graph of `vermilion`.

>>> import capsule_rust, vermilion
>>> graph = vermilion.Graph.from_parents([(-1, -1), (0, -1), (0, -1), (1, 2)])
>>> capsule_rust.count_common(graph, [1, 2])
1
"""

import hpy_host

hpy_host.load_submodule("capsule_rust._native")

from capsule_rust._native import count_common, depth  # noqa: E402

__all__ = ["count_common", "depth"]

import os
import sys

# In a checkout of Vermilion, in examples/ or at the root; elsewhere, where its crates
# hpy-bindings and vermilion-graph-capi are.
CRATES = os.environ.get("VERMILION_CRATES") or ".."
sys.path.append(os.path.join(CRATES, "hpy-bindings", "python"))

import hpy_build

include = [os.path.join(CRATES, "graph-capi", "include")]
hpy_build.setup({"capsule_c._native": hpy_build.C(["src/native.c"], include)})

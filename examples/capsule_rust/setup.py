import json
import os
import subprocess
import sys

# What builds the module is part of the crate hpy-bindings; cargo knows where that lies.
cargo = [os.environ.get("CARGO") or "cargo", "metadata", "--format-version=1"]
packages = json.loads(subprocess.check_output(cargo))["packages"]
bindings = next(package for package in packages if package["name"] == "hpy-bindings")
sys.path.append(os.path.join(os.path.dirname(bindings["manifest_path"]), "python"))

import hpy_build

hpy_build.setup({"capsule_rust._native": "capsule_rust"})

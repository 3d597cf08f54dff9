"""Makes HTML safe: the Rust crate ammonia."""

import hpy_host

hpy_host.load_submodule("nh3._native")

from nh3._native import (  # noqa: E402
    ALLOWED_ATTRIBUTES,
    ALLOWED_TAGS,
    ALLOWED_URL_SCHEMES,
    CLEAN_CONTENT_TAGS,
    Cleaner,
    __version__,
    clean,
    clean_text,
    escape,
    is_html,
)

__all__ = [
    "ALLOWED_ATTRIBUTES",
    "ALLOWED_TAGS",
    "ALLOWED_URL_SCHEMES",
    "CLEAN_CONTENT_TAGS",
    "Cleaner",
    "__version__",
    "clean",
    "clean_text",
    "escape",
    "is_html",
]

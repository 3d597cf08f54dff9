"""The steps of the tutorial in docs/tutorial."""

import hpy_host

hpy_host.load_submodule("tutorial._native")

from tutorial._native import (  # noqa: E402
    Collatz,
    Names,
    PlaceError,
    Rectangle,
    Sieve,
    add_two,
    clamp,
    count_lines,
    count_primes,
    mean,
    packed_primes,
    parse_place,
    primes_capsule,
    sum_packed,
)
from tutorial.team import Team  # noqa: E402

__all__ = [
    "Collatz",
    "Names",
    "PlaceError",
    "Rectangle",
    "Sieve",
    "Team",
    "add_two",
    "clamp",
    "count_lines",
    "count_primes",
    "mean",
    "packed_primes",
    "parse_place",
    "primes_capsule",
    "sum_packed",
]

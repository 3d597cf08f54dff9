from numba import njit


@njit
def add_two(a, b):
    acc = 0
    for _ in range(1000):
        acc += a + b
    return acc


@njit
def plus(a, b):
    total = a + b  # Numba's ints wrap around and do not tell
    if (total ^ a) & (total ^ b) < 0:
        raise OverflowError("the sum does not fit")
    return total


@njit
def add_two_checked(a, b):
    acc = 0
    for _ in range(1000):
        acc = plus(acc, plus(a, b))
    return acc


@njit
def upper(texts):
    return [text.upper() for text in texts]

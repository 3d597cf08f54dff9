from numba import njit


@njit
def add_two(n):
    return n + 2


@njit
def upper(texts):
    return [text.upper() for text in texts]

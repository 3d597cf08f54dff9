# cython: language_level=3

def add_two(long n):
    return n + 2


def upper(list texts):
    cdef str text
    return [text.upper() for text in texts]

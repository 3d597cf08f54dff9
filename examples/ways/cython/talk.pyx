# cython: language_level=3
# distutils: extra_compile_args = -fwrapv
cimport cython


def add_two(long a, long b):
    cdef long acc = 0
    for _ in range(1000):
        acc += a + b
    return acc


@cython.overflowcheck(True)
def add_two_checked(long a, long b):
    cdef long acc = 0
    for _ in range(1000):
        acc += a + b
    return acc


def upper(list texts):
    cdef str text
    return [text.upper() for text in texts]

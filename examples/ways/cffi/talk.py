from _talk import ffi, lib

add_two = lib.add_two


def add_two_checked(a, b):
    acc = ffi.new("long *")
    if not lib.add_two_checked(a, b, acc):
        raise OverflowError("the sum does not fit")
    return acc[0]


def upper(texts):
    done = []
    for text in texts:
        buffer = bytearray(text, "ascii")  # C's toupper knows no other letters
        lib.upper(ffi.from_buffer(buffer), len(buffer))
        done.append(buffer.decode("ascii"))
    return done

def add_two(a, b):
    acc = 0
    for _ in range(1000):
        acc += a + b
    return acc


add_two_checked = add_two  # Python's ints have no end


def upper(texts):
    return [text.upper() for text in texts]

def add_two(n):
    return n + 2


def upper(texts):
    return [text.upper() for text in texts]

"""Step 8: a class in Python around native objects."""

from collections.abc import Sequence

from tutorial._native import Names


class Team(Sequence):
    """A sequence of names; any other attributes may be set."""

    def __init__(self, title, names=()):
        self.title = title
        self._names = Names(list(names))
        # Looked up once: that is one step less at each call.
        self.append = self._names.append

    def __len__(self):
        return len(self._names)

    def __getitem__(self, index):
        return self._names[index]

    def __contains__(self, name):
        return name in self._names

    def __iter__(self):
        return iter(self._names)

    def __repr__(self):
        return f"{type(self).__name__}({self.title!r}, {list(self)!r})"

"""The random draws of the randomisation macros, in Python's integers."""

import hashlib

MODULUS = 2**31 - 1


def draw(key: object, seed: object, replicate: int) -> int:
    """The draw of a unit in a replicate."""
    digest = hashlib.md5(f"{seed}:{key}".encode(), usedforsecurity=False).hexdigest()
    start, step = int(digest[:15], 16) % MODULUS, int(digest[16:31], 16) % (MODULUS - 1) + 1
    return pow(start + replicate * step, 5, MODULUS)

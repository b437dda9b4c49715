"""The same questions as the sweep of benches/stays.rs, answered by vectorised numpy: seconds, and the sums of what was answered.

One column a stay, one row a person. Counts by clipping; what is monotone is found by halving, for everybody at once.
"""

import os
import sys
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np

LIMIT, WINDOW = 90, 180

lives = np.fromfile(sys.argv[1], dtype="<i4").reshape(-1, 5, 2)
on = int(sys.argv[2])
# Column by column, as numpy likes it.
entries = [np.ascontiguousarray(lives[:, stay, 0]) for stay in range(5)]
exits = [np.ascontiguousarray(np.minimum(lives[:, stay, 1], on)) for stay in range(5)]

begun = time.perf_counter()


def up_to(day):
    """Days of presence up to and including a day."""
    total = 0
    for entry, exit in zip(entries, exits):
        total = total + np.clip(np.minimum(exit, day) - entry + 1, 0, None)
    return total


def smallest(low, high, holds):
    """The smallest number from low to high for which a monotone question holds; high when only that does."""
    while np.any(low < high):
        middle = (low + high) // 2
        yes = holds(middle)
        high = np.where(yes, middle, high)
        low = np.where(yes, low, np.minimum(middle + 1, high))
    return low


people = len(lives)
before = up_to(on - 1)
present = up_to(on)
used = present - up_to(on - WINDOW)
longest = smallest(np.zeros(people, "i4"), np.full(people, LIMIT, "i4"), lambda n: before - up_to(on + n - WINDOW) + n + 1 > LIMIT)
here = (present - before).astype("i4")
free_today = used + 1 - here <= LIMIT
later = smallest(np.ones(people, "i4"), np.full(people, WINDOW, "i4"), lambda n: present - up_to(on + n - WINDOW) + 1 <= LIMIT)
entry = np.where(free_today, 0, later)
breach = 0
for first, last in zip(entries, exits):
    length = np.clip(last - first + 1, 0, None)
    begins = smallest(np.zeros(people, "i4"), length, lambda n: up_to(first + n) - up_to(first + n - WINDOW) > LIMIT)
    breach = breach + (length - begins)

seconds = time.perf_counter() - begun
print(f"{seconds:.4f}", int(used.sum(dtype="i8")), int(longest.sum(dtype="i8")), int(entry.sum(dtype="i8")), int(breach.sum(dtype="i8")))

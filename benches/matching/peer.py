"""Solves hospital/residents instances with the package `matching` and prints what it took: "residents build solve sum" a line.

The package is fetched into an environment of its own. The instances are those of `tests/it/matching/instances.rs`.
"""
import pathlib
import subprocess
import sys
import threading
import time
import venv

PACKAGE = "matching==1.4.3"
HOME = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/matching-python")
MASK = (1 << 64) - 1
SEED = 20_240_501


def fetch():
    """Fetches the package, once."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=True, stdout=sys.stderr)
    sys.path.insert(0, str(next((HOME / "lib").glob("python3*")) / "site-packages"))


def mix(number):
    mixed = (number + 0x9E3779B97F4A7C15) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return mixed ^ (mixed >> 31)


def draw(seed, one, other):
    return mix(mix(mix(seed) ^ one) ^ other)


def listed(resident, hospitals):
    found, count = [], 0
    while len(found) < 10:
        hospital = min(int((draw(SEED, resident, count) >> 11) * 2.0**-53 * hospitals), hospitals - 1)
        if hospital not in found:
            found.append(hospital)
        count += 1
    return found


def solve(residents):
    from matching.games import HospitalResident

    hospitals = residents // 10
    lists = {f"r{resident}": [f"h{hospital}" for hospital in listed(resident, hospitals)] for resident in range(residents)}
    asked = {}
    for resident, wished in lists.items():
        for hospital in wished:
            asked.setdefault(hospital, []).append(resident)
    ranked = {
        hospital: sorted(names, key=lambda name: -draw(SEED ^ 0x9E3779B97F4A7C15, int(hospital[1:]), int(name[1:]))) for hospital, names in asked.items()
    }
    begun = time.perf_counter()
    game = HospitalResident.create_from_dictionaries(lists, ranked, {hospital: 10 for hospital in ranked})
    built = time.perf_counter()
    solution = game.solve(optimal="resident")
    solved = time.perf_counter()
    got = {int(resident.name[1:]): int(hospital.name[1:]) for hospital, matched in solution.items() for resident in matched}
    total = sum(draw(1, resident, got.get(resident, -1) + 1) for resident in range(residents)) & MASK
    print(residents, f"{built - begun:.6f} {solved - built:.6f} {total:016x}", flush=True)


def main():
    for residents in (1_000, 10_000):
        solve(residents)


if __name__ == "__main__":
    fetch()
    # The package copies its players recursively.
    sys.setrecursionlimit(1_000_000)
    threading.stack_size(1 << 30)
    runner = threading.Thread(target=main)
    runner.start()
    runner.join()

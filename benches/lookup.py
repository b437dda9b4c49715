"""Prints family names and given names by language and sex, as JSON: {"ru": {"male": {"family": [...], "given": [...]}, "female": ...}, "kk": ...}.

The names come from the package mimesis, fetched into an environment of its own.
"""
import json
import pathlib
import subprocess
import sys
import venv

PACKAGE = "mimesis==22.2.0"
HOME = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/lookup-python")


def fetch():
    """Fetches the package, once."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=True, stdout=sys.stderr)
    return next((HOME / "lib").glob("python3*")) / "site-packages"


def names(packages, language, sex):
    """The names of one sex; where a language has one list for both, that one."""
    people = json.loads((packages / "mimesis" / "datasets" / language / "person.json").read_text(encoding="utf-8"))

    def of(kind):
        found = people[kind]
        return sorted({name.strip() for name in (found[sex] if isinstance(found, dict) else found)})

    families = of("surnames")
    if language == "kk":
        # Most Kazakh family names are a forefather's given name with a Russian ending; the package has few of them.
        ending = "ов" if sex == "male" else "ова"
        families = sorted({*families, *(name + ending for name in people["names"]["male"] if name[-1] not in "аәеиоуыэюя")})
    return {"family": families, "given": of("names")}


if __name__ == "__main__":
    home = fetch()
    print(json.dumps({language: {sex: names(home, language, sex) for sex in ("male", "female")} for language in ("ru", "kk")}, ensure_ascii=False))

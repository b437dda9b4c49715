"""Prints names, how each convention writes them in the other script, and the convention: language, name, spelling, convention, by tabulators.

The names come from the package mimesis, the Russian conventions from the package iuliia; both are fetched into an environment of their own. Kazakh conventions:
the tables below. A last line of each language is the name itself, with the convention "native".
"""
import json
import pathlib
import subprocess
import sys
import venv

PACKAGES = ["iuliia==0.13.0", "mimesis==22.2.0"]
HOME = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/names-python")

SAME = dict(zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf"))
DIGRAPHS = {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ы": "y", "э": "e", "ъ": "", "ь": ""}
PLAIN = {"ә": "a", "ғ": "g", "і": "i", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h"}
QAZAQ = {"ж": "j", "қ": "q", "х": "h", "һ": "h"}
KAZAKH = {
    # What passports of Kazakhstan show.
    "passport": {**SAME, **DIGRAPHS, **PLAIN, "ё": "yo", "й": "y", "ю": "yu", "я": "ya"},
    # ICAO Doc 9303-3, with the letters it lacks as in passports.
    "icao": {**SAME, **DIGRAPHS, **PLAIN, "ё": "e", "й": "i", "ю": "iu", "я": "ia", "ъ": "ie"},
    # BGN/PCGN 1979.
    "bgn-pcgn": {**SAME, **DIGRAPHS, "ә": "ä", "ғ": "gh", "ё": "yo", "и": "ī", "і": "i", "й": "y", "қ": "q", "ң": "ng", "ө": "ö", "у": "ū", "ұ": "u", "ү": "ü",
                 "һ": "h", "э": "ė", "ю": "yu", "я": "ya", "ъ": "”", "ь": "’"},
    # Decree of 19 February 2018, with acutes.
    "latin-2018": {**SAME, **DIGRAPHS, **QAZAQ, "ә": "á", "ғ": "ǵ", "ё": "io", "и": "ı", "і": "i", "й": "ı", "ң": "ń", "ө": "ó", "у": "ý", "ұ": "u", "ү": "ú",
                   "щ": "sh", "ю": "ıý", "я": "ıa"},
    # The draft of 28 January 2021.
    "latin-2021": {**SAME, **DIGRAPHS, **QAZAQ, "ә": "ä", "ғ": "ğ", "ё": "yo", "і": "ı", "й": "i", "ң": "ñ", "ө": "ö", "ұ": "ū", "ү": "ü", "ш": "ş", "щ": "şş",
                   "ю": "iu", "я": "ia"},
    # Decree of 26 October 2017, with apostrophes.
    "latin-2017": {**SAME, **DIGRAPHS, **QAZAQ, "ә": "a'", "ғ": "g'", "ё": "yo", "и": "i'", "і": "i", "й": "i'", "ң": "n'", "ө": "o'", "у": "y'", "ұ": "u", "ү": "u'",
                   "ч": "c'", "ш": "s'", "щ": "s'", "ю": "i'y'", "я": "i'a"},
    # ISO 9:1995.
    "iso-9": {**SAME, "ә": "a̋", "ғ": "ġ", "ё": "ë", "ж": "ž", "і": "ì", "й": "j", "қ": "ķ", "ң": "ņ", "ө": "ô", "ұ": "ū", "ү": "ù", "х": "h", "һ": "ḥ", "ц": "c",
              "ч": "č", "ш": "š", "щ": "ŝ", "ъ": "ʺ", "ы": "y", "ь": "ʹ", "э": "è", "ю": "û", "я": "â"},
    # As a Russian document writes the name.
    "russified": {"ә": "а", "ғ": "г", "қ": "к", "ң": "н", "ө": "о", "ұ": "у", "ү": "у", "һ": "х", "і": "и"},
}


def fetch():
    """Fetches the packages, once."""
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True, stdout=sys.stderr)
    return next((HOME / "lib").glob("python3*")) / "site-packages"


def names(packages, language):
    """Family names and given names of a language."""
    people = json.loads((packages / "mimesis" / "datasets" / language / "person.json").read_text(encoding="utf-8"))
    found = set()
    for kind in people["surnames"], people["names"]:
        for some in kind.values() if isinstance(kind, dict) else [kind]:
            found |= {name.strip() for name in some}
    return sorted(name for name in found if name and all(letter.isalpha() or letter in "-' " for letter in name))


def main():
    packages = fetch()
    sys.path.insert(0, str(packages))
    import iuliia

    russian = {convention: getattr(iuliia, convention).translate for convention in iuliia.__all__ if convention.isupper()}
    kazakh = {
        convention: lambda name, table=table: "".join(table.get(letter, letter) for letter in name.lower()).capitalize() for convention, table in KAZAKH.items()
    }
    for language, conventions in ("ru", russian), ("kk", kazakh):
        for name in names(packages, language):
            print(language, name, name, "native", sep="\t")
            for convention, write in conventions.items():
                print(language, name, write(name), convention, sep="\t")


if __name__ == "__main__":
    main()

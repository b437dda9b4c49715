//! The cases that make duplicate detection hard, by name, and what holds whatever the records say.

use std::sync::LazyLock;

use proptest::{option, prelude::*, sample::select};
use strum::IntoEnumIterator as _;

use super::*;

const PEOPLE: u64 = 1_000_000;

fn record(family: &str, given: &str, patronymic: &str, birth_on: &str) -> Record {
    Record {
        family: Name::family([family]),
        given: Name::given([given]),
        patronymic: Name::patronymic([patronymic].into_iter().filter(|name| !name.is_empty())),
        birth_on: Some(birth_on.parse().unwrap()),
        ..Record::default()
    }
}

fn woman(family: &str, given: &str, patronymic: &str, birth_on: &str) -> Record {
    Record { sex: Some(Sex::Female), ..record(family, given, patronymic, birth_on) }
}

fn with_document(record: Record, number: &str, in_force: bool) -> Record {
    let document = Document { kind: "PASSPORT".to_owned(), country: "RUS".to_owned(), number: number.to_owned(), in_force };
    Record { documents: vec![document], ..record }
}

fn with_iin(record: Record, iin: &str) -> Record {
    Record { iin: Some(iin.to_owned()), ..record }
}

/// The same flat: one phone, one region.
fn at_home(record: Record) -> Record {
    Record { region: Some("AKMOLA".to_owned()), phone: Some("+77011234567".to_owned()), ..record }
}

fn model() -> &'static Model {
    static MODEL: LazyLock<Model> = LazyLock::new(|| Model::with(Overrides::default()).unwrap());
    &MODEL
}

fn band_among(one: &Record, other: &Record, frequencies: Frequencies) -> Band {
    model().band(&model().weigh(&compare(one, other), frequencies, PEOPLE))
}

fn band(one: &Record, other: &Record) -> Band {
    band_among(one, other, Frequencies::default())
}

#[test]
fn one_person_in_two_scripts() {
    let (one, other) = (record("Жұмабаев", "Ерлан", "", "1984-03-05"), record("Zhumabayev", "Yerlan", "", "1984-03-05"));
    assert_eq!(band(&one, &other), Band::Same);
    let mixed = record("Жұмaбaев", "Ерлан", "", "1984-03-05");
    assert_eq!(compare(&one, &mixed).level(Field::FamilyName), Level::Equal, "Latin letters that look the same");
}

#[test]
fn a_frequent_surname_is_looked_at() {
    let (one, other) = (record("Ким", "Анна", "", "1984-03-05"), record("Kim", "Anna", "", "1984-03-05"));
    let held_by = |people| Frequencies { family: Some(Frequency { people, rarer: None }), given: None };
    assert_eq!(band_among(&one, &other, held_by(PEOPLE / 100)), Band::Look);
    assert_eq!(band_among(&one, &other, held_by(PEOPLE / 10_000)), Band::Same);
}

#[test]
fn twins_are_two_people() {
    let (one, other) = (woman("Карпенко", "Ольга", "Артуровна", "2005-11-10"), woman("Карпенко", "Вера", "Артуровна", "2005-11-10"));
    assert_ne!(band(&at_home(one), &at_home(other)), Band::Same);
}

#[test]
fn twins_with_names_one_letter_apart_are_two_people() {
    let (one, other) = (woman("Карпенко", "Лина", "Артуровна", "2005-11-10"), woman("Карпенко", "Дина", "Артуровна", "2005-11-10"));
    let rarer = |rarer| Frequencies { given: Some(Frequency { people: 9000, rarer: Some(rarer) }), family: None };
    assert_ne!(band_among(&at_home(one.clone()), &at_home(other.clone()), rarer(4000)), Band::Same);
    assert_eq!(band_among(&at_home(one), &at_home(other), rarer(5)), Band::Same, "what nobody is called is a slip of the pen");
    assert_ne!(
        band(&record("Карпенко", "Таисия", "", "2005-11-10"), &record("Karpenko", "Tara", "", "2005-11-10")),
        Band::Same,
        "folds are nearer than the names"
    );
}

#[test]
fn father_and_son_with_the_same_initials_are_two_people() {
    let (father, son) = (record("Иванов", "Иван", "Иванович", "1960-05-03"), record("Иванов", "Иван", "Иванович", "1988-11-27"));
    assert_ne!(band(&at_home(father), &at_home(son)), Band::Same);
    let (father, son) = (record("Иванов", "А.", "С.", "1960-05-03"), record("Иванов", "А.", "С.", "1960-05-03"));
    assert_ne!(band(&father, &son), Band::Same, "not even with one birth date");
}

#[test]
fn mother_and_daughter_after_marriage_are_two_people() {
    let (mother, daughter) = (woman("Петрова", "Анна", "Ивановна", "1960-05-03"), woman("Сидорова", "Анна", "Петровна", "1988-05-03"));
    assert_ne!(band(&at_home(mother), &at_home(daughter)), Band::Same);
}

#[test]
fn a_surname_changes_with_marriage() {
    let (before, after) = (woman("Петрова", "Анна", "Ивановна", "1960-05-03"), woman("Сидорова", "Анна", "Ивановна", "1960-05-03"));
    assert_eq!(compare(&before, &after).level(Field::FamilyName), Level::Married);
    assert_eq!(band(&before, &after), Band::Look);
    assert_eq!(band(&at_home(before.clone()), &at_home(after.clone())), Band::Same);
    assert!(keys(&before).iter().any(|key| keys(&after).contains(key)));
    let man = |family| Record { sex: Some(Sex::Male), ..record(family, "Иван", "Иванович", "1960-05-03") };
    assert_eq!(compare(&man("Петров"), &man("Сидоров")).level(Field::FamilyName), Level::Different);
}

#[test]
fn the_first_of_january_is_nearly_no_birth_date() {
    let born = |birth_on| record("Ахмедов", "Али", "", birth_on);
    assert_eq!(band(&born("1980-03-05"), &born("1980-03-05")), Band::Same);
    assert_eq!(band(&born("1980-01-01"), &born("1980-01-01")), Band::Look);
    assert_eq!(compare(&born("1980-01-01"), &born("1980-03-05")).level(Field::BirthDate), Level::FirstOfJanuary);
}

#[test]
fn one_letter_never_links() {
    let full = record("Иванов", "Александр", "Сергеевич", "1984-03-05");
    let given = |given| compare(&full, &record("Иванов", given, "Сергеевич", "1984-03-05")).level(Field::GivenName);
    assert_eq!((given("А."), given("С.")), (Level::Similar, Level::Different));
    assert_eq!(
        compare(&record("Ли", "Ян", "", "1984-03-05"), &record("Ни", "Ян", "", "1984-03-05")).level(Field::FamilyName),
        Level::Different
    );
    let (one, other) = (record("Ким", "Ая", "", "1984-03-05"), record("Kim", "Aya", "", "1984-03-05"));
    assert_eq!(compare(&one, &other).level(Field::GivenName), Level::Equal, "two letters that are read as one");
    assert_ne!(compare(&one, &record("Ким", "Ию", "", "1984-03-05")).level(Field::GivenName), Level::Equal);
}

#[test]
fn one_part_of_a_double_name_is_very_similar() {
    let (double, single) = (record("Иванова-Петрова", "Анна Мария", "", "1984-03-05"), record("Petrova", "Maria", "", "1984-03-05"));
    let comparison = compare(&double, &single);
    assert_eq!((comparison.level(Field::FamilyName), comparison.level(Field::GivenName)), (Level::VerySimilar, Level::VerySimilar));
    assert!(keys(&double).iter().any(|key| key.kind == KeyKind::Names && keys(&single).contains(key)));
}

#[test]
fn a_word_of_kinship_is_not_in_common() {
    let (one, other) = (record("Сапаров", "Алуа", "Абай қызы", "1984-03-05"), record("Сапаров", "Алуа", "Нұрлан қызы", "1984-03-05"));
    assert!(compare(&one, &other).level(Field::Patronymic) > Level::VerySimilar);
}

#[test]
fn swapped_names_are_seen() {
    let (one, other) = (record("Абильдаев", "Ерлан", "Абайұлы", "1984-03-05"), record("Yerlan", "Abildaev", "Abayuly", "1984-03-05"));
    let comparison = compare(&one, &other);
    assert_eq!((comparison.level(Field::SwappedNames), comparison.level(Field::FamilyName)), (Level::Equal, Level::Missing));
    assert_eq!(band(&one, &other), Band::Same);
    assert!(keys(&one).iter().any(|key| key.kind == KeyKind::Names && keys(&other).contains(key)));
}

#[test]
fn numbers_decide_by_themselves() {
    let (one, other) = (record("Иванов", "Иван", "", "1984-03-05"), record("Schmidt", "Hans", "", "1991-11-27"));
    assert_eq!(band(&with_iin(one.clone(), "840305300123"), &with_iin(other.clone(), "840305300123")), Band::Same);
    let renamed = record("Schmidt", "Hans", "", "1984-03-05");
    assert_eq!(band(&with_document(one.clone(), "N1", true), &with_document(renamed, "N1", true)), Band::Same);
    assert_ne!(band(&with_document(one, "N1", true), &with_document(other, "N1", true)), Band::Same, "another birth date");
}

#[test]
fn what_one_person_cannot_have_is_looked_at() {
    let one = record("Жұмабаев", "Ерлан", "", "1984-03-05");
    let passport = |number, in_force| with_document(one.clone(), number, in_force);
    assert_eq!(band(&passport("N1234567", true), &passport("N7654321", true)), Band::Look);
    assert_eq!(
        model().weigh(&compare(&passport("N1234567", true), &passport("N7654321", true)), Frequencies::default(), PEOPLE).veto,
        Some(Veto::Documents)
    );
    assert_eq!(compare(&passport("N1234567", true), &passport("N7654321", false)).level(Field::Document), Level::Different);
    assert_eq!(band(&with_iin(passport("N1", true), "840305300123"), &with_iin(passport("N1", true), "840305300131")), Band::Look);
    let holder = |number| with_iin(passport(number, true), "840305300123");
    assert_eq!(band(&holder("N1234567"), &holder("N7654321")), Band::Same, "two passports, one identification number");
}

#[test]
fn nothing_personal_is_printed() {
    let printed = format!(
        "{:?} {:?}",
        at_home(with_document(record("Иванов", "Иван", "", "1984-03-05"), "N1", true)),
        keys(&record("Иванов", "Иван", "", "1984-03-05"))
    );
    assert!(printed.starts_with("Record [Key(Names), "), "{printed}");
}

fn records() -> impl Strategy<Value = Record> {
    let names = || {
        select(vec!["Иванов", "Ivanov", "Иванова-Петрова", "Petrova", "Иван", "Ivan", "А.", "Ая", "Лина", "Дина", "", "李", "Zhumabayev"])
    };
    let days = select(vec!["1984-03-05", "1984-05-03", "1984-01-01", "1984-03-15", "1985-03-05", "2001-12-31"]);
    let numbers = || select(vec!["N1234567", "N1234568", "P7654321"]);
    let documents = prop::collection::vec((numbers(), any::<bool>()), 0..3);
    let some = || option::of(select(vec!["A", "B"]));
    (
        (names(), names(), names()),
        option::of(days),
        documents,
        some(),
        (some(), some(), some()),
        option::of(select(vec![Sex::Female, Sex::Male])),
    )
        .prop_map(|((family, given, patronymic), day, documents, iin, (region, phone, email), sex)| {
            let document = |(number, in_force): (&str, bool)| with_document(Record::default(), number, in_force).documents;
            Record {
                birth_on: day.map(|day| day.parse().unwrap()),
                documents: documents.into_iter().flat_map(document).collect(),
                iin: iin.map(str::to_owned),
                region: region.map(str::to_owned),
                phone: phone.map(str::to_owned),
                email: email.map(str::to_owned),
                sex,
                ..record(family, given, patronymic, "1984-03-05")
            }
        })
}

fn comparisons() -> impl Strategy<Value = Comparison> {
    let levels: Vec<_> = Field::iter().map(|field| option::of(select(field.levels()))).collect();
    levels.prop_map(|levels| {
        Field::iter().zip(levels).fold(Comparison::default(), |all, (field, level)| all.with(field, level.unwrap_or_default()))
    })
}

fn frequencies() -> impl Strategy<Value = Frequencies> {
    let frequency = || option::of((0..2 * PEOPLE, option::of(0..PEOPLE)).prop_map(|(people, rarer)| Frequency { people, rarer }));
    (frequency(), frequency()).prop_map(|(family, given)| Frequencies { family, given })
}

#[test]
fn a_frequent_name_alone_is_not_worth_reading_the_others() {
    let here = |record| Record { region: Some("AKMOLA".to_owned()), sex: Some(Sex::Male), ..record };
    let (one, nameless) = (here(record("Ким", "Иван", "", "1984-03-05")), here(record("", "", "", "1991-11-27")));
    let is_read = |people, nameless: &Record| {
        model().could_be_looked_at(&one, compare(&one, nameless), Frequencies::of_own_names(&one, |_, _| people), PEOPLE)
    };
    assert!(!is_read(PEOPLE / 100, &nameless) && is_read(1, &nameless));
    assert!(is_read(PEOPLE / 100, &here(record("", "", "", "1984-03-05"))), "with the same birth date");
}

#[test]
fn frequent_names_are_read_where_they_may_be_exchanged() {
    let (one, other) = (record("Абильдаев", "Ерлан", "", "1984-03-05"), record("Ерлан", "Абильдаев", "", "1984-03-05"));
    let half = |_: Field, _: &str| PEOPLE / 2;
    assert_ne!(band_among(&one, &other, Frequencies::of_names(&one, &other, half)), Band::Different);
    let nameless = record("", "", "", "1984-03-05");
    assert!(model().could_be_looked_at(&one, compare(&one, &nameless), Frequencies::of_own_names(&one, half), PEOPLE));
}

proptest! {
    #[test]
    fn the_order_of_two_records_does_not_matter(one in records(), other in records()) {
        prop_assert_eq!(compare(&one, &other), compare(&other, &one));
    }

    #[test]
    fn what_is_missing_weighs_nothing(comparison in comparisons(), frequencies in frequencies(), people in any::<u64>()) {
        let weighed = model().weigh(&comparison, frequencies, people);
        prop_assert!(weighed.reasons.iter().all(|(field, _, _)| comparison.level(*field) != Level::Missing));
        prop_assert!((weighed.bits - weighed.reasons.iter().map(|(_, _, bits)| bits).sum::<f64>()).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&weighed.posterior));
        let nothing = model().weigh(&Comparison::default(), frequencies, people);
        prop_assert!(nothing.bits.abs() < f64::EPSILON && nothing.reasons.is_empty());
    }

    #[test]
    fn agreement_never_lowers_the_weight(comparison in comparisons(), frequencies in frequencies(), people in 1..2 * PEOPLE) {
        let bits = |comparison: Comparison| model().weigh(&comparison, frequencies, people).bits;
        for field in Field::iter() {
            for pair in field.levels().windows(2) {
                prop_assert!(bits(comparison.with(field, pair[0])) >= bits(comparison.with(field, pair[1])) - 1e-9, "{} {:?}", field, pair);
            }
            prop_assert!(bits(comparison.with(field, Level::Equal)) >= bits(comparison.with(field, Level::Missing)) - 1e-9, "{}", field);
        }
    }

    #[test]
    fn nobody_is_left_out_before_the_names_are_read(one in records(), other in records(), seed in any::<u64>(), people in 1..2 * PEOPLE) {
        let people_with = |field: Field, letters: &str| {
            letters.bytes().fold(seed, |mixed, letter| (mixed ^ u64::from(letter) ^ u64::from(field == Field::GivenName)).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> (seed % 64)
        };
        let own = Frequencies::of_own_names(&one, people_with);
        let weighed = model().weigh(&compare(&one, &other), Frequencies::of_names(&one, &other, people_with), people);
        if model().band(&weighed) != Band::Different {
            let nameless = Record { family: Name::default(), given: Name::default(), patronymic: Name::default(), ..other.clone() };
            prop_assert!(model().could_be_looked_at(&one, compare(&one, &nameless), own, people));
            prop_assert_ne!(model().band(&model().weigh(&compare(&one, &other), own, people)), Band::Different);
        }
    }

    #[test]
    fn more_people_make_it_less_likely(comparison in comparisons(), people in 1..PEOPLE) {
        let posterior = |people| model().weigh(&comparison, Frequencies::default(), people).posterior;
        prop_assert!(posterior(people) >= posterior(2 * people));
    }

    #[test]
    fn keys_come_in_order_and_once(one in records()) {
        let found = keys(&one);
        prop_assert!(found.is_sorted_by(|one, next| one < next));
        prop_assert_eq!(&found, &keys(&one));
        let more = with_document(one, "N0000001", false);
        let kept = keys(&more);
        prop_assert!(found.iter().filter(|key| key.kind != KeyKind::Document).all(|key| kept.contains(key)));
    }

    #[test]
    fn any_text_can_be_compared(one in any::<[String; 3]>(), other in any::<[String; 3]>()) {
        let [one, other] = [one, other].map(|[family, given, patronymic]| record(&family, &given, &patronymic, "1984-03-05"));
        prop_assert_eq!(compare(&one, &other), compare(&other, &one));
        prop_assert!(keys(&one).len() < 1000);
    }
}

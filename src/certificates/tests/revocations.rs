//! Lists of revoked certificates.

use proptest::prelude::*;

use super::*;
use crate::certificates::{
    Fault, Revocations,
    jws::{self, Kind},
    revocations::MOST,
    verify,
};

const ISSUER: &str = "relocation.registry";

fn list<'a>(numbers: impl IntoIterator<Item = &'a str>) -> String {
    Revocations::sign(ISSUER, day(2026, 11, 25), numbers, &key(1), &key_id(&key(1))).unwrap()
}

fn parse(text: &str) -> Result<Revocations, Fault> {
    Revocations::parse(text, &keys(&key(1)))
}

fn signed_list(payload: &[u8]) -> String {
    jws::sign(Kind::Revocations, payload, &key(1), &key_id(&key(1))).unwrap()
}

#[test]
fn a_list_knows_its_numbers_and_no_others() {
    let numbers: Vec<String> = (0..5000).map(|number| format!("N{number:08}")).collect();
    let revoked = parse(&list(numbers.iter().map(String::as_str))).unwrap();
    assert_eq!((revoked.len(), revoked.is_empty(), revoked.issuer(), revoked.issued_on()), (5000, false, ISSUER, day(2026, 11, 25)));
    assert!(numbers.iter().all(|number| revoked.contains(number)));
    assert!(revoked.contains("n00-000-123"));
    assert!(!(5000..10_000).any(|number| revoked.contains(&format!("N{number:08}"))));
    assert!(!revoked.contains("") && !revoked.contains("Ж"));
}

#[test]
fn the_same_numbers_give_the_same_text_and_no_number_stands_in_it() {
    let text = list(["AAAAAAAA1", "BBBBBBBB2"]);
    assert_eq!(text, list(["bbb-bbb-bb2", "AAAAAAAA1", "AAAAAAAA1"]));
    let payload = jws::open(Kind::Revocations, &text, &keys(&key(1)), 10_000).unwrap().0;
    assert!(!payload.windows(4).any(|window| window == b"AAAA" || window == b"BBBB"));
    assert!(parse(&list([])).unwrap().is_empty());
}

#[test]
fn a_revoked_certificate_is_called_revoked_and_no_other_is() {
    let (text, keys) = (signed(&specimen(), &key(1)), keys(&key(1)));
    let today = day(2026, 12, 1);
    let revoked = |numbers: &[&str]| parse(&list(numbers.iter().copied())).unwrap();
    assert_eq!(verify(&text, &keys, Some(&revoked(&["7KQ-M2P-4XD"])), today), Err(Fault::Revoked));
    assert_eq!(
        verify(&text, &keys, Some(&revoked(&["7KQ-M2P-4XD"])), day(2030, 1, 1)),
        Err(Fault::Revoked),
        "revoked weighs more than expired"
    );
    let verified = verify(&text, &keys, Some(&revoked(&["7KQ-M2P-4XE"])), today).unwrap();
    assert_eq!(verified.not_revoked_as_of, Some(day(2026, 11, 25)));
    assert_eq!(verify(&text, &keys, None, today).unwrap().not_revoked_as_of, None, "nothing is claimed that was not asked");
    let others = Revocations::sign("another", today, ["7KQM2P4XD"], &key(1), &key_id(&key(1))).unwrap();
    assert_eq!(verify(&text, &keys, Some(&parse(&others).unwrap()), today), Err(Fault::OtherIssuer));
}

#[test]
fn a_list_that_was_touched_is_no_list() {
    let text = list(["AAAAAAAA1", "BBBBBBBB2", "CCCCCCCC3"]);
    for at in 0..text.len() {
        let mut touched = text.clone().into_bytes();
        touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
        assert!(parse(std::str::from_utf8(&touched).unwrap()).is_err(), "{at}");
        assert!(parse(&text[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(Revocations::parse(&text, &keys(&key(2))), Err(Fault::UnknownKey));
    assert_eq!(parse(&signed(&specimen(), &key(1))), Err(Fault::Kind), "a statement is no list");
}

#[test]
fn what_is_signed_must_be_a_list_in_order_and_within_its_bound() {
    let head = r#"{"iss":"relocation.registry","on":"2026-11-25"}"#;
    let wrong: [&[u8]; 7] = [
        b"",
        b"\n",
        b"{}\n",
        b"12345678",
        b"\n12345678",
        b"{\"iss\":\"a\",\"on\":\"2026-02-30\"}\n",
        b"{\"iss\":\"a\",\"on\":\"2026-02-03\",\"x\":1}\n",
    ];
    for payload in wrong {
        assert_eq!(parse(&signed_list(payload)), Err(Fault::Malformed), "{payload:?}");
    }
    for hashes in ["1234567", "123456789", "2222222211111111", "1111111111111111"] {
        assert_eq!(parse(&signed_list(format!("{head}\n{hashes}").as_bytes())), Err(Fault::Malformed), "{hashes}");
    }
    assert_eq!(parse(&signed_list(format!("{head}\n1111111122222222").as_bytes())).unwrap().len(), 2);
    let mut full = format!("{head}\n").into_bytes();
    full.extend((0..MOST).flat_map(|entry| u64::try_from(entry).unwrap().to_be_bytes()));
    assert_eq!(parse(&signed_list(&full)).unwrap().len(), MOST);
    full.extend([0xff; 8]);
    assert_eq!(parse(&signed_list(&full)), Err(Fault::Malformed));
    full.resize(full.len() * 2, 0xff);
    assert_eq!(parse(&signed_list(&full)), Err(Fault::Unreadable), "too long to be looked at");
    for (issuer, number) in [("a", "short"), ("a", "Ж2345678"), (&*"a".repeat(600), "AAAAAAAA1")] {
        let unsigned = Revocations::sign(issuer, day(2026, 1, 1), [number], &key(1), "id");
        assert_eq!(unsigned, Err(Fault::Unsignable));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", payload in any::<Vec<u8>>()) {
        prop_assert!(parse(&text).is_err());
        let _any = parse(&signed_list(&payload));
    }
}

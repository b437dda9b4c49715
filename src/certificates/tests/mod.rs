//! A specimen, and what the tests of certificates share.

mod page;
mod pdf;
mod revocations;
mod statements;

use chrono::NaiveDate;
use ring::signature::Ed25519KeyPair;

use super::{Certificate, Issuer, PublicKeys, Statement, key_id, statement};
use crate::seal::Personal;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn keys(key: &Ed25519KeyPair) -> PublicKeys {
    PublicKeys::of(key).unwrap()
}

/// Its names have all nine letters that Kazakh has beyond Russian, large and small.
fn specimen() -> Certificate {
    Certificate {
        number: "7KQM2P4XD".to_owned(),
        family_name: Personal::new("ӘҒҚҢӨҰҮҺІева-Ёлкина".to_owned()),
        given_names: Personal::new("Гүлнәр Іңкәр".to_owned()),
        patronymic: Personal::new("Әғқңөұүһіқызы".to_owned()),
        birth_on: Personal::new(day(1988, 2, 29)),
        citizenship: "RUS".to_owned(),
        person_code: Personal::new("A1B-2C3-D4E".to_owned()),
        registered_on: day(2026, 10, 5),
        center: "KZ-43-1".to_owned(),
        issued_on: day(2026, 10, 7),
        valid_until: day(2027, 10, 4),
        issuer: Issuer {
            id: "relocation.registry".to_owned(),
            kazakh: "Релоканттар тізілімі".to_owned(),
            russian: "Реестр релокантов".to_owned(),
        },
    }
}

fn signed(certificate: &Certificate, key: &Ed25519KeyPair) -> String {
    statement::sign(&Statement::of(certificate), key, &key_id(key)).unwrap()
}

#[test]
fn a_number_is_read_as_people_type_it_and_printed_in_groups() {
    for typed in ["7KQM2P4XD", "7kq-m2p-4xd", " 7KQ M2P 4XD "] {
        assert_eq!(super::number(typed).as_deref(), Some("7KQM2P4XD"));
    }
    for wrong in ["", "7KQM2P4", "7KQM2P4XD7KQM2P4XD", "7KQM2P4XЖ", "7KQM2P4X\0"] {
        assert_eq!(super::number(wrong), None, "{wrong}");
    }
    assert_eq!(super::in_groups("7KQM2P4XD"), "7KQ-M2P-4XD");
    assert_eq!(super::in_groups("7KQM2P4XD2"), "7KQ-M2P-4XD-2");
}

#[test]
fn debug_prints_nothing_about_the_person() {
    let printed = format!("{:?} {:?}", specimen(), Statement::of(&specimen()));
    for personal in ["ӘҒҚ", "Гүлнәр", "қызы", "1988", "A1B", "Ә."] {
        assert!(!printed.contains(personal), "{personal}");
    }
}

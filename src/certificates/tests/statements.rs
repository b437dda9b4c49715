//! Signed statements: what they hold, and every way in which one can be wrong.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use ring::signature::KeyPair as _;

use super::*;
use crate::certificates::{
    Fault, Revocations,
    jws::{self, Kind},
    verify,
};

fn text() -> String {
    signed(&specimen(), &key(1))
}

fn check(text: &str) -> Result<crate::certificates::Verified, Fault> {
    verify(text, &keys(&key(1)), None, day(2026, 12, 1))
}

/// Signed by the right key, whatever stands in it.
fn signed_by_hand(header: &str, payload: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(key(1).sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn payload() -> String {
    String::from_utf8(URL_SAFE_NO_PAD.decode(text().split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[test]
fn a_statement_holds_what_is_needed_and_nothing_else() {
    assert_eq!(
        payload(),
        r#"{"no":"7KQM2P4XD","in":"Ә.Г.Ә.","reg":"2026-10-05","end":"2027-10-04","ctr":"KZ-43-1","iss":"relocation.registry"}"#
    );
    let header = URL_SAFE_NO_PAD.decode(text().split('.').next().unwrap()).unwrap();
    assert_eq!(header, format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"cert"}}"#, key_id(&key(1))).into_bytes());
    assert_eq!(text(), text(), "Ed25519 signs the same text in the same way");
}

#[test]
fn a_statement_fits_into_a_code_that_a_telephone_reads() {
    let code = fast_qr::QRBuilder::new(text()).ecl(fast_qr::ECL::M).build().unwrap();
    assert!(code.size <= 69, "version 13 or less: {} characters, {} modules", text().len(), code.size);
}

#[test]
fn a_genuine_statement_is_good_until_its_last_day_and_then_expired_not_forged() {
    let verified = check(&text()).unwrap();
    assert_eq!((verified.statement, verified.key_id), (Statement::of(&specimen()), key_id(&key(1))));
    assert!(check(&format!("  {}\r\n", text())).is_ok(), "as a scanner hands it over");
    let on = |day| verify(&text(), &keys(&key(1)), None, day);
    assert!(on(day(2027, 10, 4)).is_ok());
    assert_eq!(on(day(2027, 10, 5)), Err(Fault::Expired { valid_until: day(2027, 10, 4) }));
    let mut forged = text();
    forged.replace_range(forged.len() - 20..forged.len() - 19, if forged.as_bytes()[forged.len() - 20] == b'A' { "B" } else { "A" });
    assert_eq!(verify(&forged, &keys(&key(1)), None, day(2030, 1, 1)), Err(Fault::Forged), "a forgery is never called expired");
}

#[test]
fn every_single_changed_character_is_found() {
    let text = text();
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. ";
    for (at, byte) in text.bytes().enumerate() {
        // Every bit of every byte; of the last three, some of whose bits stand for nothing, every character.
        let bits = (0..7).map(|bit| byte ^ (1 << bit)).collect::<Vec<_>>();
        let others = if at + 3 < text.len() { bits.as_slice() } else { alphabet };
        for other in others.iter().filter(|other| **other != byte) {
            let mut touched = text.clone().into_bytes();
            touched[at] = *other;
            let fault = check(std::str::from_utf8(&touched).unwrap());
            assert!(fault.is_err(), "{at}");
            assert!(!matches!(fault, Err(Fault::Malformed | Fault::Expired { .. } | Fault::Revoked)), "{at}: never called genuine");
        }
        assert!(check(&text[..at]).is_err() && check(&text[at + 1..]).is_err(), "cut at {at}");
        assert!(check(&format!("{}A{}", &text[..at], &text[at..])).is_err(), "one more at {at}");
    }
    assert!(check(&format!("{text}A")).is_err() && check(&format!("{text}=")).is_err() && check(&format!("{text}.{text}")).is_err());
}

#[test]
fn another_algorithm_is_refused_whatever_the_signature() {
    let kid = key_id(&key(1));
    for alg in ["none", "None", "HS256", "ES256", "RS256", "PS256", "Ed25519", "eddsa", "EdDSA ", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"cert"}}"#);
        assert_eq!(check(&signed_by_hand(&header, &payload())), Err(Fault::Algorithm), "{alg}");
    }
    // The classic: the public key as the secret of an HMAC, and no signature at all.
    let header = format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"cert"}}"#);
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload()));
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key(1).public_key().as_ref());
    let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, signed.as_bytes()));
    assert_eq!(check(&format!("{signed}.{tag}")), Err(Fault::Algorithm));
    let bare = text().rsplit_once('.').unwrap().0.to_owned();
    assert_eq!(check(&format!("{bare}.")), Err(Fault::Forged));
    for header in [
        format!(r#"{{"kid":"{kid}","typ":"cert"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
        r#"{"alg":"EdDSA","typ":"cert"}"#.to_owned(),
        format!(r#"{{"alg":"EdDSA","alg":"none","kid":"{kid}","typ":"cert"}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"cert","crit":["b64"],"b64":false}}"#),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"cert","jwk":{{"kty":"OKP"}}}}"#),
        "[]".to_owned(),
        String::new(),
    ] {
        assert_eq!(check(&signed_by_hand(&header, &payload())), Err(Fault::Unreadable), "{header}");
    }
}

#[test]
fn a_strange_key_and_a_strange_kind_are_told_apart_from_a_forgery() {
    assert_eq!(check(&signed(&specimen(), &key(2))), Err(Fault::UnknownKey));
    let borrowed = statement::sign(&Statement::of(&specimen()), &key(2), &key_id(&key(1))).unwrap();
    assert_eq!(check(&borrowed), Err(Fault::Forged), "another key under a known id");
    let list = Revocations::sign("relocation.registry", day(2026, 1, 1), ["AAAAAAAA1"], &key(1), &key_id(&key(1))).unwrap();
    assert_eq!(check(&list), Err(Fault::Kind));
    let token = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"JWT"}}"#, key_id(&key(1)));
    assert_eq!(check(&signed_by_hand(&token, r#"{"iss":"i","sub":"s","aud":"a","exp":9999999999}"#)), Err(Fault::Kind));
}

#[test]
fn what_is_signed_but_no_statement_is_malformed() {
    let sign = |payload: &str| jws::sign(Kind::Statement, payload.as_bytes(), &key(1), &key_id(&key(1))).unwrap();
    assert!(check(&sign(&payload())).is_ok());
    for (from, to) in [
        ("7KQM2P4XD", "7kqm2p4xd"),
        ("7KQM2P4XD", ""),
        ("2026-10-05", "2028-10-05"),
        ("2026-10-05", "2026-02-30"),
        ("KZ-43-1", ""),
        ("Ә.Г.Ә.", "Ә.Г.Ә.Ә.Г.Ә.Ә.Г.Ә."),
        ("\"no\"", "\"x\":1,\"no\""),
        ("\"in\":\"Ә.Г.Ә.\",", ""),
        ("}", ""),
    ] {
        assert_eq!(check(&sign(&payload().replace(from, to))), Err(Fault::Malformed), "{to}");
    }
}

#[test]
fn what_could_not_be_verified_is_not_signed() {
    let whole = Statement::of(&specimen());
    let wrong = [
        Statement { number: "7kqm2p4xd".to_owned(), ..whole.clone() },
        Statement { center: String::new(), ..whole.clone() },
        Statement { issuer: "i".repeat(65), ..whole.clone() },
        Statement { center: "Ш".repeat(64), issuer: "Ш".repeat(64), ..whole.clone() },
        Statement { valid_until: day(2026, 10, 4), ..whole.clone() },
        Statement { initials: Personal::new("\n".to_owned()), ..whole.clone() },
    ];
    for statement in wrong {
        assert_eq!(statement::sign(&statement, &key(1), "id"), Err(Fault::Unsignable));
    }
    for id in ["", "a\"b", &"k".repeat(65)] {
        assert_eq!(statement::sign(&whole, &key(1), id), Err(Fault::Unsignable), "{id}");
    }
}

#[test]
fn initials_are_the_first_letters_however_they_were_typed() {
    let of = |names: [&str; 3]| {
        let [family_name, given_names, patronymic] = names.map(|name| Personal::new(name.to_owned()));
        Statement::of(&Certificate { family_name, given_names, patronymic, ..specimen() }).initials.expose().clone()
    };
    assert_eq!(of(["иванова", "Анна", ""]), "И.А.");
    assert_eq!(of(["И\u{306}осиф", "'Abd", "-"]), "Й.A.");
    assert_eq!(of(["ßen", "", ""]), "SS.");
    assert_eq!(of(["", "", ""]), "");
}

#[test]
fn a_key_set_gives_its_ed25519_keys_and_nothing_else() {
    let x = URL_SAFE_NO_PAD.encode(key(1).public_key());
    let one = format!(r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"one","x":"{x}"}}"#);
    let rsa = r#"{"kty":"RSA","alg":"RS256","kid":"other","n":"AQAB","e":"AQAB"}"#;
    let set = PublicKeys::parse(&format!(r#"{{"keys":[{rsa},{one}]}}"#)).unwrap();
    assert!(set.get("one").is_some() && set.get("other").is_none());
    for wrong in [
        String::new(),
        "{}".to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        format!(r#"{{"keys":[{rsa}]}}"#),
        format!(r#"{{"keys":[{one},{one}]}}"#),
        format!(r#"{{"keys":[{}]}}"#, one.replace("\"kid\":\"one\",", "")),
        format!(r#"{{"keys":[{}]}}"#, one.replace(&x, "AAAA")),
        format!(r#"{{"keys":[{}]}}"#, one.replace("\"kid\"", "\"d\":\"secret\",\"kid\"")),
        format!(r#"{{"keys":[{one}]{}}}"#, " ".repeat(256 * 1024)),
    ] {
        assert!(matches!(PublicKeys::parse(&wrong), Err(Fault::KeySet(_))), "{wrong:.200}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", header in ".*", payload in ".*") {
        prop_assert!(check(&text).is_err());
        prop_assert!(check(&signed_by_hand(&header, &payload)).is_err());
        let kind = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"cert"}}"#, key_id(&key(1)));
        prop_assert!(check(&signed_by_hand(&kind, &payload)).is_err());
        prop_assert!(PublicKeys::parse(&text).is_err());
    }

    #[test]
    fn whatever_is_signed_is_verified(number in "[0-9A-Z]{8,16}", initials in "[А-ЯӘІA-Z.]{0,12}", center in "\\PC{1,10}", days in 0_i64..40_000) {
        let whole = Statement::of(&specimen());
        let valid_until = whole.registered_on + chrono::Duration::days(days);
        let statement = Statement { number, initials: Personal::new(initials), center, valid_until, ..whole };
        let signed = statement::sign(&statement, &key(1), &key_id(&key(1))).unwrap();
        let verified = verify(&signed, &keys(&key(1)), None, valid_until).unwrap();
        prop_assert_eq!(verified.statement, statement);
    }
}

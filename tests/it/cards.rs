//! The card: diplomas, least pay, what a household needs of a home.

use relocation_registry::proto;

use crate::{
    harness::{fields, samples},
    matches::{of_employer, open, proposal, propose},
    on_every_database,
    permits::employer,
};

fn diploma(country: &str, year: i32, recognition: proto::DiplomaRecognition) -> proto::Diploma {
    proto::Diploma {
        kind: proto::DiplomaKind::Specialist.into(),
        issuing_country: country.to_owned(),
        year,
        recognition: recognition.into(),
        recognition_needed: false,
    }
}

fn with_card(change: impl FnOnce(&mut proto::Card)) -> proto::RegisterRelocantRequest {
    let mut request = samples::doctor();
    change(request.card.as_mut().unwrap());
    request
}

on_every_database! {
    async fn diplomas_pay_and_needs_are_kept_and_told_whether_recognition_is_needed(app: App) {
        let clerk = app.role("registrar").await;
        let needs = proto::HomeNeeds { rooms: 3, step_free: true, children: 2, pets: true };
        let person = clerk.register(with_card(|card| {
            card.diplomas = vec![
                diploma("RUS", 2012, proto::DiplomaRecognition::Applied),
                diploma("KAZ", 2020, proto::DiplomaRecognition::Unspecified),
            ];
            card.minimum_pay = Some(proto::MinimumPay { minor: 40_000_000, currency: "KZT".to_owned() });
            card.home_needs = Some(needs);
        })).await;
        let read = clerk.relocants().get_relocant(proto::GetRelocantRequest { id: person.id, ..Default::default() }).await.unwrap().into_inner().relocant.unwrap();
        let card = read.card.unwrap();
        assert_eq!(card, person.card.unwrap());
        let told: Vec<_> = card.diplomas.iter().map(|one| (one.issuing_country.as_str(), one.recognition(), one.recognition_needed)).collect();
        assert_eq!(told, [("RUS", proto::DiplomaRecognition::Applied, true), ("KAZ", proto::DiplomaRecognition::None, false)], "a doctor's diploma is outside the treaty's rule");
        assert_eq!((card.minimum_pay.unwrap().minor, card.home_needs), (40_000_000, Some(needs)));
    }

    async fn every_fault_of_a_card_is_told_at_once_and_nothing_is_registered(app: App) {
        let clerk = app.role("registrar").await;
        let next_year = chrono::Datelike::year(&relocation_registry::time::civil_day(app.clock.now())) + 1;
        let wrong = with_card(|card| {
            card.diplomas = vec![
                proto::Diploma { kind: 0, ..diploma("RU", 2012, proto::DiplomaRecognition::None) },
                diploma("DEU", 2012, proto::DiplomaRecognition::Automatic),
            ];
            card.minimum_pay = Some(proto::MinimumPay { minor: 0, currency: "KZT".to_owned() });
            card.home_needs = Some(proto::HomeNeeds { rooms: 21, children: -1, ..Default::default() });
        });
        let told = fields(&clerk.relocants().register_relocant(wrong).await.unwrap_err());
        for field in [
            "card.diplomas[0].kind",
            "card.diplomas[0].issuing_country",
            "card.diplomas[1].recognition",
            "card.minimum_pay.minor",
            "card.home_needs.rooms",
            "card.home_needs.children",
        ] {
            assert!(told.iter().any(|named| named == field), "{field}: {told:?}");
        }
        let ahead = || with_card(|card| card.diplomas = vec![diploma("RUS", next_year, proto::DiplomaRecognition::None)]);
        assert_eq!(fields(&clerk.relocants().register_relocant(ahead()).await.unwrap_err()), ["card.diplomas[0].year"]);
        assert_eq!(app.count("relocant").await, 0);
        let person = clerk.register(samples::doctor()).await.id;
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: person, card: ahead().card, ..Default::default() };
        assert_eq!(fields(&clerk.relocants().amend_relocant(amend).await.unwrap_err()), ["card.diplomas[0].year"]);
        let many = with_card(|card| card.diplomas = vec![diploma("RUS", 2012, proto::DiplomaRecognition::None); 11]);
        assert_eq!(fields(&clerk.relocants().register_relocant(many).await.unwrap_err()), ["card.diplomas"]);
    }

    async fn a_card_from_before_stays_readable(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::doctor()).await.id;
        app.sql("UPDATE relocant SET card = '{\"occupations\": [[\"2212\", 8]], \"languages\": [], \"licence\": \"RECOGNISED\", \"looking\": true}'").await;
        let read = clerk.relocants().get_relocant(proto::GetRelocantRequest { id: person, ..Default::default() }).await.unwrap().into_inner().relocant.unwrap();
        let card = read.card.unwrap();
        assert_eq!((card.occupations.len(), card.diplomas.len(), card.minimum_pay, card.home_needs), (1, 0, None, None));
    }

    async fn an_employer_is_not_told_the_least_pay(app: App) {
        let hospital = employer(&app).await;
        let vacancy = open(&app, &hospital, 1, 1).await;
        let person = app.role("registrar").await.register(with_card(|card| {
            card.minimum_pay = Some(proto::MinimumPay { minor: 40_000_000, currency: "KZT".to_owned() });
        })).await.id;
        let found = propose(&app.role("matcher").await, proposal(&vacancy, &person)).await.unwrap();
        assert!(found.card.unwrap().minimum_pay.is_some(), "who matches is");
        let own = of_employer(&app, &hospital).await;
        let seen = own.matches().get_match(proto::GetMatchRequest { id: found.id }).await.unwrap().into_inner().r#match.unwrap();
        assert!(seen.card.unwrap().minimum_pay.is_none());
    }
}

//! Consents beyond one process: what is withdrawn at one replica opens nothing at any.

use std::sync::Arc;

use relocation_registry::{auth::jwt::Signer, proto, seal::KeyFile};

use crate::{
    harness::{App, config, postgres_database, reason, samples},
    matches::{of_employer, of_person, open, proposal, propose},
    permits::employer,
};

/// How often it is tried; each time with another replica that hears of it.
const ROUNDS: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consent_that_is_withdrawn_at_one_replica_opens_nothing_at_any_by_the_next_call() {
    let Some(url) = postgres_database().await else { return };
    let (signer, keys) =
        (Arc::new(Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap()), KeyFile::generate().unwrap().to_text().unwrap());
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(App::start_with(config(&url), keys.clone(), Arc::clone(&signer)).await.unwrap());
    }
    let first = &replicas[0];
    let hospital = employer(first).await;
    let vacancy = open(first, &hospital, 1, 1).await;
    let doctor = first.role("registrar").await.register(samples::doctor()).await.id;
    let found = propose(&first.role("matcher").await, proposal(&vacancy, &doctor)).await.unwrap();
    let (mut people, mut owners) = (Vec::new(), Vec::new());
    for replica in &replicas {
        people.push(of_person(replica, &doctor).await);
        owners.push(of_employer(replica, &hospital).await);
    }
    let ask = || proto::DiscloseCandidateRequest {
        request_id: samples::request_id(),
        validate_only: false,
        match_id: found.id.clone(),
        purpose: proto::ConsentPurpose::Recruitment.into(),
    };
    for round in 0..ROUNDS {
        let give = proto::GiveConsentRequest {
            request_id: samples::request_id(),
            validate_only: false,
            relocant_id: doctor.clone(),
            employer_id: hospital.clone(),
            purpose: proto::ConsentPurpose::Recruitment.into(),
            fields: vec![proto::ConsentField::Phone.into()],
            until_date: samples::in_days(30),
        };
        let consent = people[round % 3].consents().give_consent(give).await.unwrap().into_inner().consent.unwrap();
        for owner in &owners {
            assert_eq!(owner.consents().disclose_candidate(ask()).await.unwrap().into_inner().phone, "+77011234567");
        }
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), validate_only: false, id: consent.id };
        people[(round + 1) % 3].consents().withdraw_consent(withdraw).await.unwrap();
        for owner in &owners {
            assert_eq!(reason(&owner.consents().disclose_candidate(ask()).await.unwrap_err()), "NO_CONSENT", "round {round}");
        }
    }
    for replica in replicas {
        replica.handle().stop().await;
    }
}

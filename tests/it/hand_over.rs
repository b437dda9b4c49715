//! Who is compared at the counter and who again from the journal: whatever comes when, no pair is missed.

use chrono::NaiveDate;
use relocation_registry::{
    auth::{Caller, Reach, Role, jwt::Verifier},
    db::{self, Database},
    duplicates::operations::{CheckDuplicates, follow},
    gate::{Call, Change, Registry},
    ids::{DocumentId, RelocantId},
    intake::operations::{RegisterRelocant, Source},
    relocants::{Card, Document, DocumentKind, Evidence, Identity, Names, operations::AmendRelocant},
    seal::{KeyFile, Keyring, Personal, Vault},
    server,
    time::Clock,
};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::{
    harness::{AUDIENCE, App, ISSUER, config},
    on_every_database,
};

/// The counter of a registry in which nothing runs by itself.
struct Counter {
    registry: Registry,
    db: Database,
    call: Call,
}

impl Counter {
    async fn of(app: &App) -> Self {
        app.handle().stop().await;
        let (keys, signer) = app.keys();
        let vault = Vault::new(Keyring::from_file(&KeyFile::parse(&keys).unwrap()).unwrap());
        let verifier = Verifier::from_key_set(signer.key_set(), ISSUER.to_owned(), AUDIENCE.to_owned()).unwrap();
        let registry = server::prepare(config(&app.url), vault, verifier, Clock::default()).await.unwrap().registry;
        let db = db::connect(&config(&app.url).database, &TaskTracker::new()).await.unwrap();
        let caller = Caller { subject: "registrar-1".to_owned(), role: Role::Registrar, reach: Reach::Center("ala-01".to_owned()) };
        Self { registry, db, call: Call { caller, deadline: None, trace_id: None } }
    }

    fn change() -> Change {
        Change { request_id: Uuid::new_v4(), validate_only: false, fingerprint: [0; 32] }
    }

    /// Registers and says nothing yet.
    async fn commit(&self, identity: &Identity) -> RelocantId {
        let register = RegisterRelocant {
            source: Source::Typed { identity: Box::new(identity.clone()), citizenship: "RUS".parse().unwrap() },
            region: "KZ-75".parse().unwrap(),
            entry_on: None,
            phone: None,
            email: None,
            card: Card::default(),
            id: None,
            captured_at: None,
        };
        self.registry.execute(&self.call, Self::change(), register).await.unwrap().person.relocant.id
    }

    /// What is said at the counter. Gives how many are likely the same person's.
    async fn check(&self, id: RelocantId, identity: &Identity) -> usize {
        let check = CheckDuplicates { relocant: Some(id), identity: identity.clone(), region: "KZ-75".parse().unwrap() };
        self.registry.fetch(&self.call, check).await.unwrap().len()
    }

    /// Numbers everything first: a transaction that goes on elsewhere on the database server, of another test, holds numbers back for as long as it does.
    async fn follow(&self, app: &App) {
        while app.count("journal_position").await < app.count("journal").await {
            self.registry.sequencer().pass(&self.db).await.unwrap();
        }
        while follow(&self.registry).await.unwrap() {}
    }
}

/// Somebody like nobody else of another number.
fn somebody(number: u32) -> Identity {
    let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
    let name = |factor: u32| {
        let mixed = (number + 1).wrapping_mul(factor);
        (0..5).map(|at| syllables[usize::try_from(mixed >> (4 * at + 12) & 15).unwrap()]).collect::<String>()
    };
    let names = Names {
        family: Personal::new(name(0x9e37_79b9)),
        given: Personal::new(name(0xc2b2_ae3d)),
        patronymic: Personal::new(String::new()),
    };
    let birth_on = NaiveDate::from_ymd_opt(1960, 1, 1).unwrap() + chrono::Days::new(u64::from(number) * 397);
    let document = Document {
        id: DocumentId::new(),
        kind: DocumentKind::Passport,
        issuing_country: "RUS".to_owned(),
        number: Personal::new(format!("{:09}", u64::from(number + 1) * 7_654_321 % 1_000_000_000)),
        issued_on: None,
        expires_on: None,
        evidence: Evidence::Seen,
        withdrawn: None,
    };
    Identity {
        names,
        cyrillic: None,
        latin: None,
        birth_on: Personal::new(birth_on),
        sex: None,
        iin: None,
        evidence: Evidence::Seen,
        documents: vec![document],
        phone: None,
        email: None,
    }
}

/// The person of the same number, with another record's document id.
fn again(identity: &Identity) -> Identity {
    let documents = identity.documents.iter().map(|document| Document { id: DocumentId::new(), ..document.clone() }).collect();
    Identity { documents, ..identity.clone() }
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    CommitOne,
    CheckOne,
    CommitOther,
    CheckOther,
}

on_every_database! {
    async fn two_who_register_at_the_same_moment_are_a_pair_whatever_comes_when(app: App) {
        use Step::{CheckOne, CheckOther, CommitOne, CommitOther};
        let counter = Counter::of(&app).await;
        // A check may also fail, or be another replica's: then it is not there.
        let orders: [&[Step]; 8] = [
            &[CommitOne, CheckOne, CommitOther, CheckOther],
            &[CommitOne, CommitOther, CheckOne, CheckOther],
            &[CommitOne, CommitOther, CheckOther, CheckOne],
            &[CommitOne, CheckOne, CommitOther],
            &[CommitOne, CommitOther, CheckOne],
            &[CommitOne, CommitOther, CheckOther],
            &[CommitOne, CommitOther],
            &[CommitOne, CommitOther, CheckOther, CheckOther, CheckOne],
        ];
        let mut pairs = 0;
        for (round, order) in orders.into_iter().enumerate() {
            // The journal is followed in between as well, after any of the steps.
            for followed_after in 0..order.len() {
                let one = somebody(u32::try_from(round * 8 + followed_after).unwrap());
                let other = again(&one);
                let (mut first, mut second) = (RelocantId::new(), RelocantId::new());
                for (at, step) in order.iter().enumerate() {
                    match step {
                        CommitOne => first = counter.commit(&one).await,
                        CommitOther => second = counter.commit(&other).await,
                        CheckOne => assert_eq!(counter.check(first, &one).await, usize::from(order[..at].contains(&CommitOther))),
                        CheckOther => assert_eq!(counter.check(second, &other).await, 1),
                    }
                    if at == followed_after {
                        counter.follow(&app).await;
                    }
                }
                counter.follow(&app).await;
                pairs += 1;
                assert_eq!(app.count("duplicate").await, pairs, "order {round}, followed after step {followed_after}");
            }
        }
        let people = app.count("relocant").await;
        assert_eq!(app.count(&format!("duplicate_progress WHERE people = {people}")).await, 1);
    }

    async fn who_is_like_nobody_at_the_counter_is_not_opened_again_but_counted(app: App) {
        let counter = Counter::of(&app).await;
        let (one, other) = (somebody(1), somebody(2));
        let (first, second) = (counter.commit(&one).await, counter.commit(&other).await);
        assert_eq!(counter.check(first, &one).await, 0);
        // Nobody can open either record any longer.
        app.sql("DELETE FROM relocant_key").await;
        counter.follow(&app).await;
        assert_eq!((app.count("name_frequency").await, app.count("duplicate_progress WHERE people = 2").await), (2, 1));
        assert_eq!(counter.check(second, &other).await, 0);
    }

    async fn who_was_changed_since_is_compared_again(app: App) {
        let counter = Counter::of(&app).await;
        let one = somebody(1);
        let other = Identity { birth_on: one.birth_on.clone(), ..somebody(2) };
        let (first, second) = (counter.commit(&one).await, counter.commit(&other).await);
        assert_eq!((counter.check(first, &one).await, counter.check(second, &other).await), (0, 0));
        let amend = AmendRelocant {
            id: second,
            expected_version: 1,
            family_name: Some(one.names.family.clone()),
            given_names: Some(one.names.given.clone()),
            patronymic: None,
            sex: None,
            iin: None,
            without_iin: false,
            cyrillic: None,
            latin: None,
            phone: None,
            email: None,
            region: None,
            card: None,
        };
        counter.registry.execute(&counter.call, Counter::change(), amend).await.unwrap();
        counter.follow(&app).await;
        assert_eq!(app.count("duplicate_progress WHERE people = 2").await, 1);
        assert_eq!(app.count("duplicate").await, 1);
        assert_eq!(app.count("name_frequency WHERE people = 2").await, 2, "both have the same names now");
    }
}

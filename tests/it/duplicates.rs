//! One person, several records: found, told, decided, merged, parted.

use relocation_registry::proto::{self, DuplicateDecision, LikenessBand};
use tonic::Code;

use crate::{
    harness::{App, CHANGES, Client, reason, samples},
    households, on_every_database, permits,
};

/// The internal passport, in Cyrillic, as at the border.
fn at_the_border() -> proto::TypedIdentity {
    proto::TypedIdentity {
        family_name: "Щёлокова".to_owned(),
        given_names: "Юлия".to_owned(),
        patronymic: "Эдуардовна".to_owned(),
        birth_date: samples::date("1999-01-31"),
        sex: proto::Sex::Female.into(),
        document: Some(proto::Document { kind: proto::DocumentKind::InternalPassport.into(), expiry_date: None, ..samples::document() }),
        ..samples::typed()
    }
}

/// The foreign passport, in Latin letters, as for the permit.
fn for_the_permit() -> proto::TypedIdentity {
    proto::TypedIdentity {
        family_name: "SHCHELOKOVA".to_owned(),
        given_names: "IULIIA".to_owned(),
        patronymic: String::new(),
        document: Some(samples::document()),
        ..at_the_border()
    }
}

async fn register(client: &Client, typed: proto::TypedIdentity) -> proto::RegisterRelocantResponse {
    client.relocants().register_relocant(samples::registration_with(typed)).await.unwrap().into_inner()
}

fn id(registered: &proto::RegisterRelocantResponse) -> String {
    registered.relocant.as_ref().unwrap().id.clone()
}

/// The ids and bands that an answer tells.
fn told(likely: &[proto::LikelyDuplicate]) -> Vec<(String, LikenessBand)> {
    likely.iter().map(|likely| (likely.relocant_id.clone(), likely.likeness.as_ref().unwrap().band())).collect()
}

async fn list(client: &Client, state: proto::DuplicateState) -> Vec<proto::Duplicate> {
    let request = proto::ListDuplicatesRequest { state: state.into(), ..Default::default() };
    client.duplicates().list_duplicates(request).await.unwrap().into_inner().duplicates
}

/// Waits until the journal has been followed to a number of pairs.
pub async fn found(app: &App, pairs: i64) {
    for _ in 0..400 {
        if app.count("duplicate").await == pairs && app.count("duplicate_progress").await == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{} pairs after ten seconds, not {pairs}", app.count("duplicate").await);
}

async fn decide(client: &Client, one: &str, other: &str, decision: DuplicateDecision) -> Result<proto::Duplicate, tonic::Status> {
    let request = proto::DecideDuplicateRequest {
        request_id: samples::request_id(),
        relocant_id: one.to_owned(),
        other_id: other.to_owned(),
        decision: decision.into(),
        ..Default::default()
    };
    client.duplicates().decide_duplicate(request).await.map(|answer| answer.into_inner().duplicate.unwrap())
}

pub async fn merge(client: &Client, kept: &str, merged: &str) -> Result<proto::MergeRelocantsResponse, tonic::Status> {
    let request = proto::MergeRelocantsRequest {
        request_id: samples::request_id(),
        id: kept.to_owned(),
        merged_id: merged.to_owned(),
        ..Default::default()
    };
    client.duplicates().merge_relocants(request).await.map(tonic::Response::into_inner)
}

pub async fn undo(client: &Client, merge: &str) -> Result<proto::UndoMergeResponse, tonic::Status> {
    let request = proto::UndoMergeRequest { request_id: samples::request_id(), id: merge.to_owned(), ..Default::default() };
    client.duplicates().undo_merge(request).await.map(tonic::Response::into_inner)
}

async fn full(client: &Client, id: &str) -> proto::Relocant {
    let request = proto::GetRelocantRequest {
        id: id.to_owned(),
        view: proto::RelocantView::Full.into(),
        purpose: proto::Purpose::Registration.into(),
    };
    client.relocants().get_relocant(request).await.unwrap().into_inner().relocant.unwrap()
}

async fn crossed(client: &Client, id: &str, entry: i64, exit: Option<i64>) {
    let record = proto::RecordEntryRequest {
        request_id: samples::request_id(),
        relocant_id: id.to_owned(),
        entry_date: samples::in_days(entry),
        ..Default::default()
    };
    client.stays().record_entry(record).await.unwrap();
    if let Some(exit) = exit {
        let record = proto::RecordExitRequest {
            request_id: samples::request_id(),
            relocant_id: id.to_owned(),
            exit_date: samples::in_days(exit),
            ..Default::default()
        };
        client.stays().record_exit(record).await.unwrap();
    }
}

async fn used(client: &Client, id: &str) -> i32 {
    let request = proto::GetStayStatusRequest { relocant_id: id.to_owned(), on_date: None };
    client.stays().get_stay_status(request).await.unwrap().into_inner().stay_status.unwrap().days_used
}

/// Everything that a merge can move, as it lies in the tables.
async fn state(app: &App) -> Vec<String> {
    let mut state = Vec::new();
    for (table, columns) in [
        ("relocant", "id, status, departed_on, merged_into_id"),
        ("crossing", "id, relocant_id"),
        ("arrival_notice", "crossing_id, relocant_id"),
        ("permit", "id, relocant_id, version"),
        ("permit_risk", "id, relocant_id"),
        ("consent", "id, relocant_id, version"),
        ("disclosure", "id, relocant_id"),
        ("household_member", "id, household_id, relocant_id, role, since_on, left_on"),
        ("relocant_tag", "tag, relocant_id"),
        ("relocant_document", "id, relocant_id, withdrawn_on"),
        ("due", "relocant_id, kind, subject_id, due_on"),
    ] {
        let whole =
            columns.split(", ").map(|column| format!("COALESCE(CAST({column} AS TEXT), '-')")).collect::<Vec<_>>().join(" || ' ' || ");
        let whole =
            if app.url.starts_with("sqlite") { whole.replace("CAST(", "HEX(CAST(").replace(" AS TEXT)", " AS BLOB))") } else { whole };
        for row in app.sql(&format!("SELECT {whole} FROM {table}")).await {
            state.push(format!("{table} {}", row.try_get_by_index::<String>(0).unwrap()));
        }
    }
    state.sort();
    state
}

on_every_database! {
    async fn the_same_person_in_another_script_is_told_at_the_counter_with_reasons_and_hinders_nothing(app: App) {
        let clerk = app.role("registrar").await;
        let first = register(&clerk, at_the_border()).await;
        assert!(first.likely_duplicates.is_empty());
        let second = register(&clerk, for_the_permit()).await;
        assert_eq!(told(&second.likely_duplicates), [(id(&first), LikenessBand::Same)]);
        let likely = &second.likely_duplicates[0];
        assert_eq!((likely.code.as_str(), likely.center_id.as_str()), (first.relocant.as_ref().unwrap().code.as_str(), "ala-01"));
        let likeness = likely.likeness.as_ref().unwrap();
        assert!(likeness.probability_ppm > 999_000, "{}", likeness.probability_ppm);
        let level = |field: &str| likeness.reasons.iter().find(|reason| reason.field == field).map(|reason| reason.level.as_str());
        assert_eq!((level("FAMILY_NAME"), level("GIVEN_NAME"), level("BIRTH_DATE")), (Some("EQUAL"), Some("EQUAL"), Some("EQUAL")));
        assert_eq!(level("PATRONYMIC"), None, "what one record does not have says nothing");
        assert_eq!(app.count("relocant").await, 2);
    }

    async fn a_brother_with_the_same_family_name_and_telephone_is_not_the_same_person(app: App) {
        let clerk = app.role("registrar").await;
        let register_with = async |typed: proto::TypedIdentity| {
            let request = proto::RegisterRelocantRequest { phone: "+77015550101".to_owned(), ..samples::registration_with(typed) };
            clerk.relocants().register_relocant(request).await.unwrap().into_inner()
        };
        register_with(at_the_border()).await;
        let brother = proto::TypedIdentity {
            family_name: "Щёлоков".to_owned(),
            given_names: "Андрей".to_owned(),
            patronymic: "Эдуардович".to_owned(),
            birth_date: samples::date("2001-06-11"),
            sex: proto::Sex::Male.into(),
            ..at_the_border()
        };
        let twin = proto::TypedIdentity { given_names: "Мария".to_owned(), ..at_the_border() };
        assert_eq!(told(&register_with(brother).await.likely_duplicates), []);
        assert!(told(&register_with(twin).await.likely_duplicates).iter().all(|(_, band)| *band == LikenessBand::Look), "twins are looked at, never the same");
    }

    async fn trying_and_telling_are_journaled_for_each_person_who_was_told_of(app: App) {
        let clerk = app.role("registrar").await;
        let first = id(&register(&clerk, at_the_border()).await);
        let looks = "journal WHERE decision = 'READ' AND operation = 'CheckDuplicates' AND purpose = 'REGISTRATION' AND relocant_id IS NOT NULL";
        assert_eq!(app.count(looks).await, 0, "nobody was told of anybody");
        let tried = proto::RegisterRelocantRequest { validate_only: true, ..samples::registration_with(for_the_permit()) };
        let tried = clerk.relocants().register_relocant(tried).await.unwrap().into_inner();
        assert_eq!(told(&tried.likely_duplicates), [(first, LikenessBand::Same)]);
        assert_eq!((app.count("relocant").await, app.count(looks).await), (1, 1));
        // Somebody quite different is compared with nobody, and nothing is told.
        register(&clerk, samples::typed()).await;
        assert_eq!(app.count(looks).await, 1);
    }

    async fn amending_and_adding_a_document_tell_too(app: App) {
        let clerk = app.role("registrar").await;
        let document = at_the_border().document;
        let first = id(&register(&clerk, proto::TypedIdentity { document: document.clone(), ..at_the_border() }).await);
        let second = id(&register(&clerk, samples::typed()).await);
        let add = proto::AddDocumentRequest { request_id: samples::request_id(), id: second.clone(), document, ..Default::default() };
        let added = clerk.relocants().add_document(add).await.unwrap().into_inner();
        assert_eq!(told(&added.likely_duplicates), [(first.clone(), LikenessBand::Look)], "one document, two people: somebody should look");
        let third = id(&register(&clerk, proto::TypedIdentity { birth_date: samples::date("1999-01-31"), ..samples::typed() }).await);
        let amend = proto::AmendRelocantRequest {
            request_id: samples::request_id(),
            id: third,
            family_name: Some("Щелокова".to_owned()),
            given_names: Some("Юлия".to_owned()),
            ..Default::default()
        };
        let amended = clerk.relocants().amend_relocant(amend).await.unwrap().into_inner();
        assert!(told(&amended.likely_duplicates).contains(&(first, LikenessBand::Same)), "{:?}", told(&amended.likely_duplicates));
    }

    async fn a_pair_is_found_beside_registering_decided_once_and_not_asked_again(app: App) {
        let clerk = app.role("registrar").await;
        let (one, other) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        found(&app, 1).await;
        let open = list(&clerk, proto::DuplicateState::Open).await;
        assert_eq!(open.iter().map(|pair| (pair.first_id.as_str(), pair.second_id.as_str())).collect::<Vec<_>>(), [(one.as_str(), other.as_str())]);
        app.sequenced().await;
        assert_eq!(app.count("journal WHERE operation = 'FindDuplicates'").await, 1);
        let decided = decide(&clerk, &other, &one, DuplicateDecision::Different).await.unwrap();
        assert_eq!((decided.id.as_str(), decided.state(), decided.decided_by.as_str()), (open[0].id.as_str(), proto::DuplicateState::Different, "registrar-1"));
        assert!(list(&clerk, proto::DuplicateState::Open).await.is_empty());
        // Changed or not: whoever was told apart is not told again.
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: other.clone(), phone: Some("+77010000009".to_owned()), ..Default::default() };
        assert_eq!(told(&clerk.relocants().amend_relocant(amend).await.unwrap().into_inner().likely_duplicates), []);
        let same = decide(&clerk, &one, &one, DuplicateDecision::Same).await.unwrap_err();
        assert_eq!(reason(&same), "SAME_RECORD");
        // Two whom nothing had found can be decided all the same.
        let third = id(&register(&clerk, samples::typed()).await);
        let unasked = decide(&clerk, &one, &third, DuplicateDecision::Same).await.unwrap();
        assert!(unasked.likeness.is_none() && unasked.state() == proto::DuplicateState::Same);
    }

    async fn two_who_register_at_once_are_found_whoever_comes_first(app: App) {
        let clerk = app.role("registrar").await;
        let racers = (0..8).map(|at| {
            let (typed, mut client) = (if at % 2 == 0 { at_the_border() } else { for_the_permit() }, clerk.relocants());
            async move { client.register_relocant(samples::registration_with(typed)).await.unwrap() }
        });
        futures_util::future::join_all(racers).await;
        // Every two of eight.
        found(&app, 28).await;
    }

    async fn whoever_reaches_neither_record_can_do_nothing(app: App) {
        let clerk = app.role("registrar").await;
        let (one, other) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        found(&app, 1).await;
        let mut claims = app.claims("registrar");
        claims.center = Some("ast-02".to_owned());
        let elsewhere = app.client(&claims).await;
        assert_eq!(list(&clerk, proto::DuplicateState::Unspecified).await.len(), 1);
        assert!(list(&elsewhere, proto::DuplicateState::Unspecified).await.is_empty());
        let merged = merge(&clerk, &one, &other).await.unwrap().merge.unwrap();
        assert!(list(&clerk, proto::DuplicateState::Unspecified).await.is_empty(), "one of the two stands for nobody");
        for refused in [
            decide(&elsewhere, &one, &other, DuplicateDecision::Same).await.unwrap_err(),
            merge(&elsewhere, &one, &other).await.unwrap_err(),
            undo(&elsewhere, &merged.id).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Code::NotFound);
        }
        // Whoever has the person at the counter speaks for both records.
        let theirs = id(&register(&elsewhere, for_the_permit()).await);
        assert_eq!(merge(&elsewhere, &one, &theirs).await.unwrap().relocant.unwrap().id, one);
    }

    async fn a_merged_record_stands_for_nobody_and_the_kept_one_has_everything(app: App) {
        let clerk = app.role("registrar").await;
        let permit_passport = for_the_permit();
        let (kept, merged) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, permit_passport.clone()).await));
        crossed(&clerk, &kept, -60, Some(-51)).await;
        crossed(&clerk, &merged, -20, None).await;
        assert_eq!((used(&clerk, &kept).await, used(&clerk, &merged).await), (10, 21));
        let answer = merge(&clerk, &kept, &merged).await.unwrap();
        assert_eq!(answer.stay_status.unwrap().days_used, 31, "the clock runs over the crossings of both");
        assert_eq!(used(&clerk, &kept).await, 31);
        let identity = full(&clerk, &kept).await.identity.unwrap();
        assert_eq!((identity.family_name.as_str(), identity.latin.unwrap().family_name.as_str()), ("Щёлокова", "SHCHELOKOVA"));
        assert_eq!(identity.documents.len(), 2);
        let gone = full(&clerk, &merged).await;
        assert_eq!((gone.status(), gone.merged_into_id.as_str()), (proto::RelocantStatus::Merged, kept.as_str()));
        // Whoever shows the passport of the merged record, or reads out its code, is found under the kept one.
        let passport = permit_passport.document.unwrap();
        let key = proto::DocumentKey { kind: passport.kind, issuing_country: passport.issuing_country, number: passport.number };
        for key in [proto::find_relocant_request::Key::Document(key), proto::find_relocant_request::Key::Code(gone.code)] {
            let request = proto::FindRelocantRequest { key: Some(key), purpose: proto::Purpose::Registration.into() };
            let found = clerk.relocants().find_relocant(request).await.unwrap().into_inner();
            assert_eq!((found.relocant.unwrap().id, found.other_ids), (kept.clone(), vec![]));
        }
        // Nothing new is written under it.
        let entry = proto::RecordEntryRequest { request_id: samples::request_id(), relocant_id: merged.clone(), entry_date: samples::in_days(0), ..Default::default() };
        let refused = clerk.stays().record_entry(entry).await.unwrap_err();
        assert_eq!(reason(&refused), "ALREADY_MERGED");
        assert_eq!(reason(&merge(&clerk, &kept, &merged).await.unwrap_err()), "ALREADY_MERGED");
        assert_eq!(reason(&merge(&clerk, &kept, &kept).await.unwrap_err()), "SAME_RECORD");
        // A third record of the person is told to be like the kept one, once.
        // Its passport is another one that is in force too, so somebody should look.
        assert_eq!(told(&register(&clerk, for_the_permit()).await.likely_duplicates), [(kept.clone(), LikenessBand::Look)]);
        let lineage = clerk.duplicates().list_merges(proto::ListMergesRequest { relocant_id: kept }).await.unwrap().into_inner().merges;
        assert_eq!(lineage.iter().map(|merge| merge.merged_id.as_str()).collect::<Vec<_>>(), [merged.as_str()]);
    }

    async fn a_merge_that_is_undone_leaves_everything_as_it_was_and_two_entries(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let (kept, merged) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        crossed(&clerk, &kept, -60, Some(-51)).await;
        crossed(&clerk, &merged, -20, None).await;
        let employer = permits::employer(&app).await;
        let permit = permits::apply(&clerk, permits::application(&merged, &employer)).await.unwrap();
        permits::issue(&officer, &permit.id).await;
        found(&app, 1).await;
        let (before, entries) = (state(&app).await, app.count(CHANGES).await);
        let (kept_before, merged_before) = (full(&clerk, &kept).await.identity, full(&clerk, &merged).await.identity);
        let merge = merge(&clerk, &kept, &merged).await.unwrap().merge.unwrap();
        assert_ne!(state(&app).await, before);
        let parted = undo(&clerk, &merge.id).await.unwrap();
        assert_eq!((parted.restored.unwrap().status(), parted.relocant.unwrap().id), (proto::RelocantStatus::Registered, kept.clone()));
        assert_eq!(state(&app).await, before);
        assert_eq!(app.count(CHANGES).await, entries + 2);
        assert!(full(&clerk, &kept).await.identity == kept_before && full(&clerk, &merged).await.identity == merged_before);
        assert_eq!(reason(&undo(&clerk, &merge.id).await.unwrap_err()), "MERGE_UNDONE");
    }

    async fn what_came_since_a_merge_stays_with_the_kept_record_and_merges_are_parted_last_first(app: App) {
        let clerk = app.role("registrar").await;
        let (first, second, third) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await), id(&register(&clerk, for_the_permit()).await));
        crossed(&clerk, &first, -60, Some(-51)).await;
        let into_second = merge(&clerk, &second, &first).await.unwrap().merge.unwrap();
        crossed(&clerk, &second, -20, None).await;
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: second.clone(), patronymic: Some("Эдуардовна".to_owned()), ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
        let into_third = merge(&clerk, &third, &second).await.unwrap().merge.unwrap();
        assert_eq!(used(&clerk, &third).await, 31);
        let key = proto::find_relocant_request::Key::Code(full(&clerk, &first).await.code);
        let request = proto::FindRelocantRequest { key: Some(key), purpose: proto::Purpose::Registration.into() };
        assert_eq!(clerk.relocants().find_relocant(request).await.unwrap().into_inner().relocant.unwrap().id, third, "through both merges");
        assert_eq!(reason(&undo(&clerk, &into_second.id).await.unwrap_err()), "ALREADY_MERGED");
        undo(&clerk, &into_third.id).await.unwrap();
        undo(&clerk, &into_second.id).await.unwrap();
        assert_eq!((used(&clerk, &first).await, used(&clerk, &second).await), (10, 21));
        assert_eq!(full(&clerk, &second).await.identity.unwrap().patronymic, "Эдуардовна");
    }

    async fn a_name_of_many_words_hinders_nobody_from_being_found(app: App) {
        let clerk = app.role("registrar").await;
        let words = |letters: &str| letters.chars().map(|letter| format!("{letter}a{letter}on")).collect::<Vec<_>>().join(" ");
        let long = proto::TypedIdentity {
            family_name: words("bdfghklmnp"),
            given_names: words("rstvzbdfgk"),
            cyrillic: Some(proto::Names { family_name: "Ба Вон Га Дон Жа Зон Ка Лон Ма Нон".to_owned(), ..Default::default() }),
            ..samples::typed()
        };
        register(&clerk, long).await;
        register(&clerk, at_the_border()).await;
        assert_eq!(register(&clerk, for_the_permit()).await.likely_duplicates.len(), 1);
        found(&app, 1).await;
    }

    async fn a_record_that_does_not_open_hinders_nobody_from_being_found(app: App) {
        let clerk = app.role("registrar").await;
        let broken = id(&register(&clerk, at_the_border()).await);
        register(&clerk, at_the_border()).await;
        found(&app, 1).await;
        let zero = if app.url.starts_with("sqlite") { "x'00'" } else { "'\\x00'::bytea" };
        let hex = broken.replace('-', "");
        let one = if app.url.starts_with("sqlite") { format!("x'{hex}'") } else { format!("'{broken}'") };
        app.sql(&format!("UPDATE relocant SET sealed = {zero} WHERE id = {one}")).await;
        assert_eq!(register(&clerk, for_the_permit()).await.likely_duplicates.len(), 1, "the other one");
        found(&app, 2).await;
    }

    async fn what_hangs_on_a_moved_row_returns_with_it(app: App) {
        let clerk = app.role("registrar").await;
        let (kept, merged) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        crossed(&clerk, &merged, -20, None).await;
        let merge = merge(&clerk, &kept, &merged).await.unwrap().merge.unwrap();
        // Under the kept record, the entry of the merged one is corrected and its arrival notified.
        let crossings = proto::ListCrossingsRequest { relocant_id: kept.clone(), ..Default::default() };
        let entry = clerk.stays().list_crossings(crossings).await.unwrap().into_inner().crossings.remove(0);
        let notify = proto::NotifyArrivalRequest { request_id: samples::request_id(), relocant_id: kept.clone(), notified_date: samples::in_days(-19), ..Default::default() };
        clerk.stays().notify_arrival(notify).await.unwrap();
        let correct = proto::CorrectCrossingRequest { request_id: samples::request_id(), crossing_id: entry.id, crossing_date: samples::in_days(-10), ..Default::default() };
        clerk.stays().correct_crossing(correct).await.unwrap();
        undo(&clerk, &merge.id).await.unwrap();
        assert_eq!((used(&clerk, &kept).await, used(&clerk, &merged).await), (0, 11));
        let notices = proto::ListArrivalNoticesRequest { relocant_id: merged };
        let notices = clerk.stays().list_arrival_notices(notices).await.unwrap().into_inner().arrival_notices;
        assert!(notices.iter().all(|notice| notice.notified_date.is_some()), "{notices:?}");
        assert_eq!(app.count("arrival_notice").await, 1);
    }

    async fn names_that_were_taken_over_return_also_when_the_kept_ones_were_amended(app: App) {
        let clerk = app.role("registrar").await;
        let kept = id(&register(&clerk, proto::TypedIdentity { family_name: "SHEVCHENKO".to_owned(), ..for_the_permit() }).await);
        let merged = id(&register(&clerk, proto::TypedIdentity { family_name: "Шевченко".to_owned(), ..at_the_border() }).await);
        let merge = merge(&clerk, &kept, &merged).await.unwrap().merge.unwrap();
        assert_eq!(full(&clerk, &kept).await.identity.unwrap().cyrillic.unwrap().family_name, "Шевченко");
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: kept.clone(), family_name: Some("Шевчук".to_owned()), ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
        undo(&clerk, &merge.id).await.unwrap();
        assert!(full(&clerk, &kept).await.identity.unwrap().cyrillic.is_none());
    }

    async fn a_number_that_contradicts_the_kept_record_is_not_taken_over(app: App) {
        let clerk = app.role("registrar").await;
        let of = |birth: &str, iin: &str| proto::TypedIdentity { birth_date: samples::date(birth), iin: iin.to_owned(), ..at_the_border() };
        let kept = id(&register(&clerk, of("1990-01-30", "")).await);
        let merged = id(&register(&clerk, of("1990-01-31", "900131400017")).await);
        merge(&clerk, &kept, &merged).await.unwrap();
        assert_eq!(full(&clerk, &kept).await.identity.unwrap().iin, "");
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: kept, phone: Some("+77010000009".to_owned()), ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
    }

    async fn whose_record_was_merged_can_still_withdraw_a_consent_and_see_the_own_dues(app: App) {
        let (clerk, _) = (app.role("registrar").await, app.role("permit_officer").await);
        let (kept, merged) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        let employer = permits::employer(&app).await;
        let mut claims = app.claims("person");
        claims.relocant = Some(merged.clone());
        let person = app.client(&claims).await;
        let give = proto::GiveConsentRequest {
            request_id: samples::request_id(),
            validate_only: false,
            relocant_id: merged.clone(),
            employer_id: employer,
            purpose: proto::ConsentPurpose::Recruitment.into(),
            fields: vec![proto::ConsentField::Name.into()],
            until_date: samples::in_days(30),
            wording_version: 1,
        };
        let consent = person.consents().give_consent(give).await.unwrap().into_inner().consent.unwrap();
        merge(&clerk, &kept, &merged).await.unwrap();
        let withdraw = proto::WithdrawConsentRequest { request_id: samples::request_id(), id: consent.id, ..Default::default() };
        person.consents().withdraw_consent(withdraw).await.unwrap();
        let dues = person.dues().list_dues(proto::ListDuesRequest::default()).await.unwrap().into_inner().dues;
        assert!(!dues.is_empty() && dues.iter().all(|due| due.relocant_id == kept));
    }

    async fn pairs_follow_a_merge_and_its_undoing(app: App) {
        let clerk = app.role("registrar").await;
        // The third has another family name, so only the second is like both.
        let first = id(&register(&clerk, at_the_border()).await);
        let second = id(&register(&clerk, proto::TypedIdentity { document: None, ..for_the_permit() }).await);
        found(&app, 1).await;
        let merge = merge(&clerk, &first, &second).await.unwrap().merge.unwrap();
        // The two of a merge are one record now and no pair.
        found(&app, 0).await;
        let third = id(&register(&clerk, proto::TypedIdentity { document: None, ..for_the_permit() }).await);
        found(&app, 1).await;
        undo(&clerk, &merge.id).await.unwrap();
        found(&app, 3).await;
        decide(&clerk, &second, &third, DuplicateDecision::Different).await.unwrap();
        // Told apart from the second, the third is not told of whoever the second was merged into because of the second alone.
        assert_eq!(list(&clerk, proto::DuplicateState::Open).await.len(), 2);
    }

    async fn a_pair_that_is_alike_no_longer_is_dropped_while_nothing_was_said(app: App) {
        let clerk = app.role("registrar").await;
        register(&clerk, at_the_border()).await;
        let second = id(&register(&clerk, for_the_permit()).await);
        found(&app, 1).await;
        let other = samples::typed();
        let amend = proto::AmendRelocantRequest { request_id: samples::request_id(), id: second, family_name: Some(other.family_name), given_names: Some(other.given_names), ..Default::default() };
        clerk.relocants().amend_relocant(amend).await.unwrap();
        found(&app, 0).await;
    }

    async fn a_merge_needs_the_version_that_was_seen_and_nobody_who_has_left(app: App) {
        let clerk = app.role("registrar").await;
        let (kept, merged) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        let request = |expected_version| proto::MergeRelocantsRequest { request_id: samples::request_id(), id: kept.clone(), merged_id: merged.clone(), expected_version, ..Default::default() };
        let late = clerk.duplicates().merge_relocants(request(7)).await.unwrap_err();
        assert_eq!((late.code(), reason(&late).as_str()), (Code::Aborted, "CONFLICT"));
        let leave = proto::ReportDepartureRequest { request_id: samples::request_id(), id: kept.clone(), departure_date: samples::in_days(0), ..Default::default() };
        clerk.relocants().report_departure(leave).await.unwrap();
        assert_eq!(reason(&merge(&clerk, &kept, &merged).await.unwrap_err()), "ALREADY_DEPARTED");
        // The other way round it is the one who is here that is kept; and parting gives the departure back.
        let parted = merge(&clerk, &merged, &kept).await.unwrap().merge.unwrap();
        assert_eq!(undo(&clerk, &parted.id).await.unwrap().restored.unwrap().status(), proto::RelocantStatus::Departed);
    }

    async fn of_two_clerks_who_merge_crosswise_at_once_one_succeeds(app: App) {
        let clerk = app.role("registrar").await;
        let (one, other) = (id(&register(&clerk, at_the_border()).await), id(&register(&clerk, for_the_permit()).await));
        let outcomes = futures_util::future::join(merge(&clerk, &one, &other), merge(&clerk, &other, &one)).await;
        assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
        assert_eq!(app.count("relocant WHERE status = 'MERGED'").await, 1);
    }

    async fn a_search_in_vain_leaves_a_trace_and_so_does_naming_others(app: App) {
        let clerk = app.role("registrar").await;
        let by_iin = |iin: &str| proto::FindRelocantRequest {
            key: Some(proto::find_relocant_request::Key::Iin(iin.to_owned())),
            purpose: proto::Purpose::Registration.into(),
        };
        assert_eq!(clerk.relocants().find_relocant(by_iin("900131400017")).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(app.count("journal WHERE operation = 'FindRelocant' AND decision = 'READ' AND relocant_id IS NULL").await, 1);
        let document = samples::document();
        for _ in 0..3 {
            register(&clerk, proto::TypedIdentity { document: Some(document.clone()), ..samples::typed() }).await;
        }
        let key = proto::DocumentKey { kind: document.kind, issuing_country: document.issuing_country, number: document.number };
        let request = proto::FindRelocantRequest { key: Some(proto::find_relocant_request::Key::Document(key)), purpose: proto::Purpose::Registration.into() };
        assert_eq!(clerk.relocants().find_relocant(request).await.unwrap().into_inner().other_ids.len(), 2);
        assert_eq!(app.count("journal WHERE operation = 'FindRelocant' AND relocant_id IS NOT NULL").await, 3);
    }

    async fn random_histories_merged_and_parted_are_as_they_were(app: App) {
        let (clerk, officer) = (app.role("registrar").await, app.role("permit_officer").await);
        let employer = permits::employer(&app).await;
        let mut numbers = proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha);
        let mut below = |bound: u32| drawn_below(&mut numbers, bound);
        for round in 0..6 {
            let mut people = Vec::new();
            for _ in 0..2 {
                let mut typed = if below(2) == 0 { at_the_border() } else { for_the_permit() };
                if below(2) == 0 {
                    typed.document = None;
                }
                let registered = register(&clerk, typed).await;
                let person = id(&registered);
                let mut day = -150;
                for _ in 0..below(3) {
                    let (entry, exit) = (day + i64::from(below(10)), day + 12 + i64::from(below(10)));
                    crossed(&clerk, &person, entry, Some(exit)).await;
                    day += 30;
                }
                if below(2) == 0 {
                    crossed(&clerk, &person, -3, None).await;
                }
                if below(2) == 0 {
                    let permit = permits::apply(&clerk, permits::application(&person, &employer)).await.unwrap();
                    if below(2) == 0 {
                        permits::issue(&officer, &permit.id).await;
                    }
                }
                people.push(person);
            }
            match below(4) {
                0 => {}
                // Both in one household, each in one, or only the one that is merged.
                1 => drop(households::form(&clerk, &[(&people[0], proto::HouseholdRole::Head), (&people[1], proto::HouseholdRole::Other)], -30).await.unwrap()),
                more => {
                    for person in &people[usize::from(more == 3)..] {
                        households::form(&clerk, &[(person, proto::HouseholdRole::Head)], -30).await.unwrap();
                    }
                }
            }
            let (before, entries) = (state(&app).await, app.count(CHANGES).await);
            let identities = (full(&clerk, &people[0]).await.identity, full(&clerk, &people[1]).await.identity);
            let merge = merge(&clerk, &people[0], &people[1]).await.unwrap().merge.unwrap();
            undo(&clerk, &merge.id).await.unwrap();
            assert_eq!(state(&app).await, before, "round {round}");
            assert_eq!(app.count(CHANGES).await, entries + 2);
            assert!((full(&clerk, &people[0]).await.identity, full(&clerk, &people[1]).await.identity) == identities, "round {round}");
        }
    }
}

/// A number that is the same in every run.
fn drawn_below(numbers: &mut proptest::test_runner::TestRng, bound: u32) -> u32 {
    use proptest::prelude::Rng as _;
    numbers.next_u32() % bound
}

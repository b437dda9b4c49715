//! What an error says to the person at the counter: that nothing is untranslated, that no text says more than the metadata, and that the caller's language is spoken
//! wherever an error comes from.

use std::collections::{BTreeMap, BTreeSet};

use relocation_registry::{
    auth::Role,
    centers, certificates, consents, contracts, corrections, duplicates, eligibility, employers,
    error::Reason,
    figures, homes, households,
    ids::{ContractId, CorrectionId, CrossingId, HouseholdId, MergeId, PermitId, RelocantId, TicketId},
    matches,
    messages::Language,
    permits, proto, relocants, stays, vacancies,
};
use strum::IntoEnumIterator as _;
use tonic::{Code, Request};

use crate::{
    architecture::sources,
    contract::{KINDS, reasons},
    harness::{fields, reason, said, samples},
    on_every_database,
};

fn read(file: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// Each reason with the metadata that the contract shows for it.
fn shown() -> BTreeMap<String, BTreeMap<String, String>> {
    let (mut found, mut metadata) = (BTreeMap::new(), BTreeMap::new());
    for line in read("proto/relocation/registry/v1/error_reason.proto").lines().map(str::trim) {
        if line.starts_with("//") {
            metadata = line.split('`').find_map(|part| serde_json::from_str(part).ok()).unwrap_or_default();
        } else if let Some((name, _)) = line.strip_prefix("ERROR_REASON_").and_then(|line| line.split_once(' ')) {
            found.insert(name.to_owned(), std::mem::take(&mut metadata));
        }
    }
    found.remove("UNSPECIFIED");
    found
}

/// One refusal for every reason.
#[allow(clippy::too_many_lines, reason = "one list, read as a whole")]
fn refusals() -> Vec<Box<dyn Reason>> {
    use centers::rules::Refusal as Center;
    use certificates::rules::Refusal as Certificate;
    use consents::rules::Refusal as Consent;
    use contracts::rules::Refusal as Contract;
    use corrections::rules::Refusal as Correction;
    use duplicates::rules::Refusal as Duplicate;
    use eligibility::rules::Refusal as Eligibility;
    use employers::rules::Refusal as Employer;
    use figures::rules::Refusal as Figure;
    use homes::rules::Refusal as Home;
    use households::rules::Refusal as Household;
    use matches::rules::Refusal as Match;
    use permits::rules::Refusal as Permit;
    use relocants::rules::Refusal as Relocant;
    use stays::rules::Refusal as Stay;
    use vacancies::rules::Refusal as Vacancy;
    fn boxed<R: Reason>(refusals: impl IntoIterator<Item = R>) -> impl Iterator<Item = Box<dyn Reason>> {
        refusals.into_iter().map(|refusal| -> Box<dyn Reason> { Box::new(refusal) })
    }
    let (on, today) = ("2026-03-02".parse().unwrap(), "2026-03-01".parse().unwrap());
    let at = "2026-03-01T19:00:00Z".parse().unwrap();
    let kind = permits::PermitKind::RefugeeStatus;
    boxed([
        Relocant::AlreadyDeparted { on },
        Relocant::DepartureInFuture { on, today },
        Relocant::AlreadyMerged { into: RelocantId::new() },
        Relocant::DocumentKnown,
        Relocant::DocumentWithdrawn,
        Relocant::NeedsSecondClerk,
        Relocant::NotLooking,
    ])
    .chain(boxed([Duplicate::SameRecord, Duplicate::MergeUndone, Duplicate::MergedLater { later: MergeId::new() }]))
    .chain(boxed([Certificate::NoCertificateKey, Certificate::CertificateRevoked]))
    .chain(boxed([
        Stay::CrossingInFuture { on, today },
        Stay::StayAlreadyOpen { since: on },
        Stay::NoOpenStay { on },
        Stay::ExitBeforeEntry { on, entered: today },
        Stay::CrossingAlreadyCorrected { by: CrossingId::new() },
        Stay::LedgerWouldNotPair,
        Stay::NoStayPolicy { citizenship: "UKR".parse().unwrap(), on },
        Stay::UnknownStayPolicy,
        Stay::NoSuchEntry,
        Stay::ArrivalAlreadyNotified { on },
        Stay::NoticeOutOfTime { on, arrived: today, today },
    ]))
    .chain(boxed([
        Permit::WrongPermitState { state: permits::PermitState::Draft },
        Permit::PassportTooShort { until: on, needed: on },
        Permit::ContractEnded { on },
        Permit::PermitActive { permit: PermitId::new() },
        Permit::ValidityTooLong { latest: on },
        Permit::ValidityInPast { from: on, until: on, today },
        Permit::NotShorter { until: on },
        Permit::PermitExpired { on },
        Permit::EventInFuture { on, today },
        Permit::EventBeforeValidity { on, valid_from: on },
        Permit::WrongPermitBasis { basis: "CONTRACT" },
        Permit::BasisNotInForce { permit: PermitId::new() },
        Permit::ApplicationClaimed { until: at },
        Permit::ClaimNotHeld,
    ]))
    .chain(boxed([Eligibility::InformationOnly { kind }, Eligibility::NoPermitType { kind, on }]))
    .chain(boxed([
        Employer::AlreadyVerified,
        Employer::AlreadySuspended,
        Employer::Removed,
        Employer::BinMissing,
        Employer::BinRecorded,
        Employer::NotVerified { status: employers::EmployerStatus::Registered },
    ]))
    .chain(boxed([
        Home::HomeOfferClosed,
        Home::HomesInUse { used: 5 },
        Home::HomeRefused { on },
        Home::HomeStartsLater { from: on },
        Home::HomeEndsEarlier { until: on },
    ]))
    .chain(boxed([Vacancy::VacancyClosed, Vacancy::OpeningsInUse { used: 5 }]))
    .chain(boxed([
        Match::WrongMatchState { state: matches::MatchState::Ended },
        Match::MatchLapsed { at },
        Match::AlreadyAnswered { side: matches::Side::Employer },
        Match::VacancyFull { openings: 20 },
        Match::HomeFull { homes: 20 },
        Match::CandidateNotEligible { missing: "LANGUAGE".to_owned() },
        Match::MatchExists,
        Match::RoundTooLarge { of: "people", most: 20_000 },
        Match::NotOneHousehold,
        Match::CandidateBound,
        Match::RoundChanged { plan: uuid::Uuid::nil() },
        Match::ArrivalInFuture { on, today },
    ]))
    .chain(boxed([
        Household::AlreadyInHousehold { relocant: RelocantId::new(), household: Some(HouseholdId::new()) },
        Household::HouseholdEnded,
        Household::NotOneHead { heads: 0 },
        Household::NotAMember { relocant: RelocantId::new() },
        Household::MembershipOutOfTime { relocant: RelocantId::new(), on, from: on, today },
        Household::HouseholdFull { of: "MEMBERS", most: 30 },
        Household::NobodyStays,
        Household::SameHousehold,
    ]))
    .chain(boxed([
        Center::CounterOpen,
        Center::CounterClosed,
        Center::CounterBusy { ticket: TicketId::new() },
        Center::ServiceNotOffered { service: centers::ServiceKind::Permit },
        Center::NoSuchSlot,
        Center::SlotFull { free: 2 },
        Center::BookingClosed { state: "lapsed" },
        Center::BookingNotNow { from: at },
        Center::CenterClosed { opens_at: Some(at) },
        Center::DayFull { come_back_at: None },
        Center::TicketNotCalled { standing: centers::rules::Standing::Served },
        Center::TicketNotAside { standing: centers::rules::Standing::Served },
    ]))
    .chain(boxed([
        Correction::NothingToCorrect,
        Correction::CorrectionOpen { correction: CorrectionId::new() },
        Correction::CorrectionDecided { state: corrections::CorrectionState::Approved },
        Correction::OwnProposal,
        Correction::NotOwnProposal,
        Correction::CorrectionClaimed { until: at },
        Correction::CorrectionNotClaimed,
        Correction::CorrectionOutdated,
    ]))
    .chain(boxed([Contract::ContractOverlaps { contract: ContractId::new() }, Contract::ContractAlreadyEnded { on }]))
    .chain(boxed([Figure::FiguresNotMade { on }]))
    .chain(boxed([
        Consent::ConsentWithdrawn,
        Consent::NoConsent { purpose: consents::ConsentPurpose::Contract },
        Consent::WordingOutdated { current: 2 },
        Consent::DisclosureCapReached { most: 50, again_at: at },
    ]))
    .collect()
}

#[test]
fn the_contract_shows_the_metadata_that_each_refusal_gives() {
    let shown = shown();
    let mut told = BTreeSet::new();
    for refusal in refusals() {
        let (reason, keys) = (refusal.reason(), refusal.facts().into_iter().map(|(key, _)| key));
        assert_eq!(keys.collect::<BTreeSet<_>>(), shown[reason].keys().map(String::as_str).collect(), "{reason}");
        told.insert(reason);
    }
    assert_eq!(told.len() + KINDS.len(), reasons().len(), "a reason has no refusal here");
}

/// The messages of a language: their names, and the variables that each uses.
fn catalogue(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let text = read(&format!("src/messages/{}.ftl", language.tag()));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((begun, _)) = line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic)) {
            begun.clone_into(&mut name);
            found.entry(name.clone()).or_default();
        }
        for rest in line.split('$').skip(1) {
            let variable = rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap();
            found.get_mut(&name).unwrap().insert(variable.to_owned());
        }
    }
    found
}

/// The words of rankings, which explain instead of refuse.
fn ranking_words() -> BTreeSet<String> {
    let speaks = matches::ScoreReason::iter().map(|reason| format!("SPEAKS_FOR_{}", <&str>::from(reason)));
    speaks.chain(matches::Missing::iter().map(|missing| format!("LACKS_{}", <&str>::from(missing)))).collect()
}

#[test]
fn every_part_of_a_ranking_has_words_of_its_own_in_every_language() {
    for language in Language::iter() {
        let texts: BTreeSet<String> =
            ranking_words().iter().map(|name| language.reason(name, []).unwrap_or_else(|| panic!("{language:?} {name}"))).collect();
        assert_eq!(texts.len(), ranking_words().len(), "{language:?}: {texts:#?}");
        assert!(texts.iter().all(|text| text.ends_with('.') && text.starts_with(char::is_uppercase)), "{language:?}");
    }
}

#[test]
fn every_reason_has_a_text_in_every_language_that_says_no_more_than_its_metadata() {
    let shown = shown();
    for language in Language::iter() {
        let mut texts = catalogue(language);
        texts.retain(|name, _| !ranking_words().contains(name));
        assert_eq!(texts.keys().collect::<Vec<_>>(), shown.keys().collect::<Vec<_>>(), "{language:?}");
        for (reason, variables) in texts {
            let metadata = &shown[&reason];
            let unknown: Vec<&String> = variables.iter().filter(|variable| !metadata.contains_key(*variable)).collect();
            assert!(unknown.is_empty(), "{language:?} {reason} uses {unknown:?}");
            let text = language.reason(&reason, metadata.iter().map(|(key, value)| (key.as_str(), value.as_str()))).unwrap();
            let left_over = text.contains(['{', '}', '$', '\u{2068}', '\u{2069}']) || text.contains("  ");
            assert!(!left_over && text.ends_with('.'), "{language:?} {reason}: {text}");
        }
    }
}

#[test]
fn every_code_reads_as_words() {
    let sources = sources();
    let named = |before: &'static str| {
        sources.iter().flat_map(move |(_, code)| code.split(before).skip(1)).map(|code| code.split('"').next().unwrap())
    };
    let resources: BTreeSet<&str> = named("resource: \"").chain(named("RESOURCE: &str = \"")).collect();
    let codes: [(&str, &str, Vec<&str>); 14] = [
        ("NOT_FOUND", "resource", resources.into_iter().collect()),
        ("ALREADY_EXISTS", "resource", vec!["employer", "document", "certificate", "center"]),
        ("PERMISSION_DENIED", "role", Role::iter().map(Role::name).collect()),
        ("WRONG_PERMIT_STATE", "state", permits::PermitState::iter().map(Into::into).collect()),
        ("WRONG_PERMIT_BASIS", "basis", vec!["CONTRACT", "ENROLMENT", "RELATIVE", "HOST_CONSENT"]),
        ("WRONG_MATCH_STATE", "state", matches::MatchState::iter().map(Into::into).collect()),
        ("ALREADY_ANSWERED", "side", matches::Side::iter().map(Into::into).collect()),
        (
            "EMPLOYER_NOT_VERIFIED",
            "status",
            employers::EmployerStatus::iter().filter(|status| *status != employers::EmployerStatus::Verified).map(Into::into).collect(),
        ),
        ("SERVICE_NOT_OFFERED", "service", centers::ServiceKind::iter().map(Into::into).collect()),
        ("BOOKING_CLOSED", "state", vec!["used", "cancelled"]),
        ("TICKET_NOT_CALLED", "standing", vec!["waiting", "held", "served", "no_show"]),
        ("TICKET_NOT_ASIDE", "standing", vec!["waiting", "called", "served"]),
        ("CORRECTION_DECIDED", "state", vec!["APPROVED", "REJECTED"]),
        ("NO_CONSENT", "purpose", consents::ConsentPurpose::iter().map(Into::into).collect()),
    ];
    for language in Language::iter() {
        for (reason, key, codes) in &codes {
            let text = |code| language.reason(reason, [(*key, code)]).unwrap();
            let texts: BTreeSet<String> = codes.iter().map(|code| text(code)).chain([text("no such code")]).collect();
            assert_eq!(texts.len(), codes.len() + 1, "{language:?} {reason}: two codes read the same, or one as any other: {texts:#?}");
        }
    }
}

/// Every phrase that the code gives to a `Why`: behind the name of its kind, or as the last text that `Fields::code` and `within` are given, which comes before a
/// closure or the end of the statement.
fn phrases() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ["is required", "is not a day of the calendar"].map(str::to_owned).into();
    for (file, code) in sources() {
        // These only hand on what others give.
        if file.contains("/tests") || ["error.rs", "api.rs", "messages/mod.rs", "mrz/mod.rs"].contains(&file.as_str()) {
            continue;
        }
        for kind in ["Format(", "Range(", "Unknown(", "CheckDigit(", "Contradicts("] {
            for given in ["Why::", "Self::"].iter().flat_map(|of| code.split(&[of, kind].concat()).skip(1).collect::<Vec<_>>()) {
                let phrase = given.trim_start().strip_prefix('"').and_then(|text| text.split('"').next());
                found.insert(phrase.unwrap_or_else(|| panic!("{file}: {kind} is not given a phrase that can be translated")).to_owned());
            }
        }
        for given in ["fields.code(", "fields.within("].iter().flat_map(|reader| code.split(reader).skip(1)) {
            let phrase = given.split(['|', ';']).next().unwrap().rsplit('"').nth(1);
            found.insert(phrase.unwrap_or_else(|| panic!("{file}: a field is read without a phrase that can be translated")).to_owned());
        }
        // The names of its check digits, in tables.
        if file == "mrz/digits.rs" {
            found.extend(code.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

#[test]
fn every_phrase_of_a_fault_has_a_text_in_every_language_and_every_text_is_used() {
    let table: toml::Table = read("src/messages/phrases.toml").parse().unwrap();
    let (used, translated) = (phrases(), table.keys().cloned().collect::<BTreeSet<_>>());
    assert_eq!(used.difference(&translated).collect::<Vec<_>>(), Vec::<&String>::new(), "not in src/messages/phrases.toml");
    assert_eq!(translated.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "no source says this any longer");
    for (phrase, texts) in table {
        for language in ["kk", "ru"] {
            let text = texts[language].as_str().unwrap();
            assert!(text.ends_with('.') && text.chars().any(|letter| ('а'..='я').contains(&letter)), "{phrase} {language}: {text}");
        }
    }
}

fn asked<T>(message: T, language: Option<&str>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(language) = language {
        request.metadata_mut().insert("accept-language", language.parse().unwrap());
    }
    request
}

/// What a case expects, by what it asks for: nothing else than Kazakh, Russian and English is spoken.
fn expected<'a>(spoken: &str, [kazakh, russian, english]: [&'a str; 3]) -> &'a str {
    match spoken {
        "kk" => kazakh,
        "ru" => russian,
        _ => english,
    }
}

const LANGUAGES: [(Option<&str>, &str); 4] = [(Some("kk"), "kk"), (Some("ru-KZ,ru;q=0.9"), "ru"), (Some("de"), "en"), (None, "en")];

on_every_database! {
    async fn every_field_at_fault_is_told_in_the_callers_language(app: App) {
        let clerk = app.role("registrar").await;
        for (language, spoken) in LANGUAGES {
            let mut wrong = samples::registration_with(proto::TypedIdentity { citizenship: "Россия".to_owned(), ..samples::typed() });
            wrong.phone = "123".to_owned();
            let status = clerk.relocants().register_relocant(asked(wrong, language)).await.unwrap_err();
            assert_eq!(reason(&status), "INVALID_FIELDS");
            assert!(status.message().contains("phone: must be + and 8 to 15 digits"), "the developer's message stays: {}", status.message());
            let whole = Language::iter().find(|language| language.tag() == spoken).unwrap().reason("INVALID_FIELDS", []).unwrap();
            let country = expected(spoken, [
                "Елдің үш әріптен тұратын кодын енгізіңіз, мысалы RUS.",
                "Введите код страны из трёх букв, например RUS.",
                "Must be an ISO 3166-1 alpha-3 code such as RUS.",
            ]);
            let phone = expected(spoken, [
                "Телефонды «+» белгісінен бастап, 8-ден 15-ке дейін цифрмен енгізіңіз.",
                "Введите телефон: «+» и от 8 до 15 цифр.",
                "Must be + and 8 to 15 digits.",
            ]);
            let texts = said(&status);
            assert_eq!(texts[0], (spoken.to_owned(), whole));
            let faults: BTreeSet<(&str, &str)> = texts[1..].iter().map(|(locale, text)| (locale.as_str(), text.as_str())).collect();
            assert_eq!(faults, BTreeSet::from([(spoken, country), (spoken, phone)]));
        }
    }

    async fn a_refusal_and_what_is_not_there_are_told_in_the_callers_language(app: App) {
        let clerk = app.role("registrar").await;
        let person = clerk.register(samples::registration()).await;
        for (language, spoken) in LANGUAGES {
            let unknown = proto::GetRelocantRequest { id: samples::request_id(), ..Default::default() };
            let status = clerk.relocants().get_relocant(asked(unknown, language)).await.unwrap_err();
            assert_eq!(status.code(), Code::NotFound);
            let text = expected(spoken, [
                "Адам табылмады. Нөмірін тексеріңіз.",
                "Человек не найден. Проверьте номер.",
                "This person was not found. Please check the number.",
            ]);
            assert_eq!(said(&status), [(spoken.to_owned(), text.to_owned())]);

            let on = samples::in_days(2);
            let leaving = proto::ReportDepartureRequest { request_id: samples::request_id(), id: person.id.clone(), departure_date: on, ..Default::default() };
            let status = clerk.relocants().report_departure(asked(leaving, language)).await.unwrap_err();
            assert_eq!(reason(&status), "DEPARTURE_IN_FUTURE");
            let on = on.unwrap();
            let digits = format!("{:02}.{:02}.{}", on.day, on.month, on.year);
            let (locale, text) = said(&status).remove(0);
            assert_eq!(locale, spoken);
            assert_eq!(text.contains(&digits), spoken != "en", "{text}");
            assert!(text.contains(expected(spoken, ["әлі болған жоқ", "ещё не состоялся", "has not happened yet"])), "{text}");
        }
    }

    async fn who_does_not_get_in_is_told_so_in_the_callers_language(app: App) {
        let (nobody, employer) = (app.client_with_token("").await, app.role("employer").await);
        for (language, spoken) in LANGUAGES {
            let status = nobody.relocants().register_relocant(asked(samples::registration(), language)).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated);
            let (locale, text) = said(&status).remove(0);
            assert_eq!(locale, spoken);
            assert!(text.ends_with(expected(spoken, ["Қайта кіріңіз.", "Войдите снова.", "Please sign in again."])), "{text}");

            let status = employer.relocants().register_relocant(asked(samples::registration(), language)).await.unwrap_err();
            assert_eq!(status.code(), Code::PermissionDenied);
            let (locale, text) = said(&status).remove(0);
            assert_eq!(locale, spoken);
            assert!(text.starts_with(expected(spoken, ["Бұл әрекет жұмыс берушіге", "Работодателю это", "An employer may not"])), "{text}");
        }
    }

    async fn a_stream_ends_in_the_language_in_which_it_was_asked_for(app: App) {
        let watcher = app.role("integration").await;
        let watch = asked(proto::WatchEventsRequest::default(), Some("ru"));
        let mut stream = watcher.events().watch_events(watch).await.unwrap().into_inner();
        app.handle().stop().await;
        let last = loop {
            match stream.message().await {
                Ok(message) => assert!(message.is_some(), "the stream ended without saying why"),
                Err(status) => break status,
            }
        };
        assert_eq!(said(&last), [("ru".to_owned(), "Реестр временно недоступен. Повторите попытку через минуту.".to_owned())]);
    }

    async fn a_thousand_faults_fit_into_what_clients_take_as_a_header(app: App) {
        let clerk = app.role("registrar").await;
        for (language, spoken) in LANGUAGES {
            let backwards = proto::StayInterval { entry_date: samples::date("2025-01-05"), exit_date: samples::date("2025-01-01") };
            let ask = proto::EvaluateStayRequest {
                policy_id: "kz.eaeu.2023".to_owned(),
                stays: vec![backwards; 1000],
                on_date: samples::in_days(0),
                covered: vec![],
            };
            let status = clerk.stays().evaluate_stay(asked(ask, language)).await.unwrap_err();
            assert_eq!((status.code(), fields(&status).len()), (Code::InvalidArgument, 20));
            assert!(said(&status).iter().all(|(locale, _)| locale == spoken));
            assert!(status.details().len() * 4 / 3 + status.message().len() < 8000, "{spoken}: {}", status.details().len());
        }
    }
}

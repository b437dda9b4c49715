//! Each criterion, answered: first from what the registry knows, then from what was told, else with what to ask.

use chrono::{Days, Months, NaiveDate};

use super::{Answer, Facts, Finding, Outcome, StayFact};
use crate::{
    error::Reason as _,
    permits::{
        self,
        catalogue::{Criterion, Figures, PermitKind, PermitType},
    },
};

/// Monthly calculation indices that prove solvency.
const SOLVENCY_MCI: i64 = 1320;

/// Points that the questionnaire of the pilot of 2026 needs.
const QUESTIONNAIRE_POINTS: i64 = 400;

/// Per cent that each part of the test of Kazakh at level A1 needs.
const A1_PER_CENT: i64 = 30;

/// Months of residence before naturalisation.
const RESIDENCE_MONTHS: u32 = 60;

/// US dollars a month that an income must be above.
const INCOME_USD: i64 = 3000;

/// Days for a request for protection.
const REQUEST_DAYS: u64 = 5;

/// The age from which fingerprints are taken.
const FINGERPRINT_AGE: u32 = 16;

/// The age from which the knowledge test is asked.
const TEST_AGE: u32 = 18;

pub(super) const RESOLUTION_148: &str = "Government Resolution 148 of 21 January 2012, para. 9";
const FINGERPRINTING: &str = "Mandatory fingerprinting of foreigners from the age of 16, since 1 January 2024";
pub(super) const EAEU_TREATY: &str = "Treaty on the Eurasian Economic Union of 29 May 2014, arts. 96-98";
pub(super) const PILOT: &str = "Joint order 41, 60 and 47 of 30 January 2026 (pilot since 13 February 2026)";

/// A day of the calendar that this file writes down.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// Since when fingerprints are asked.
const FINGERPRINTS_SINCE: NaiveDate = day(2024, 1, 1);

/// Since when professions in demand do without the proof of solvency.
const IN_DEMAND_SINCE: NaiveDate = day(2023, 2, 28);

/// Since when the certificate of the knowledge test is asked.
const KNOWLEDGE_TEST_SINCE: NaiveDate = day(2024, 8, 12);

/// A question: the law, what is known and what was told.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) version: &'a PermitType,
    pub(super) figures: &'a Figures,
    pub(super) facts: &'a Facts,
    pub(super) answers: &'a [Answer],
}

impl Finding {
    fn fact(mut self, key: &'static str, value: impl ToString) -> Self {
        self.facts.push((key, value.to_string()));
        self
    }

    fn basis(self, legal_basis: &str) -> Self {
        Self { legal_basis: legal_basis.to_owned(), ..self }
    }

    fn earliest(self, earliest_on: Option<NaiveDate>) -> Self {
        Self { earliest_on, ..self }
    }

    fn told(self) -> Self {
        Self { told: true, ..self }
    }
}

impl Asked<'_> {
    pub(super) fn finding(&self, criterion: Criterion) -> Finding {
        use Criterion as C;
        match criterion {
            C::PassportLasts => self.passport_lasts(),
            C::NoOtherPermit => self.no_other_permit(),
            C::ArrivalNotified => self.arrival_notified(),
            C::InLawfulStay => self.in_lawful_stay(),
            C::FingerprintsFrom16 => self.fingerprints(),
            C::EmployerWorkPermit => self.unless_eaeu(criterion, "EMPLOYER_WORK_PERMIT_MISSING", true),
            C::EmployerQuota => self.unless_eaeu(criterion, "QUOTA_EXHAUSTED", self.version.eaeu_exempt),
            C::EmployerShareOfCitizens => self.unless_eaeu(criterion, "SHARE_OF_CITIZENS_NOT_MET", self.version.eaeu_exempt),
            C::Solvency1320Mci => self.solvency(),
            C::InDemandProfession => self.in_demand_profession(),
            C::KazakhA1Test => self.pilot_step(criterion, "TEST_NOT_PASSED", "TELL_PER_CENT", |per_cent| per_cent >= A1_PER_CENT),
            C::Questionnaire400Points => {
                self.pilot_step(criterion, "POINTS_TOO_FEW", "TELL_POINTS", |points| points >= QUESTIONNAIRE_POINTS)
            }
            C::InterdepartmentalCheck => self.pilot_step(criterion, "CHECK_NOT_PASSED", "TELL_WHETHER_HELD", |_| true),
            C::Interview => self.pilot_step(criterion, "INTERVIEW_NOT_PASSED", "TELL_WHETHER_HELD", |_| true),
            C::ConformityNotice => self.held(criterion, "CONFORMITY_NOT_GRANTED").basis(PILOT),
            C::HomeStateConsent => self.held(criterion, "HOME_STATE_CONSENT_MISSING").basis(PILOT),
            C::HoldsPermanentPermit => self.holds(criterion, PermitKind::PermanentResidencePermit, "NO_PERMANENT_PERMIT"),
            C::HoldsResidenceCard => self.holds(criterion, PermitKind::ResidenceCard, "NO_RESIDENCE_CARD"),
            C::ResidenceFiveYears => self.residence(),
            C::KnowledgeTest => self.knowledge_test(),
            C::Income3000Usd => self.income(),
            C::AppliedWithinFiveDays => self.applied_within_five_days(),
            C::ProfessionOnList => self.on_list(criterion, "PROFESSION_NOT_ON_LIST"),
            C::ProfessionOnListOrBusiness => self.on_list(criterion, "PROFESSION_OR_BUSINESS_NOT_PROVEN"),
            C::HasContract => self.held(criterion, "CONTRACT_NOT_CONFIRMED"),
            C::HasRelative => self.held(criterion, "RELATIONSHIP_NOT_CONFIRMED"),
            C::HasEnrolment => self.held(criterion, "ENROLMENT_NOT_CONFIRMED"),
            C::HasReferral => self.held(criterion, "REFERRAL_NOT_CONFIRMED"),
            C::HostConsentNotarised => self.held(criterion, "HOST_CONSENT_MISSING"),
            C::HasHousing => self.held(criterion, "HOUSING_NOT_PROVEN"),
            C::DiplomaMatches => self.held(criterion, "QUALIFICATION_NOT_MATCHING"),
            C::AstanaHubPetition => self.held(criterion, "PETITION_MISSING"),
        }
    }

    fn of(&self, criterion: Criterion, outcome: Outcome, code: &'static str) -> Finding {
        let legal_basis = self.version.legal_basis.clone();
        Finding { criterion, outcome, code, facts: vec![], legal_basis, earliest_on: None, told: false }
    }

    fn answer(&self, criterion: Criterion) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.criterion == criterion)
    }

    /// The age on the day, when the day of birth is known.
    fn age(&self) -> Option<u32> {
        self.facts.birth_on.as_ref().and_then(|birth_on| self.facts.on.years_since(*birth_on.expose()))
    }

    /// Why the person does without a permit of this kind: as a citizen of the Union, or as a child.
    pub(super) fn not_needed(&self) -> Option<&'static str> {
        let child = |under: i32| self.age().is_some_and(|age| i64::from(age) < i64::from(under));
        if self.version.eaeu_exempt && self.facts.citizenship.is_eaeu() {
            Some("EAEU_CITIZEN")
        } else {
            self.version.children_exempt_under_years.filter(|under| child(*under)).map(|_| "CHILD")
        }
    }

    /// What only an answer can tell.
    fn held(&self, criterion: Criterion, missing: &'static str) -> Finding {
        let Some(answer) = self.answer(criterion) else { return self.of(criterion, Outcome::NotKnown, "TELL_WHETHER_HELD") };
        let later = answer.on.filter(|on| *on > self.facts.on);
        if answer.held && later.is_none() {
            self.of(criterion, Outcome::Met, "").told()
        } else {
            self.of(criterion, Outcome::NotMet, missing).earliest(later).told()
        }
    }

    /// The passport rule of February 2023: so many days must be left on the day of application. A passport that the registry has not seen can be told by its last
    /// day, and the longer one counts.
    fn passport_lasts(&self) -> Finding {
        let criterion = Criterion::PassportLasts;
        let answer = self.answer(criterion).filter(|answer| answer.held).and_then(|answer| answer.on);
        let known = self.facts.passport_until.as_ref().map(|until| *until.expose());
        let Some(until) = known.max(answer) else { return self.of(criterion, Outcome::NotKnown, "TELL_LAST_DAY_OF_PASSPORT") };
        let days = Days::new(self.version.passport_min_days.and_then(|days| u64::try_from(days).ok()).unwrap_or(0));
        let (needed, latest) = (self.facts.on + days, until - days);
        let finding = if until >= needed {
            self.of(criterion, Outcome::Met, "")
        } else {
            self.of(criterion, Outcome::NotMet, "PASSPORT_TOO_SHORT")
                .fact("until", until)
                .fact("needed", needed)
                .fact("latest_application", latest)
        };
        if known == Some(until) { finding } else { finding.told() }
    }

    /// Order 992: one active permit at a time. It stops being in the way on the day after its last.
    fn no_other_permit(&self) -> Finding {
        let criterion = Criterion::NoOtherPermit;
        match permits::rules::none_in_the_way(&self.facts.permits, self.facts.on) {
            Ok(()) => self.of(criterion, Outcome::Met, ""),
            Err(active) => {
                let mut finding = self.of(criterion, Outcome::NotMet, "VALID_PERMIT_EXISTS");
                finding.facts = active.facts();
                let named = |id: &str| finding.facts.iter().any(|(key, value)| *key == "permit" && value == id);
                let active = self.facts.permits.iter().find(|permit| named(&permit.id.to_string()));
                let free_on = active.and_then(|permit| permit.valid_until).and_then(|until| until.succ_opt());
                finding.earliest(free_on)
            }
        }
    }

    /// Government Resolution 148, para. 9: the host notifies the arrival.
    fn arrival_notified(&self) -> Finding {
        let criterion = Criterion::ArrivalNotified;
        let finding = match &self.facts.arrival {
            Some(arrival) if arrival.notified_on.is_some_and(|on| on <= self.facts.on) => self.of(criterion, Outcome::Met, ""),
            _ if self.answer(criterion).is_some() => self.held(criterion, "ARRIVAL_NOT_NOTIFIED"),
            Some(arrival) => self.of(criterion, Outcome::NotMet, "ARRIVAL_NOT_NOTIFIED").fact("due", arrival.due_on),
            None => self.of(criterion, Outcome::NotKnown, "RECORD_ENTRY"),
        };
        finding.basis(RESOLUTION_148)
    }

    /// Whoever applies is here lawfully on that day. After an overstay: from the first day on which an entry is lawful again.
    fn in_lawful_stay(&self) -> Finding {
        let criterion = Criterion::InLawfulStay;
        match &self.facts.stay {
            StayFact::NotPresent | StayFact::NoPolicy if self.answer(criterion).is_some() => self.held(criterion, "STAY_NOT_LAWFUL"),
            StayFact::NotPresent => self.of(criterion, Outcome::NotKnown, "RECORD_ENTRY"),
            StayFact::NoPolicy => self.of(criterion, Outcome::NotKnown, "STAY_POLICY_NOT_KNOWN"),
            StayFact::Known { status, legal_basis } => {
                let finding = if status.lawful {
                    self.of(criterion, Outcome::Met, "")
                } else {
                    let overstay = self.of(criterion, Outcome::NotMet, "STAY_NOT_LAWFUL").fact("overstay_days", status.overstay_days);
                    overstay.earliest(Some(status.earliest_entry_on))
                };
                let finding = finding.fact("policy_id", &status.policy_id).basis(legal_basis);
                match status.last_lawful_on {
                    Some(last) => finding.fact("last_lawful", last),
                    None => finding,
                }
            }
        }
    }

    /// Fingerprints are taken from the age of 16, since 1 January 2024.
    fn fingerprints(&self) -> Finding {
        let criterion = Criterion::FingerprintsFrom16;
        let finding = if self.facts.on < FINGERPRINTS_SINCE {
            self.of(criterion, Outcome::Met, "NOT_ASKED_YET")
        } else if self.age().is_some_and(|age| age < FINGERPRINT_AGE) {
            self.of(criterion, Outcome::Met, "CHILD")
        } else {
            self.held(criterion, "FINGERPRINTS_MISSING")
        };
        finding.basis(FINGERPRINTING)
    }

    /// Treaty on the Union, art. 97: its citizens work without a permit and outside the quota.
    fn unless_eaeu(&self, criterion: Criterion, missing: &'static str, exempt: bool) -> Finding {
        if exempt && self.facts.citizenship.is_eaeu() {
            self.of(criterion, Outcome::Met, "NOT_NEEDED_EAEU").basis(EAEU_TREATY)
        } else {
            self.held(criterion, missing)
        }
    }

    /// 1,320 monthly calculation indices of the day, by a paper that is not too old; not asked of a profession in demand.
    fn solvency(&self) -> Finding {
        let criterion = Criterion::Solvency1320Mci;
        let on = self.facts.on;
        let Some(mci) = self.figures.mci(on) else { return self.of(criterion, Outcome::NotKnown, "FIGURE_NOT_KNOWN") };
        let needed = SOLVENCY_MCI * mci.kzt;
        let with = |finding: Finding| finding.fact("needed_kzt", needed).fact("mci_kzt", mci.kzt).fact("mci_from", mci.from);
        let lifted = self.version.criteria.contains(&Criterion::InDemandProfession) && self.in_demand_profession().outcome == Outcome::Met;
        if lifted {
            return with(self.of(criterion, Outcome::Met, "IN_DEMAND_PROFESSION")).told();
        }
        let Some(answer) = self.answer(criterion) else { return with(self.of(criterion, Outcome::NotKnown, "TELL_AMOUNT_KZT")) };
        let paper = self.version.documents.iter().find(|paper| paper.code == "SOLVENCY_PROOF").and_then(|paper| paper.valid_days);
        let valid_days = paper.and_then(|days| u64::try_from(days).ok());
        let good_until = answer.on.zip(valid_days).and_then(|(made_on, days)| made_on.checked_add_days(Days::new(days)));
        let finding = match answer.numbers.expose().first() {
            Some(amount) if *amount < needed => {
                self.of(criterion, Outcome::NotMet, "SOLVENCY_NOT_PROVEN").fact("missing_kzt", needed - amount)
            }
            _ if good_until.is_some_and(|until| until < on) => self.of(criterion, Outcome::NotMet, "PROOF_TOO_OLD"),
            Some(_) if answer.on.is_none_or(|made_on| made_on <= on) => self.of(criterion, Outcome::Met, ""),
            Some(_) => self.of(criterion, Outcome::NotMet, "SOLVENCY_NOT_PROVEN").earliest(answer.on),
            None => self.held(criterion, "SOLVENCY_NOT_PROVEN"),
        };
        with(finding).told()
    }

    /// Professions in demand do without the proof of solvency since 28 February 2023. The card's occupation is a hint and no proof.
    fn in_demand_profession(&self) -> Finding {
        let criterion = Criterion::InDemandProfession;
        if self.facts.on < IN_DEMAND_SINCE {
            self.of(criterion, Outcome::NotMet, "NOT_IN_FORCE_YET")
        } else {
            self.on_list(criterion, "PROFESSION_NOT_ON_LIST")
        }
    }

    /// A list of professions that is not copied here.
    fn on_list(&self, criterion: Criterion, missing: &'static str) -> Finding {
        let finding = self.held(criterion, missing);
        let hints: Vec<String> = self.facts.occupations.iter().map(ToString::to_string).collect();
        if finding.outcome == Outcome::NotKnown && !hints.is_empty() { finding.fact("occupations", hints.join(" ")) } else { finding }
    }

    /// The pilot of 2026: test, questionnaire, check and interview come before the notice of conformity, so that whoever holds the notice has passed them.
    fn pilot_step(&self, criterion: Criterion, missing: &'static str, ask: &'static str, enough: fn(i64) -> bool) -> Finding {
        let notice = || self.held(Criterion::ConformityNotice, "").outcome == Outcome::Met;
        let finding = match self.answer(criterion) {
            None if notice() => self.of(criterion, Outcome::Met, "SHOWN_BY_NOTICE").told(),
            None => self.of(criterion, Outcome::NotKnown, ask),
            Some(answer) => self.measured(answer, missing, enough),
        };
        finding.basis(PILOT)
    }

    /// By the numbers when there are any, each of which must be enough.
    fn measured(&self, answer: &Answer, missing: &'static str, enough: impl Fn(i64) -> bool) -> Finding {
        let numbers = answer.numbers.expose();
        if numbers.is_empty() {
            return self.held(answer.criterion, missing);
        }
        let later = answer.on.filter(|on| *on > self.facts.on);
        let all = numbers.iter().all(|number| enough(*number));
        if all && later.is_none() {
            self.of(answer.criterion, Outcome::Met, "").told()
        } else {
            self.of(answer.criterion, Outcome::NotMet, missing).earliest(later.filter(|_| all)).told()
        }
    }

    /// A permit that stands on another one: the registry's own record first.
    fn holds(&self, criterion: Criterion, kind: PermitKind, missing: &'static str) -> Finding {
        if self.held_on_day(kind).is_some() { self.of(criterion, Outcome::Met, "") } else { self.held(criterion, missing) }
    }

    fn held_on_day(&self, kind: PermitKind) -> Option<&permits::Permit> {
        let covers =
            |permit: &&permits::Permit| permits::rules::covers(permit).is_some_and(|(first, last)| (first..=last).contains(&self.facts.on));
        self.facts.permits.iter().filter(|permit| permit.kind == kind).find(covers)
    }

    /// Five years on the residence card, renewals included.
    fn residence(&self) -> Finding {
        let criterion = Criterion::ResidenceFiveYears;
        let mut card = self.held_on_day(PermitKind::ResidenceCard);
        let mut since = None;
        while let Some(permit) = card {
            since = permit.valid_from;
            card = self.facts.permits.iter().find(|other| permit.predecessor == Some(other.id));
        }
        let answer = self.answer(criterion);
        let told_since = answer.filter(|answer| answer.held).and_then(|answer| answer.on);
        let reached = |since: NaiveDate| since.checked_add_months(Months::new(RESIDENCE_MONTHS));
        let by = |reached_on: Option<NaiveDate>| {
            if reached_on.is_some_and(|reached_on| reached_on <= self.facts.on) {
                self.of(criterion, Outcome::Met, "")
            } else {
                self.of(criterion, Outcome::NotMet, "RESIDENCE_TOO_SHORT").earliest(reached_on)
            }
        };
        match (since, told_since, answer) {
            (Some(since), _, _) => by(reached(since)).fact("since", since),
            (None, Some(since), _) => by(reached(since)).fact("since", since).told(),
            (None, None, Some(answer)) => match answer.numbers.expose().first() {
                Some(months) => {
                    let left = u32::try_from(*months).map_or(0, |months| RESIDENCE_MONTHS.saturating_sub(months));
                    by(self.facts.on.checked_add_months(Months::new(left))).told()
                }
                None => self.held(criterion, "RESIDENCE_TOO_SHORT"),
            },
            (None, None, None) => self.of(criterion, Outcome::NotKnown, "TELL_FIRST_DAY_OF_CARD"),
        }
    }

    /// Points of each part by the order in force on the day of the test. Minors are exempt.
    fn knowledge_test(&self) -> Finding {
        let criterion = Criterion::KnowledgeTest;
        if self.facts.on < KNOWLEDGE_TEST_SINCE {
            return self.of(criterion, Outcome::Met, "NOT_ASKED_YET");
        }
        if self.age().is_some_and(|age| age < TEST_AGE) {
            return self.of(criterion, Outcome::Met, "CHILD");
        }
        let answer = self.answer(criterion);
        let tested_on = answer.and_then(|answer| answer.on).unwrap_or(self.facts.on);
        let thresholds = self.figures.naturalisation(tested_on);
        let finding = match (answer, thresholds) {
            (None, _) => self.of(criterion, Outcome::NotKnown, "TELL_POINTS"),
            (Some(answer), None) if !answer.numbers.expose().is_empty() => self.of(criterion, Outcome::NotKnown, "FIGURE_NOT_KNOWN").told(),
            (Some(answer), None) => self.held(answer.criterion, "KNOWLEDGE_TEST_NOT_PASSED"),
            (Some(answer), Some(needed)) => {
                let mut parts = [needed.language, needed.constitution, needed.history].into_iter().zip(answer.numbers.expose());
                let passed = parts.all(|(needed, points)| *points >= needed);
                self.measured(answer, "KNOWLEDGE_TEST_NOT_PASSED", |_| passed)
            }
        };
        match thresholds {
            None => finding,
            Some(needed) => finding
                .fact("language", needed.language)
                .fact("constitution", needed.constitution)
                .fact("history", needed.history)
                .basis(&needed.legal_basis),
        }
    }

    /// Above 3,000 US dollars a month.
    fn income(&self) -> Finding {
        let criterion = Criterion::Income3000Usd;
        match self.answer(criterion) {
            None => self.of(criterion, Outcome::NotKnown, "TELL_AMOUNT_USD"),
            Some(answer) => self.measured(answer, "INCOME_NOT_PROVEN", |usd| usd > INCOME_USD),
        }
    }

    /// Law on Refugees: within five calendar days of the arrival. Whether another day counts is heard by the authority alone.
    fn applied_within_five_days(&self) -> Finding {
        let criterion = Criterion::AppliedWithinFiveDays;
        let in_time = |arrived_on: NaiveDate| self.facts.on <= arrived_on + Days::new(REQUEST_DAYS);
        if self.facts.arrival.is_some_and(|arrival| in_time(arrival.arrived_on)) {
            self.of(criterion, Outcome::Met, "")
        } else {
            self.of(criterion, Outcome::NotKnown, "HEARD_BY_AUTHORITY")
        }
    }
}

//! Every kind of permit and status as dated data, read from `catalogue.toml` and from the operator's file: what it is called, who applies, what to bring, what is
//! asked. A law that changes is a further version there. Whether a person meets what is asked is not here, see `eligibility`.

pub mod api;
mod codes;
mod figures;
pub mod operations;

use std::{collections::BTreeSet, str::FromStr};

use chrono::NaiveDate;
use serde::Deserialize;
use strum::IntoEnumIterator as _;

use crate::versions;

pub use self::{
    codes::{Criterion, DOCUMENTS, PermitApplicant, PermitBasis, PermitBound, PermitKind, REFUSAL_GROUNDS, REVOCATION_GROUNDS},
    figures::{Figures, Mci, Naturalisation},
};

/// The versions and figures that come with the registry.
const BUILT_IN: &str = include_str!("../catalogue.toml");

/// A paper to bring.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// One of [`DOCUMENTS`].
    pub code: String,
    /// Days from its making for which it is taken.
    pub valid_days: Option<i32>,
}

/// One version of a kind of permit. What is not known is `None`; it never means "none" or "no".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermitType {
    /// The kind.
    pub kind: PermitKind,
    /// The name in Kazakh.
    pub name_kk: String,
    /// The name in Russian.
    pub name_ru: String,
    /// The name in English.
    pub name_en: String,
    /// The first day in force; `None`: as far back as anybody asks.
    pub effective_from: Option<NaiveDate>,
    /// The last day in force; `None`: until the next version begins.
    pub effective_until: Option<NaiveDate>,
    /// The legal basis.
    pub legal_basis: String,
    /// Where it can be read.
    pub source_url: String,
    /// `A` primary text, `B` one good source, `C` weak.
    pub confidence: String,
    /// Why it can be listed and nothing more; `None`: it can be checked for a person.
    pub information_only_because: Option<String>,
    /// Whether citizens of the Eurasian Economic Union do without it.
    pub eaeu_exempt: bool,
    /// Who applies.
    pub applicant: PermitApplicant,
    /// What it stands or falls with.
    pub stands_on: PermitBasis,
    /// Months that it lasts at most.
    pub max_months: Option<i32>,
    /// What it cannot outlast.
    pub bounded_by: Vec<PermitBound>,
    /// Whether it can be renewed.
    pub renewable: Option<bool>,
    /// Working days that the authority takes.
    pub review_working_days: Option<i32>,
    /// Days that the passport must have left on the day of application.
    pub passport_min_days: Option<i32>,
    /// Children below this age do without it.
    pub children_exempt_under_years: Option<i32>,
    /// Days within which to apply.
    pub application_due_days: Option<i32>,
    /// What to bring.
    pub documents: Vec<Paper>,
    /// Why it can be refused, each one of [`REFUSAL_GROUNDS`].
    pub refusal_grounds: Vec<String>,
    /// Why it can be revoked, each one of [`REVOCATION_GROUNDS`].
    pub revocation_grounds: Vec<String>,
    /// What an officer looks at outside the registry.
    pub officer_checks: Vec<String>,
    /// What is asked of the applicant.
    pub criteria: Vec<Criterion>,
    /// What the sources leave open.
    pub open: String,
}

/// A version as it is written down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenType {
    kind: String,
    name_kk: String,
    name_ru: String,
    name_en: String,
    effective_from: Option<NaiveDate>,
    effective_until: Option<NaiveDate>,
    legal_basis: String,
    source_url: String,
    confidence: String,
    #[serde(default)]
    information_only: bool,
    information_only_because: Option<String>,
    #[serde(default)]
    eaeu_exempt: bool,
    applicant: String,
    stands_on: String,
    max_months: Option<i32>,
    bounded_by: Vec<String>,
    renewable: Option<bool>,
    review_working_days: Option<i32>,
    passport_min_days: Option<i32>,
    children_exempt_under_years: Option<i32>,
    application_due_days: Option<i32>,
    documents: Vec<Paper>,
    refusal_grounds: Vec<String>,
    revocation_grounds: Vec<String>,
    officer_checks: Vec<String>,
    criteria: Vec<String>,
    #[serde(default)]
    open: String,
}

/// What a file says of permits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenCatalogue {
    /// Versions of kinds.
    pub permit_type: Vec<WrittenType>,
    /// Rows of the monthly calculation index.
    pub mci: Vec<Mci>,
    /// Rows of the knowledge test.
    pub naturalisation: Vec<Naturalisation>,
}

/// All versions of all kinds.
#[derive(Debug, Clone)]
pub struct PermitTypes(Vec<PermitType>);

impl PermitTypes {
    /// What comes with the registry, with what an operator wrote put in: a version with a known kind and first day replaces it, another is added.
    ///
    /// # Errors
    /// Every fault, one a line, with the version and the field that it lies in.
    pub fn with(own: WrittenCatalogue) -> Result<(Self, Figures), String> {
        let file: WrittenCatalogue =
            toml::from_str(BUILT_IN).map_err(|failed| format!("the built-in catalogue of permits cannot be read: {failed}"))?;
        let mut written = file.permit_type;
        for version in own.permit_type {
            match written.iter_mut().find(|known| known.kind == version.kind && known.effective_from == version.effective_from) {
                Some(known) => *known = version,
                None => written.push(version),
            }
        }
        let mut faults = Vec::new();
        let versions: Vec<PermitType> = written.into_iter().filter_map(|version| checked(version, &mut faults)).collect();
        for kind in PermitKind::iter() {
            in_sequence(&of_kind(&versions, kind), &mut faults);
        }
        let figures = Figures::with((file.mci, file.naturalisation), (own.mci, own.naturalisation), &mut faults);
        if faults.is_empty() { Ok((Self(versions), figures)) } else { Err(faults.join("\n")) }
    }

    /// The version of a kind in force on a day.
    pub fn in_force(&self, kind: PermitKind, on: NaiveDate) -> Option<&PermitType> {
        let begun = |version: &&&PermitType| version.effective_from.is_none_or(|from| from <= on);
        let found = of_kind(&self.0, kind).iter().rev().find(begun).copied()?;
        found.effective_until.is_none_or(|until| on <= until).then_some(found)
    }

    /// The versions of one kind or of all; all of them, or those in force on a day. In the order in which they are written.
    pub fn listed(&self, kind: Option<PermitKind>, on: Option<NaiveDate>) -> Vec<&PermitType> {
        let wanted = |version: &&PermitType| {
            kind.is_none_or(|kind| version.kind == kind) && on.is_none_or(|on| self.in_force(version.kind, on) == Some(*version))
        };
        self.0.iter().filter(wanted).collect()
    }
}

/// The versions of a kind, the oldest first.
fn of_kind(versions: &[PermitType], kind: PermitKind) -> Vec<&PermitType> {
    let mut found: Vec<&PermitType> = versions.iter().filter(|version| version.kind == kind).collect();
    found.sort_by_key(|version| version.effective_from);
    found
}

/// A version whose codes and numbers are those that the catalogue knows; nothing when a code is unknown.
fn checked(written: WrittenType, faults: &mut Vec<String>) -> Option<PermitType> {
    let place = written.effective_from.map_or_else(|| written.kind.clone(), |from| format!("{} from {from}", written.kind));
    let mut fault = |field: &str, what: &str| faults.push(format!("permit_type {place}: {field}: {what}"));
    let texts = [
        ("name_kk", &written.name_kk),
        ("name_ru", &written.name_ru),
        ("name_en", &written.name_en),
        ("legal_basis", &written.legal_basis),
        ("source_url", &written.source_url),
    ];
    for (field, _) in texts.into_iter().filter(|(_, text)| text.is_empty()) {
        fault(field, "is required");
    }
    for (field, what) in versions::faults_of((written.effective_from, written.effective_until), &written.confidence) {
        fault(field, what);
    }
    for (field, number, most) in [
        ("max_months", written.max_months, 600),
        ("review_working_days", written.review_working_days, 366),
        ("passport_min_days", written.passport_min_days, 3660),
        ("children_exempt_under_years", written.children_exempt_under_years, 21),
        ("application_due_days", written.application_due_days, 366),
    ] {
        if number.is_some_and(|number| !(1..=most).contains(&number)) {
            fault(field, &format!("must be 1 to {most}"));
        }
    }
    known_codes(&written, &mut fault);
    let because = written.information_only_because.filter(|because| !because.trim().is_empty());
    if written.information_only != because.is_some() {
        fault("information_only_because", "is required with information_only, and only then");
    }
    let kind: Option<PermitKind> = known("kind", &written.kind, &mut fault);
    if kind.is_some_and(PermitKind::is_telling) && !written.information_only {
        fault("information_only", "must be true: a record of this kind would reveal what the registry never holds");
    }
    let applicant = known("applicant", &written.applicant, &mut fault);
    let stands_on = known("stands_on", &written.stands_on, &mut fault);
    let criteria = written.criteria.iter().filter_map(|code| known("criteria", code, &mut fault)).collect();
    let bounded_by = written.bounded_by.iter().filter_map(|code| known("bounded_by", code, &mut fault)).collect();
    Some(PermitType {
        kind: kind?,
        name_kk: written.name_kk,
        name_ru: written.name_ru,
        name_en: written.name_en,
        effective_from: written.effective_from,
        effective_until: written.effective_until,
        legal_basis: written.legal_basis,
        source_url: written.source_url,
        confidence: written.confidence,
        information_only_because: because,
        eaeu_exempt: written.eaeu_exempt,
        applicant: applicant?,
        stands_on: stands_on?,
        max_months: written.max_months,
        bounded_by,
        renewable: written.renewable,
        review_working_days: written.review_working_days,
        passport_min_days: written.passport_min_days,
        children_exempt_under_years: written.children_exempt_under_years,
        application_due_days: written.application_due_days,
        documents: written.documents,
        refusal_grounds: written.refusal_grounds,
        revocation_grounds: written.revocation_grounds,
        officer_checks: written.officer_checks,
        criteria,
        open: written.open,
    })
}

/// Codes that lie in a list of the catalogue: they must be there, each once, and with the number that they need.
fn known_codes(written: &WrittenType, fault: &mut impl FnMut(&str, &str)) {
    if written.passport_min_days.is_none() && written.criteria.iter().any(|code| code == "PASSPORT_LASTS") {
        fault("passport_min_days", "is required with PASSPORT_LASTS");
    }
    for paper in &written.documents {
        if !DOCUMENTS.contains(&paper.code.as_str()) {
            fault("documents", &format!("there is no {}", paper.code));
        }
        if paper.valid_days.is_some_and(|days| !(1..=3660).contains(&days)) {
            fault("documents", &format!("valid_days of {} must be 1 to 3660", paper.code));
        }
    }
    for (field, given, known) in [
        ("refusal_grounds", &written.refusal_grounds, &REFUSAL_GROUNDS[..]),
        ("revocation_grounds", &written.revocation_grounds, &REVOCATION_GROUNDS[..]),
    ] {
        for code in given.iter().filter(|code| !known.contains(&code.as_str())) {
            fault(field, &format!("there is no {code}"));
        }
    }
    for (field, given) in [
        ("criteria", &written.criteria),
        ("bounded_by", &written.bounded_by),
        ("refusal_grounds", &written.refusal_grounds),
        ("revocation_grounds", &written.revocation_grounds),
    ] {
        let mut seen = BTreeSet::new();
        for code in given.iter().filter(|code| !seen.insert(code.as_str())) {
            fault(field, &format!("{code} is there twice"));
        }
    }
}

/// The code that a text is, or a fault.
fn known<T: FromStr>(field: &str, text: &str, fault: &mut impl FnMut(&str, &str)) -> Option<T> {
    let code = text.parse().ok();
    if code.is_none() {
        fault(field, &format!("there is no {text}"));
    }
    code
}

/// Each version of a kind begins on the day after the one before it ends: no day has two, and none between two has none.
fn in_sequence(sorted: &[&PermitType], faults: &mut Vec<String>) {
    for pair in sorted.windows(2) {
        let [one, next] = pair else { continue };
        let kind = one.kind;
        let fault = versions::fault_between((one.effective_from, one.effective_until), (next.effective_from, next.effective_until));
        faults.extend(fault.map(|fault| format!("permit_type {kind}: two versions {fault}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn written(text: &str) -> WrittenCatalogue {
        toml::from_str(text).unwrap()
    }

    /// A right version of a kind, with keys replaced or added.
    fn version(kind: &str, changed: &[(&str, &str)]) -> String {
        let mut keys: Vec<(&str, String)> = vec![
            ("kind", format!("'{kind}'")),
            ("name_kk", "'x'".into()),
            ("name_ru", "'x'".into()),
            ("name_en", "'x'".into()),
            ("legal_basis", "'x'".into()),
            ("source_url", "'x'".into()),
            ("confidence", "'B'".into()),
            ("applicant", "'HOST'".into()),
            ("stands_on", "'OWN'".into()),
            ("bounded_by", "[]".into()),
            ("documents", "[]".into()),
            ("refusal_grounds", "[]".into()),
            ("revocation_grounds", "[]".into()),
            ("officer_checks", "[]".into()),
            ("criteria", "[]".into()),
        ];
        for (key, value) in changed {
            keys.retain(|(known, _)| known != key);
            keys.push((key, (*value).to_owned()));
        }
        let lines: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        format!("[[permit_type]]\n{}", lines.concat())
    }

    fn faults_of(text: &str) -> String {
        PermitTypes::with(written(text)).unwrap_err()
    }

    #[test]
    fn the_built_in_catalogue_has_a_version_of_every_kind_in_force_today() {
        let (types, _) = PermitTypes::with(WrittenCatalogue::default()).unwrap();
        for kind in PermitKind::iter() {
            assert!(types.in_force(kind, day("2026-11-25")).is_some(), "{kind}");
        }
        assert_eq!(types.listed(None, None).len(), 26);
        assert_eq!(types.listed(None, Some(day("2026-11-25"))).len(), 25);
    }

    #[test]
    fn the_pilot_of_13_february_2026_is_a_version_of_its_own() {
        let (types, _) = PermitTypes::with(WrittenCatalogue::default()).unwrap();
        let on = |text: &str| types.in_force(PermitKind::PermanentResidencePermit, day(text)).unwrap();
        assert!(!on("2026-02-12").criteria.contains(&Criterion::Questionnaire400Points));
        assert!(on("2026-02-13").criteria.contains(&Criterion::Questionnaire400Points));
        assert!(types.in_force(PermitKind::PermanentResidencePermit, day("2015-12-03")).is_none());
    }

    #[test]
    fn what_would_reveal_what_the_registry_never_holds_is_for_information_only_whatever_a_file_says() {
        let (types, _) = PermitTypes::with(WrittenCatalogue::default()).unwrap();
        for version in types.listed(None, None) {
            assert_eq!(version.information_only_because.is_some(), version.kind.is_telling(), "{}", version.kind);
            assert!(!(version.kind.is_telling() && version.kind.takes_applications()));
        }
        assert!(faults_of(&version("KANDAS_STATUS", &[])).contains("permit_type KANDAS_STATUS: information_only: must be true"));
    }

    #[test]
    fn every_code_reads_back_as_it_is_written() {
        for kind in PermitKind::iter() {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for criterion in Criterion::iter() {
            assert_eq!(criterion.to_string().parse(), Ok(criterion));
        }
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let wrong = version(
            "VISA_C3",
            &[
                ("name_kk", "''"),
                ("legal_basis", "''"),
                ("confidence", "'Z'"),
                ("effective_from", "'2026-01-02'"),
                ("effective_until", "'2026-01-01'"),
                ("max_months", "0"),
                ("passport_min_days", "-1"),
                ("applicant", "'NOBODY'"),
                ("stands_on", "'SAND'"),
                ("bounded_by", "['SKY']"),
                ("documents", "[{ code = 'SOUL' }, { code = 'DIPLOMA', valid_days = 0 }]"),
                ("refusal_grounds", "['WHIM']"),
                ("revocation_grounds", "['WHIM', 'WHIM']"),
                ("criteria", "['LUCK', 'HAS_CONTRACT', 'HAS_CONTRACT']"),
                ("information_only", "true"),
            ],
        );
        let text = format!(
            "{wrong}\n{}\n[[mci]]\nfrom = '2027-01-01'\nkzt = 0\n[[naturalisation]]\nfrom = '2027-01-01'\nlegal_basis = ''\nlanguage = 0\nconstitution = 101\nhistory = 1\n",
            version("VISA_Q9", &[])
        );
        let told = faults_of(&text);
        for place in [
            "permit_type VISA_C3 from 2026-01-02: name_kk: is required",
            "VISA_C3 from 2026-01-02: legal_basis",
            "VISA_C3 from 2026-01-02: confidence: must be A, B or C",
            "VISA_C3 from 2026-01-02: effective_until: lies before",
            "VISA_C3 from 2026-01-02: max_months: must be 1 to 600",
            "VISA_C3 from 2026-01-02: passport_min_days",
            "VISA_C3 from 2026-01-02: applicant: there is no NOBODY",
            "VISA_C3 from 2026-01-02: stands_on: there is no SAND",
            "VISA_C3 from 2026-01-02: bounded_by: there is no SKY",
            "VISA_C3 from 2026-01-02: documents: there is no SOUL",
            "VISA_C3 from 2026-01-02: documents: valid_days of DIPLOMA",
            "VISA_C3 from 2026-01-02: refusal_grounds: there is no WHIM",
            "VISA_C3 from 2026-01-02: revocation_grounds: WHIM is there twice",
            "VISA_C3 from 2026-01-02: criteria: there is no LUCK",
            "VISA_C3 from 2026-01-02: criteria: HAS_CONTRACT is there twice",
            "VISA_C3 from 2026-01-02: information_only_because: is required",
            "permit_type VISA_Q9: kind: there is no VISA_Q9",
            "mci 2027-01-01: kzt",
            "naturalisation 2027-01-01: legal_basis",
            "naturalisation 2027-01-01: language",
            "naturalisation 2027-01-01: constitution",
        ] {
            assert!(told.lines().any(|line| line.contains(place)), "{place} in:\n{told}");
        }
        let passport = version("VISA_C3", &[("criteria", "['PASSPORT_LASTS']")]);
        assert!(faults_of(&passport).contains("VISA_C3: passport_min_days: is required with PASSPORT_LASTS"));
        assert!(toml::from_str::<WrittenCatalogue>(&version("VISA_C3", &[("colour", "'red'")])).is_err());
    }

    #[test]
    fn versions_of_a_kind_that_overlap_or_leave_a_gap_are_told() {
        let after = |from: &str| version("PERMANENT_RESIDENCE_PERMIT", &[("effective_from", from), ("effective_until", "'2026-02-12'")]);
        assert!(faults_of(&after("'2020-01-01'")).contains("permit_type PERMANENT_RESIDENCE_PERMIT: two versions overlap"));
        let early = version("PERMANENT_RESIDENCE_PERMIT", &[("effective_from", "'2010-01-01'"), ("effective_until", "'2015-01-01'")]);
        assert!(faults_of(&early).contains("two versions leave a gap between 2015-01-01 and 2015-12-04"));
    }

    #[test]
    fn an_operator_replaces_a_version_adds_the_next_and_writes_the_index_of_a_new_year() {
        let same = version("VISA_C5", &[("max_months", "24")]);
        let next = version("VISA_C3", &[("effective_from", "'2027-01-01'"), ("max_months", "36")]);
        let text = format!("{same}\n{next}\n[[mci]]\nfrom = '2027-01-01'\nkzt = 4500\n[[mci]]\nfrom = '2026-01-01'\nkzt = 4326\n");
        let (types, figures) = PermitTypes::with(written(&text)).unwrap();
        let months = |kind, on: &str| types.in_force(kind, day(on)).unwrap().max_months;
        assert_eq!(months(PermitKind::VisaC5, "2026-06-01"), Some(24));
        assert_eq!((months(PermitKind::VisaC3, "2026-12-31"), months(PermitKind::VisaC3, "2027-01-01")), (None, Some(36)));
        assert_eq!((figures.mci(day("2026-06-01")).unwrap().kzt, figures.mci(day("2027-06-01")).unwrap().kzt), (4326, 4500));
        assert_eq!(types.listed(Some(PermitKind::VisaC5), None).len(), 1);
    }
}

//! Vacancies as `JobPosting` of schema.org in JSON-LD: one, several in an array, or among others in `@graph`. Besides what schema.org has, `housing`, `allowances`,
//! `languages` and `licenceRequired` are read. Whatever cannot be read is a fault with its path; fields that are not known are counted and passed over.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Fault, File, Posting, values};
use crate::{
    api::date,
    cli::import::terms::{HOME_KIND, REGION},
    proto::{self, google::r#type::Date},
    time::Instant,
    vacancies,
};

/// Postings of one file at most.
const MOST: usize = 10_000;

/// What is told of a value that is not there.
const REQUIRED: &str = "is required";

/// What schema.org calls what the contract has; `homes[…]` is put together from the home's path.
const NAMES: [(&str, &str); 17] = [
    ("external_ref", "identifier"),
    ("occupation", "occupationalCategory"),
    ("region_code", "jobLocation.address.addressRegion"),
    ("settlement", "jobLocation.address.addressLocality"),
    ("openings", "totalJobOpenings"),
    ("pay_min_minor", "baseSalary.value.minValue"),
    ("pay_max_minor", "baseSalary.value.maxValue"),
    ("currency", "baseSalary.currency"),
    ("closing_date", "validThrough"),
    ("kind", "kind"),
    ("count", "count"),
    ("rooms", "rooms"),
    ("people", "people"),
    ("rent_minor", "rent"),
    ("available_from_date", "from"),
    ("available_until_date", "until"),
    ("homes", "housing"),
];

/// Reads a text.
pub fn read(text: &str, employer: &str, now: Instant) -> File {
    let mut reader = Reader::default();
    match serde_json::from_str::<Json>(text) {
        Ok(json) => reader.all(&json, employer, now),
        Err(wrong) => {
            let what = if wrong.is_eof() { "the JSON ends too early" } else { "this is no JSON" };
            reader.fault(&format!("line {}, column {}", wrong.line(), wrong.column()), what);
        }
    }
    reader.file
}

#[derive(Default)]
struct Reader {
    file: File,
    /// References, with the path of the first posting that has each.
    seen: BTreeMap<String, String>,
}

impl Reader {
    fn fault(&mut self, at: &str, what: impl Into<String>) {
        self.file.faults.push(Fault { at: at.to_owned(), what: what.into() });
    }

    fn all(&mut self, json: &Json, employer: &str, now: Instant) {
        let found = postings(json);
        if found.is_empty() {
            self.fault("$", "there is no JobPosting in it");
        }
        if found.len() > MOST {
            self.fault("$", format!("there are more than {MOST} postings; split the file"));
            return;
        }
        for (path, posting) in found {
            self.posting(&path, posting, employer, now);
        }
    }

    fn posting(&mut self, path: &str, posting: &Map<String, Json>, employer: &str, now: Instant) {
        let before = self.file.faults.len();
        let said = self.said(path, posting, employer);
        if let Some(first) = self.seen.get(&said.external_ref).filter(|_| !said.external_ref.is_empty()) {
            let what = format!("this reference is there already, at {first}");
            self.fault(&format!("{path}.identifier"), what);
        }
        self.seen.entry(said.external_ref.clone()).or_insert_with(|| path.to_owned());
        if self.file.faults.len() == before {
            for violation in vacancies::api::faults(&said, now) {
                let at = format!("{path}.{}", named(&violation.field));
                self.fault(&at, violation.why.to_string());
            }
        }
        self.file.postings.push(Posting { at: path.to_owned(), said });
    }

    fn said(&mut self, path: &str, posting: &Map<String, Json>, employer: &str) -> proto::ImportVacancyRequest {
        let mut said = proto::ImportVacancyRequest { employer_id: employer.to_owned(), openings: 1, ..Default::default() };
        let at = |name: &str| format!("{path}.{name}");
        let known = [
            "@context",
            "@type",
            "@id",
            "title",
            "identifier",
            "occupationalCategory",
            "jobLocation",
            "totalJobOpenings",
            "baseSalary",
            "validThrough",
            "jobBenefits",
            "housing",
            "allowances",
            "languages",
            "licenceRequired",
        ];
        self.pass_over(posting, &known);
        let identifier = self.there(&at("identifier"), posting.get("identifier"));
        said.external_ref = self.read(&at("identifier"), identifier, identified).unwrap_or_default();
        let category = self.there(&at("occupationalCategory"), posting.get("occupationalCategory"));
        said.occupation = self.read(&at("occupationalCategory"), category, occupation).unwrap_or_default();
        (said.region_code, said.settlement) = self.location(&at("jobLocation"), posting.get("jobLocation"));
        if let Some(number) = posting.get("totalJobOpenings") {
            said.openings = self.read(&at("totalJobOpenings"), Some(number), whole).unwrap_or_default();
        }
        self.salary(&at("baseSalary"), posting.get("baseSalary"), &mut said);
        let closing = self.there(&at("validThrough"), posting.get("validThrough"));
        said.closing_date = self.read(&at("validThrough"), closing, day);
        said.licence_required = self.read(&at("licenceRequired"), posting.get("licenceRequired"), truth).unwrap_or_default();
        for (index, one) in several(posting.get("languages")).enumerate() {
            let text = self.read(&format!("{path}.languages[{index}]"), Some(one), |json| values::language(&words(json)?));
            said.languages.extend(text);
        }
        said.allowances = Some(self.allowances(&at("allowances"), posting.get("allowances")));
        for (home_path, one) in numbered(&at("housing"), posting.get("housing")) {
            said.homes.extend(self.home(&home_path, one));
        }
        said
    }

    /// Counts the fields that are not known.
    fn pass_over(&mut self, object: &Map<String, Json>, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            *self.file.passed_over.entry(name.clone()).or_default() += 1;
        }
    }

    /// A value that must be there.
    fn there<'j>(&mut self, path: &str, json: Option<&'j Json>) -> Option<&'j Json> {
        let there = json.filter(|json| !json.is_null() && json.as_str() != Some(""));
        if there.is_none() {
            self.fault(path, REQUIRED);
        }
        there
    }

    fn read<T>(&mut self, path: &str, json: Option<&Json>, read: impl Fn(&Json) -> Result<T, String>) -> Option<T> {
        match read(json.filter(|json| !json.is_null())?) {
            Ok(value) => Some(value),
            Err(what) => {
                self.fault(path, what);
                None
            }
        }
    }

    /// An object, or the only one of an array.
    fn object<'j>(&mut self, path: &str, json: Option<&'j Json>) -> Option<&'j Map<String, Json>> {
        let json = self.there(path, json)?;
        let one = match json.as_array().map(Vec::as_slice) {
            Some([one]) => one,
            Some(_) => {
                self.fault(path, "must be one and no more");
                return None;
            }
            None => json,
        };
        if one.as_object().is_none() {
            self.fault(path, "must be an object");
        }
        one.as_object()
    }

    fn location(&mut self, path: &str, json: Option<&Json>) -> (String, String) {
        let address = self.object(path, json).and_then(|place| {
            self.pass_over(place, &["@type", "address"]);
            self.object(&format!("{path}.address"), place.get("address"))
        });
        let Some(address) = address else { return Default::default() };
        self.pass_over(address, &["@type", "addressRegion", "addressLocality", "addressCountry"]);
        let mut text = |name: &str| {
            let path = format!("{path}.address.{name}");
            let found = self.there(&path, address.get(name));
            (found, path)
        };
        let ((region, region_path), (locality, locality_path)) = (text("addressRegion"), text("addressLocality"));
        let region = self.read(&region_path, region, |json| values::meant(&words(json)?, REGION).map(str::to_owned));
        let locality = self.read(&locality_path, locality, words);
        (region.unwrap_or_default(), locality.unwrap_or_default())
    }

    fn salary(&mut self, path: &str, json: Option<&Json>, said: &mut proto::ImportVacancyRequest) {
        let Some(salary) = self.object(path, json) else { return };
        self.pass_over(salary, &["@type", "currency", "value"]);
        let currency_path = format!("{path}.currency");
        let currency = self.there(&currency_path, salary.get("currency"));
        let currency = self.read(&currency_path, currency, |json| {
            let code = words(json)?;
            values::currency(&code).map(|()| code)
        });
        said.currency = currency.unwrap_or_default();
        let path = format!("{path}.value");
        let Some(value) = self.object(&path, salary.get("value")) else { return };
        self.pass_over(value, &["@type", "value", "minValue", "maxValue", "unitText"]);
        let unit_path = format!("{path}.unitText");
        let unit = self.there(&unit_path, value.get("unitText"));
        self.read(&unit_path, unit, |json| match words(json)?.as_str() {
            "MONTH" => Ok(()),
            other => Err(format!("{} is not taken; pay is said by the MONTH", shortened(other))),
        });
        let mut amount = |name: &str| self.read(&format!("{path}.{name}"), value.get(name), money);
        let (one, least, most) = (amount("value"), amount("minValue"), amount("maxValue"));
        match least.or(one) {
            Some(least) => said.pay_min_minor = least,
            None if value.contains_key("minValue") || value.contains_key("value") => {}
            None => self.fault(&format!("{path}.minValue"), REQUIRED),
        }
        said.pay_max_minor = most.or(one).unwrap_or(said.pay_min_minor);
    }

    fn allowances(&mut self, path: &str, json: Option<&Json>) -> proto::Allowances {
        let Some(given) = json.filter(|json| !json.is_null()) else { return proto::Allowances::default() };
        let Some(given) = self.object(path, Some(given)) else { return proto::Allowances::default() };
        self.pass_over(given, &["liftingMci", "ruralSupplementPercent", "housingLoan", "serviceYears"]);
        let mut number = |name: &str| self.read(&format!("{path}.{name}"), given.get(name), whole).unwrap_or_default();
        let [lifting_mci, rural_supplement_percent, service_years] =
            ["liftingMci", "ruralSupplementPercent", "serviceYears"].map(&mut number);
        let housing_loan = self.read(&format!("{path}.housingLoan"), given.get("housingLoan"), truth).unwrap_or_default();
        proto::Allowances { lifting_mci, rural_supplement_percent, housing_loan, service_years }
    }

    fn home(&mut self, path: &str, json: &Json) -> Option<proto::Home> {
        let home = self.object(path, Some(json))?;
        let known = ["@type", "kind", "count", "rooms", "people", "rent", "from", "until", "stepFree", "children", "pets"];
        self.pass_over(home, &known);
        let at = |name: &str| format!("{path}.{name}");
        let kind = self.there(&at("kind"), home.get("kind"));
        let kind = self.read(&at("kind"), kind, |json| {
            let code = values::meant(&words(json)?, HOME_KIND)?;
            Ok(proto::HomeKind::from_str_name(&format!("HOME_KIND_{code}")).unwrap_or_default())
        });
        let mut number = |name: &str| {
            let number = self.there(&at(name), home.get(name));
            self.read(&at(name), number, whole).unwrap_or_default()
        };
        let [count, rooms, people] = ["count", "rooms", "people"].map(&mut number);
        let rent_minor = self.read(&at("rent"), home.get("rent"), money).unwrap_or_default();
        let from = self.there(&at("from"), home.get("from"));
        let available_from_date = self.read(&at("from"), from, day);
        let available_until_date = self.read(&at("until"), home.get("until"), day);
        let mut is = |name: &str| self.read(&at(name), home.get(name), truth);
        let (step_free, children_allowed, pets_allowed) = (is("stepFree"), is("children"), is("pets"));
        Some(proto::Home {
            kind: kind?.into(),
            count,
            rooms,
            people,
            rent_minor,
            available_from_date,
            available_until_date,
            step_free: step_free.unwrap_or_default(),
            children_allowed,
            pets_allowed: pets_allowed.unwrap_or_default(),
            ..Default::default()
        })
    }
}

/// The postings, with their paths: the one that there is, those of an array, or those of a graph. What is something else is left out.
fn postings(json: &Json) -> Vec<(String, &Map<String, Json>)> {
    let within = match json.get("@graph") {
        Some(graph) => numbered("$.@graph", Some(graph)),
        None => numbered("$", Some(json)),
    };
    let is_posting = |object: &&Map<String, Json>| several(object.get("@type")).any(|kind| kind.as_str() == Some("JobPosting"));
    within.into_iter().filter_map(|(path, one)| one.as_object().filter(is_posting).map(|object| (path, object))).collect()
}

/// One value, or those of an array.
fn several(json: Option<&Json>) -> impl Iterator<Item = &Json> {
    let (all, one) = match json {
        Some(Json::Array(all)) => (all.as_slice(), None),
        Some(Json::Null) | None => (&[][..], None),
        Some(one) => (&[][..], Some(one)),
    };
    all.iter().chain(one)
}

/// One value, or those of an array, with their paths.
fn numbered<'j>(path: &str, json: Option<&'j Json>) -> Vec<(String, &'j Json)> {
    let is_array = json.is_some_and(Json::is_array);
    let place = |(at, one)| (if is_array { format!("{path}[{at}]") } else { path.to_owned() }, one);
    several(json).enumerate().map(place).collect()
}

/// The path within a posting that the contract's field is read from.
fn named(field: &str) -> String {
    let name =
        |field: &str| NAMES.iter().find(|(ours, _)| *ours == field).map_or_else(|| field.to_owned(), |(_, theirs)| (*theirs).to_owned());
    match field.strip_prefix("homes[").and_then(|rest| rest.split_once("].")) {
        Some((at, of_home)) => format!("housing[{at}].{}", name(of_home)),
        None => match field.strip_prefix("allowances.") {
            Some("lifting_mci") => "allowances.liftingMci".to_owned(),
            Some("rural_supplement_percent") => "allowances.ruralSupplementPercent".to_owned(),
            Some("service_years") => "allowances.serviceYears".to_owned(),
            Some(_) | None => name(field),
        },
    }
}

/// A text that may be hostile, for the terminal.
pub fn shortened(text: &str) -> String {
    let safe: String = text.chars().filter(|letter| !letter.is_control()).take(40).collect();
    format!("{safe:?}")
}

fn words(json: &Json) -> Result<String, String> {
    json.as_str().map(|text| text.trim().to_owned()).ok_or_else(|| "must be a text".to_owned())
}

fn truth(json: &Json) -> Result<bool, String> {
    json.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// A whole number, also as a text.
fn whole(json: &Json) -> Result<i32, String> {
    written(json).and_then(|text| text.parse().ok()).ok_or_else(|| "is not a whole number".to_owned())
}

/// An amount in whole units, also as a text.
fn money(json: &Json) -> Result<i64, String> {
    values::minor(&written(json).ok_or("is no amount in whole units")?)
}

fn written(json: &Json) -> Option<String> {
    match json {
        Json::Number(number) => Some(number.to_string()),
        Json::String(text) => Some(text.trim().to_owned()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A day, or the day of a moment as it is written: whoever names an hour means the day in that place.
fn day(json: &Json) -> Result<Date, String> {
    let wrong = || "is not a day such as 2026-12-31".to_owned();
    let text = words(json)?;
    let day = text.split('T').next().unwrap_or_default();
    let is_plain = day.len() == 10 && day.bytes().all(|sign| sign.is_ascii_digit() || sign == b'-');
    day.parse().ok().filter(|_| is_plain).map(date).ok_or_else(wrong)
}

/// A reference: a text, a number, or a `PropertyValue`.
fn identified(json: &Json) -> Result<String, String> {
    written(json.get("value").unwrap_or(json)).ok_or_else(|| "must be a text or a PropertyValue with a value".to_owned())
}

/// The code of ISCO-08: a text of four digits, or a `CategoryCode` of that set; of several the only one that is of it.
fn occupation(json: &Json) -> Result<String, String> {
    let wrong = || "is no ISCO-08 code of four digits, such as 2212 or a CategoryCode with inCodeSet ISCO-08".to_owned();
    let codes: Vec<String> = several(Some(json)).filter_map(isco).collect();
    match codes.as_slice() {
        [code] => Ok(code.clone()),
        [] => Err(wrong()),
        [_, ..] => Err("names several ISCO-08 codes; one is needed".to_owned()),
    }
}

fn isco(json: &Json) -> Option<String> {
    let four = |text: &str| (text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_digit())).then(|| text.to_owned());
    match json {
        Json::String(text) => four(text.trim()),
        Json::Object(category) => {
            let set = category.get("inCodeSet")?;
            let set = set.as_str().or_else(|| set.get("name").and_then(Json::as_str))?.to_uppercase();
            set.contains("ISCO").then(|| category.get("codeValue").and_then(written)).flatten().and_then(|code| four(&code))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> File {
        super::read(text, &uuid::Uuid::nil().to_string(), "2026-03-01T00:00:00Z".parse().unwrap())
    }

    fn posting() -> Json {
        json!({
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "title": "Врач-терапевт",
            "identifier": {"@type": "PropertyValue", "name": "Больница", "value": "A-17"},
            "occupationalCategory": {"@type": "CategoryCode", "inCodeSet": "ISCO-08", "codeValue": "2212"},
            "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressRegion": "Абай облысы", "addressLocality": "Аягөз", "addressCountry": "KZ"}},
            "totalJobOpenings": 20,
            "baseSalary": {"@type": "MonetaryAmount", "currency": "KZT", "value": {"@type": "QuantitativeValue", "minValue": 450_000, "maxValue": "700000.50", "unitText": "MONTH"}},
            "validThrough": "2026-12-31T23:59:59+05:00",
            "jobBenefits": "жильё",
            "employmentType": "FULL_TIME",
            "housing": [{"kind": "APARTMENT", "count": 20, "rooms": 2, "people": 4, "rent": 0, "from": "2026-04-01", "until": "2027-04-01", "stepFree": true, "children": false}],
            "allowances": {"liftingMci": 100, "ruralSupplementPercent": 25, "housingLoan": true, "serviceYears": 3},
            "languages": ["ru B2", "kk A1"],
            "licenceRequired": true,
        })
    }

    fn told(json: &Json) -> Vec<String> {
        read(&json.to_string()).faults.iter().map(|fault| format!("{}: {}", fault.at, fault.what)).collect()
    }

    #[test]
    fn a_posting_is_read_with_its_pay_place_and_homes() {
        let file = read(&posting().to_string());
        assert!(file.faults.is_empty(), "{:?}", file.faults);
        let said = &file.postings[0].said;
        assert_eq!(
            (said.external_ref.as_str(), said.occupation.as_str(), said.region_code.as_str(), said.settlement.as_str()),
            ("A-17", "2212", "KZ-10", "Аягөз")
        );
        assert_eq!((said.openings, said.pay_min_minor, said.pay_max_minor, said.currency.as_str()), (20, 45_000_000, 70_000_050, "KZT"));
        assert_eq!(
            (said.closing_date, said.licence_required, said.languages.len()),
            (Some(Date { year: 2026, month: 12, day: 31 }), true, 2)
        );
        let home = &said.homes[0];
        assert_eq!(
            (home.kind(), home.count, home.step_free, home.children_allowed, home.pets_allowed),
            (proto::HomeKind::Apartment, 20, true, Some(false), false)
        );
        assert_eq!(said.allowances.unwrap().service_years, 3);
        assert_eq!(file.passed_over, BTreeMap::from([("employmentType".to_owned(), 1)]));
    }

    #[test]
    fn one_posting_an_array_and_a_graph_are_read_alike() {
        let with = |reference: &str| {
            let mut posting = posting();
            posting["identifier"] = json!(reference);
            posting
        };
        let paths = |json: Json| read(&json.to_string()).postings.iter().map(|posting| posting.at.clone()).collect::<Vec<_>>();
        assert_eq!(paths(with("A")), ["$"]);
        assert_eq!(paths(json!([with("A"), with("B")])), ["$[0]", "$[1]"]);
        assert_eq!(paths(json!({"@graph": [{"@type": "Organization"}, with("A"), with("B")]})), ["$.@graph[1]", "$.@graph[2]"]);
        let mut typed = with("A");
        typed["@type"] = json!(["Thing", "JobPosting"]);
        assert_eq!(paths(typed), ["$"]);
        assert_eq!(told(&json!([{"@type": "Organization"}])), ["$: there is no JobPosting in it"]);
        assert_eq!(told(&json!([with("A"), with("A")])), ["$[1].identifier: this reference is there already, at $[0]"]);
    }

    #[test]
    fn an_occupation_is_isco_08_or_a_fault() {
        let of = |category: Json| occupation(&category);
        for good in [
            json!("2212"),
            json!([{"inCodeSet": "SOC", "codeValue": "29-1000"}, "2212"]),
            json!({"inCodeSet": {"@type": "CategoryCodeSet", "name": "isco-08"}, "codeValue": 2212}),
        ] {
            assert_eq!(of(good.clone()).as_deref(), Ok("2212"), "{good}");
        }
        for wrong in [
            json!("15-1132"),
            json!({"inCodeSet": "O*NET", "codeValue": "2212"}),
            json!({"codeValue": "2212"}),
            json!(2212),
            json!(["2212", "2211"]),
        ] {
            assert!(of(wrong.clone()).is_err(), "{wrong}");
        }
        let mut unknown = posting();
        unknown["occupationalCategory"] = json!("2213");
        assert_eq!(told(&unknown), ["$.occupationalCategory: must be an ISCO-08 code of four digits"]);
    }

    #[test]
    fn pay_by_another_unit_than_the_month_is_refused_by_name() {
        let mut yearly = posting();
        yearly["baseSalary"]["value"]["unitText"] = json!("YEAR");
        assert_eq!(told(&yearly), ["$.baseSalary.value.unitText: \"YEAR\" is not taken; pay is said by the MONTH"]);
        let mut none = posting();
        none["baseSalary"]["value"] = json!({"value": 500_000});
        assert_eq!(told(&none), ["$.baseSalary.value.unitText: is required"]);
        none["baseSalary"]["value"] = json!({"value": 500_000, "unitText": "MONTH"});
        let said = read(&none.to_string()).postings.remove(0).said;
        assert_eq!((said.pay_min_minor, said.pay_max_minor), (50_000_000, 50_000_000));
        none["baseSalary"]["currency"] = json!("JPY");
        assert!(told(&none)[0].starts_with("$.baseSalary.currency: amounts in this currency"));
    }

    #[test]
    fn all_faults_are_told_at_once_with_their_paths() {
        let mut wrong = posting();
        for name in ["identifier", "jobLocation", "baseSalary"] {
            wrong[name] = Json::Null;
        }
        wrong["validThrough"] = json!("31.12.2026");
        wrong["totalJobOpenings"] = json!("viele");
        wrong["housing"] = json!([{"kind": "CASTLE", "count": 1.5, "rooms": 1, "from": "2026-02-30", "pets": "yes"}]);
        wrong["languages"] = json!("ru");
        let expected = [
            "$.identifier: is required",
            "$.jobLocation: is required",
            "$.totalJobOpenings: is not a whole number",
            "$.baseSalary: is required",
            "$.validThrough: is not a day such as 2026-12-31",
            "$.languages[0]: is not a language with its level, such as ru B2",
            "$.housing[0].kind: is not a known value; there are APARTMENT, HOUSE, ROOM, DORMITORY",
            "$.housing[0].count: is not a whole number",
            "$.housing[0].people: is required",
            "$.housing[0].from: is not a day such as 2026-12-31",
            "$.housing[0].pets: must be true or false",
        ];
        assert_eq!(told(&wrong), expected);
    }

    #[test]
    fn what_the_server_would_refuse_is_told_before_with_its_path() {
        let mut wrong = posting();
        wrong["totalJobOpenings"] = json!(0);
        wrong["baseSalary"]["value"]["maxValue"] = json!(1);
        wrong["validThrough"] = json!("2025-12-31");
        wrong["housing"][0]["until"] = json!("2026-04-01");
        wrong["allowances"]["serviceYears"] = json!(11);
        let at: Vec<String> = read(&wrong.to_string()).faults.into_iter().map(|fault| fault.at).collect();
        let expected =
            ["$.totalJobOpenings", "$.baseSalary.value.maxValue", "$.validThrough", "$.allowances.serviceYears", "$.housing[0].until"];
        assert_eq!(at, expected);
    }

    #[test]
    fn broken_json_tells_where() {
        let at = |text: &str| read(text).faults.into_iter().map(|fault| format!("{}: {}", fault.at, fault.what)).collect::<Vec<_>>();
        assert_eq!(at("{\n  \"@type\": JobPosting\n}"), ["line 2, column 12: this is no JSON"]);
        assert_eq!(at("[{\"@type\": \"JobPosting\"}"), ["line 1, column 24: the JSON ends too early"]);
        assert!(at(&"[".repeat(100_000))[0].contains("no JSON"), "nor does it run out of stack");
    }

    #[test]
    fn a_hostile_name_does_no_harm_on_the_terminal() {
        assert_eq!(shortened("\u{1b}[2Jx\n"), "\"[2Jx\"");
        assert!(shortened(&"y".repeat(1000)).len() < 60);
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text in "\\PC{0,200}") {
            drop(read(&text));
        }

        #[test]
        fn a_posting_with_any_value_anywhere_never_panics(name in 0_usize..14, value in 0_usize..7) {
            let mut posting = posting();
            let values = [json!(null), json!([]), json!({}), json!(-1), json!("x"), json!([[{}]]), json!({"value": {"value": []}})];
            let names: Vec<String> = posting.as_object().unwrap().keys().filter(|name| *name != "@type").cloned().collect();
            posting[&names[name % names.len()]] = values[value].clone();
            drop(read(&posting.to_string()));
        }
    }
}

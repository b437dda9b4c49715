//! The shape of the house: who may name whom. Reads the sources.

use std::path::{Path, PathBuf};

pub fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found
        .iter()
        .map(|path| (path.strip_prefix(&root).unwrap().display().to_string(), code_of(&std::fs::read_to_string(path).unwrap())))
        .collect()
}

/// The code without comments and tests.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

const CAPABILITIES: [&str; 21] = [
    "corrections",
    "centers",
    "certificates",
    "dues",
    "duplicates",
    "households",
    "relocants",
    "stays",
    "permits",
    "eligibility",
    "employers",
    "homes",
    "vacancies",
    "matches",
    "consents",
    "contracts",
    "reservations",
    "intake",
    "feed",
    "figures",
    "programme",
];

/// `one` may use `other`'s rules, store and vocabulary. An arrow points at what is used; there is no cycle. `api.rs` is the outermost ring and may name any
/// capability: it only puts operations and wire together.
const EDGES: [(&str, &str); 61] = [
    ("corrections", "relocants"),
    // A clerk who looks at a proposal holds it.
    ("corrections", "reservations"),
    // A place in a slot and a called ticket are held as openings and homes are.
    ("centers", "reservations"),
    ("stays", "relocants"),
    // Days under a permit do not count as visa-free days.
    ("stays", "permits"),
    ("permits", "relocants"),
    ("permits", "employers"),
    // What a permit asks is answered from the person, the stays and the permits held.
    ("eligibility", "relocants"),
    ("eligibility", "stays"),
    ("eligibility", "permits"),
    // Homes may be an organisation's, and what is free of them is what is not reserved.
    ("homes", "employers"),
    ("homes", "reservations"),
    // Homes come with a vacancy, or somebody who is placed there gets one of the town's.
    ("vacancies", "homes"),
    ("matches", "homes"),
    ("vacancies", "employers"),
    // What is free of a vacancy is what is not reserved.
    ("vacancies", "reservations"),
    ("consents", "relocants"),
    ("consents", "employers"),
    ("matches", "relocants"),
    // A round places whole families.
    ("matches", "households"),
    ("matches", "vacancies"),
    ("matches", "consents"),
    ("matches", "reservations"),
    // Work that ends takes the ground from under a permit.
    ("matches", "permits"),
    // Nobody is proposed to an employer that is not verified, and what stands on one that is removed is wound up.
    ("matches", "employers"),
    // A contract is between the two, is shown with a consent, and ends for the reasons for which a match does; permits stand on it.
    ("contracts", "relocants"),
    ("contracts", "employers"),
    ("contracts", "consents"),
    ("contracts", "matches"),
    ("contracts", "permits"),
    ("duplicates", "contracts"),
    // What is due follows from the facts of all of them, and none of them knows.
    ("dues", "relocants"),
    ("dues", "stays"),
    ("dues", "permits"),
    ("dues", "matches"),
    // What is due can be asked of a whole household.
    ("dues", "households"),
    // A household is made of people; who needs the whole family asks whose permit stands on whose.
    ("households", "relocants"),
    ("households", "permits"),
    ("certificates", "relocants"),
    ("duplicates", "certificates"),
    // Merging moves whatever a person has, and following the journal finds whom to compare.
    ("duplicates", "relocants"),
    ("duplicates", "stays"),
    ("duplicates", "permits"),
    ("duplicates", "matches"),
    ("duplicates", "consents"),
    ("duplicates", "dues"),
    ("duplicates", "feed"),
    // Somebody with two records may be in a household with each.
    ("duplicates", "households"),
    // Registering is one call at the counter: the person and the entry, in one transaction.
    ("intake", "relocants"),
    ("intake", "stays"),
    ("intake", "dues"),
    // Counted is what all of them hold, and none of them knows.
    ("figures", "relocants"),
    ("figures", "employers"),
    ("figures", "vacancies"),
    ("figures", "matches"),
    // The same, for whoever runs the registry.
    ("programme", "relocants"),
    ("programme", "centers"),
    ("programme", "dues"),
    ("programme", "permits"),
    ("programme", "matches"),
    ("programme", "figures"),
];

fn capability(file: &str) -> Option<&str> {
    CAPABILITIES.into_iter().find(|name| file.starts_with(&format!("{name}/")))
}

#[test]
fn rules_and_vocabulary_are_pure() {
    let forbidden = ["tonic", "prost", "proto::", "sea_orm", "tokio", "async ", ".await", "Clock", "crate::db", "crate::gate"];
    for (file, code) in sources() {
        let pure = capability(&file).is_some()
            && (file.ends_with("/rules.rs")
                || file.ends_with("/mod.rs")
                || file.ends_with("/policies.rs")
                || file.contains("/engine/")
                || file.contains("/rounds/")
                || file.ends_with("/criteria.rs")
                || file.ends_with("/codes.rs")
                || file.ends_with("/figures.rs")
                || file.ends_with("/bin.rs")
                || file.ends_with("/activity.rs")
                || file.ends_with("/ranking.rs")
                || ["/disclosure.rs", "/wordings.rs", "/diplomas.rs", "/looking.rs"].iter().any(|name| file.ends_with(name))
                || file.ends_with("/reasons.rs")
                || file.ends_with("/likeness.rs")
                || file == "figures/protection.rs"
                || ["hours.rs", "waits.rs"].iter().any(|name| file == format!("centers/{name}"))
                || ["refusals.rs", "bases.rs", "terms.rs", "risks.rs", "claims.rs"].iter().any(|name| file == format!("permits/{name}")));
        // The feed's vocabulary is the journal's, which the gate owns.
        let pure = pure && file != "feed/mod.rs";
        let pure = pure || ["likeness/", "matching/", "mrz/", "names/", "messages/"].iter().any(|folder| file.starts_with(folder));
        // It knows whose call it is, so that the rest of `messages` need not.
        let pure = pure && file != "messages/layer.rs";
        if pure
            || ["check_digit.rs", "short_code.rs", "iin.rs", "error.rs", "events.rs", "classifiers.rs", "law.rs", "versions.rs"]
                .contains(&file.as_str())
            // A classification that all may name, and that names none of them.
            || ["occupations/mod.rs", "occupations/rules.rs"].contains(&file.as_str())
        {
            for word in forbidden {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
    }
}

#[test]
fn operations_know_neither_wire_nor_tables_and_api_knows_neither_store_nor_tables() {
    for (file, code) in sources() {
        // Also `risk_operations.rs` and `claim_operations.rs`.
        if file.ends_with("operations.rs") {
            for word in ["tonic", "prost", "proto::", "sea_orm", "table::"] {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
        if (file.ends_with("/api.rs") && file != "feed/api.rs") || file.ends_with("/wire.rs") {
            for word in ["sea_orm", "table::", "store::"] {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
        if file.ends_with("/store.rs") || file.ends_with("/table.rs") || file.starts_with("gate/") || file.starts_with("db/") {
            for word in ["tonic", "prost", "proto::"] {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
    }
}

#[test]
fn only_one_file_builds_a_status() {
    for (file, code) in sources() {
        let builds = ["Status::with_", "Status::new", "Status::internal", "Status::not_found"].iter().any(|word| code.contains(word));
        assert!(!builds || file == "status.rs", "{file} builds a status");
    }
}

#[test]
fn capabilities_use_each_other_along_the_known_edges_only() {
    for (file, code) in sources() {
        let Some(own) = capability(&file).filter(|_| !file.ends_with("/api.rs")) else { continue };
        // The law has figures of its own.
        let of_law = ["permits", "eligibility"].contains(&own) && !code.contains("crate::figures") && !code.contains("figures::store");
        for other in CAPABILITIES.into_iter().filter(|other| *other != own && !(*other == "figures" && of_law)) {
            let uses =
                code.contains(&format!("{other}::")) || code.contains(&format!(" {other},")) || code.contains(&format!("crate::{other}"));
            assert!(!uses || EDGES.contains(&(own, other)), "{file} uses {other}");
        }
    }
}

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    for (file, code) in sources() {
        assert!(code.lines().count() <= 450, "{file} has {} lines of code; split it by topic", code.lines().count());
    }
}

/// What follows the name of a macro of `tracing` until its message: the names of its fields.
fn fields_said(code: &str) -> Vec<String> {
    let levels = ["error!(", "warn!(", "info!(", "debug!(", "info_span!(", "debug_span!("];
    let macros = levels.map(|level| format!("tracing::{level}"));
    let calls = macros.iter().flat_map(|level| code.split(level.as_str()).skip(1).map(move |rest| (level, rest)));
    let mut found = Vec::new();
    for (level, rest) in calls {
        let is_span = level.contains("span");
        // A span's name comes first; an event's message comes last.
        let fields = if is_span { rest.split_once(',').map_or("", |(_, fields)| fields) } else { rest };
        let end = if is_span { fields.find(");") } else { fields.find('"') };
        for field in fields[..end.unwrap()].split(',') {
            let name = field.split('=').next().unwrap().trim().trim_start_matches(['%', '?']);
            if !name.is_empty() {
                found.push(name.replace("r#", ""));
            }
        }
    }
    found
}

#[test]
fn spans_and_log_lines_have_no_field_that_is_not_in_the_one_file_of_names() {
    use relocation_registry::telemetry::names::{LOG_FIELDS, SPAN_FIELDS};
    let mut said = std::collections::BTreeSet::new();
    for (file, code) in sources() {
        for field in fields_said(&code) {
            assert!(SPAN_FIELDS.contains(&field.as_str()) || LOG_FIELDS.contains(&field.as_str()), "{file}: {field}");
            said.insert(field);
        }
    }
    for name in SPAN_FIELDS.iter().chain(&LOG_FIELDS) {
        assert!(said.contains(*name), "nothing says {name}");
    }
    assert_eq!(fields_said("tracing::warn!(error = %e, passport, \"x {}\", y)"), ["error", "passport"]);
}

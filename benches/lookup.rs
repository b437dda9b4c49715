//! Who is already there, among a million sealed people: finding the candidates by blind keys, and the whole check with opening and comparing them.
//!
//! `tests/with-postgres cargo bench --bench lookup` prints it for both databases; `PEOPLE=100000` does it for fewer. The names are `lookup.py`'s, which needs
//! `python3` and fetches a package into `target/lookup-python`. A few names are much more frequent than most, as in life.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a benchmark that fails should say where, and its figures are rounded"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark is told by the environment")]

mod served;

use std::{
    collections::HashMap,
    fmt::Write as _,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use relocation_registry::{
    auth::{Caller, Reach, Role, jwt::install_crypto},
    classifiers::Sex,
    duplicates::operations::CheckDuplicates,
    gate::Call,
    ids::{DocumentId, RelocantId},
    names::to_latin,
    relocants::{Document, DocumentKind, Evidence, Identity, Names, finding, likeness::record},
    seal::{Personal, Vault},
    server,
    short_code::ShortCode,
    time::Clock,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::served::{Keys, config};

/// Numbers that look random and are the same in every run: `SplitMix64`.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Names of which the first are the most frequent.
struct Frequent(Vec<String>);

impl Frequent {
    /// With skew 1 all are equally frequent; the first of so many, `len`, has a share of `len` to the power of -1 / skew. As in life, the most frequent family name
    /// is one or two in a hundred people's, the most frequent given name six or seven.
    fn draw(&self, numbers: &mut Numbers, skew: f64) -> String {
        let at = (numbers.share().powf(skew) * self.0.len() as f64) as usize;
        self.0[at.min(self.0.len() - 1)].clone()
    }
}

struct People {
    numbers: Numbers,
    names: HashMap<(String, String), (Frequent, Frequent)>,
}

impl People {
    fn new() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/lookup.py");
        let home = concat!(env!("CARGO_MANIFEST_DIR"), "/target/lookup-python");
        let printed = Command::new("python3").args([script, home]).output().unwrap();
        assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
        let all: HashMap<String, HashMap<String, HashMap<String, Vec<String>>>> = serde_json::from_slice(&printed.stdout).unwrap();
        let mut names = HashMap::new();
        for (language, sexes) in all {
            for (sex, mut kinds) in sexes {
                let mut of = |kind: &str| Frequent(kinds.remove(kind).unwrap());
                names.insert((language.clone(), sex), (of("family"), of("given")));
            }
        }
        Self { numbers: Numbers(42), names }
    }

    /// Seven in ten have Russian names, six in ten a Latin passport, a third of those its names alone.
    fn next(&mut self) -> Identity {
        let numbers = &mut self.numbers;
        let language = if numbers.below(10) < 7 { "ru" } else { "kk" };
        let (sex, word) = if numbers.below(2) == 0 { (Sex::Male, "male") } else { (Sex::Female, "female") };
        let (families, givens) = &self.names[&(language.to_owned(), word.to_owned())];
        let (family, given) = (families.draw(numbers, 1.5), givens.draw(numbers, 2.0));
        let spelled = |family: &str, given: &str| Names {
            family: Personal::new(family.to_owned()),
            given: Personal::new(given.to_owned()),
            patronymic: Personal::new(String::new()),
        };
        let latin = spelled(&to_latin(&family).to_uppercase(), &to_latin(&given).to_uppercase());
        let native = spelled(&family, &given);
        let (names, latin) = match numbers.below(10) {
            0..4 => (native, None),
            4..8 => (native, Some(latin)),
            _ => (latin, None),
        };
        let birth_on = NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + chrono::Days::new(numbers.below(60 * 365));
        let number = format!("{:09}", numbers.below(1_000_000_000));
        let phone = (numbers.below(2) == 0).then(|| Personal::new(format!("+7701{:07}", numbers.below(10_000_000))));
        Identity {
            names,
            cyrillic: None,
            latin,
            birth_on: Personal::new(birth_on),
            sex: Some(Personal::new(sex)),
            iin: None,
            evidence: Evidence::Seen,
            documents: vec![Document {
                id: DocumentId::new(),
                kind: DocumentKind::Passport,
                issuing_country: "RUS".to_owned(),
                number: Personal::new(number),
                issued_on: None,
                expires_on: None,
                evidence: Evidence::Seen,
                withdrawn: None,
            }],
            phone,
            email: None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Writes rows as literals, many in a statement: by far the quickest way that both databases know.
async fn insert(db: &DatabaseConnection, into: &str, rows: &[String]) {
    for part in rows.chunks(1000) {
        db.execute_unprepared(&format!("INSERT INTO {into} VALUES {}", part.join(","))).await.expect("the rows can be made");
    }
}

async fn seed(db: &DatabaseConnection, vault: &Vault, people: &mut People, count: u64) {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let bytes = |bytes: &[u8]| if postgres { format!("'\\x{}'", hex(bytes)) } else { format!("x'{}'", hex(bytes)) };
    let uuid = |id: Uuid| if postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let today = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    let mut tags: Vec<(Vec<u8>, Uuid)> = Vec::new();
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    db.execute_unprepared("BEGIN").await.ok();
    for first in (0..count).step_by(10_000) {
        let (mut relocants, mut keys) = (Vec::new(), Vec::new());
        for n in first..(first + 10_000).min(count) {
            let id = Uuid::from_u128((0x0190_0100_0000_7000_8000_u128 << 48) + u128::from(n));
            let identity = people.next();
            let [_, _, _, code @ ..] = n.to_be_bytes();
            let (key, wrapped) = vault.new_person_key(RelocantId(id)).unwrap();
            let sealed = vault.seal(&key, "relocant", RelocantId(id), &identity).unwrap();
            relocants.push(format!(
                "({},'{}','RUS','c{}','KZ-75','REGISTERED',{},'{{}}',1,'2026-01-01 00:00:00+00:00','2026-01-01 00:00:00+00:00')",
                uuid(id),
                ShortCode::from_random(code).compact(),
                n % 20,
                bytes(&sealed)
            ));
            keys.push(format!("({},{},{})", uuid(id), wrapped.version, bytes(&wrapped.bytes)));
            let compared = record(&identity, None, today);
            tags.extend(finding::tags_of(vault, &compared).into_iter().map(|tag| (tag, id)));
            for tag in relocation_registry::duplicates::store::name_tags(vault, &compared) {
                *counts.entry(tag).or_default() += 1;
            }
        }
        insert(db, "relocant (id,code,citizenship,center,region,status,sealed,card,version,created_at,updated_at)", &relocants).await;
        insert(db, "relocant_key (relocant_id,key_version,wrapped)", &keys).await;
    }
    tags.sort_unstable();
    for part in tags.chunks(100_000) {
        let rows: Vec<String> = part.iter().map(|(tag, id)| format!("({},{})", bytes(tag), uuid(*id))).collect();
        insert(db, "relocant_tag (tag,relocant_id)", &rows).await;
    }
    let rows: Vec<String> = counts.iter().map(|(tag, people)| format!("({},{people})", bytes(tag))).collect();
    insert(db, "name_frequency (tag,people)", &rows).await;
    insert(db, "duplicate_progress (id,position,people)", &[format!("(1,0,{count})")]).await;
    db.execute_unprepared("COMMIT").await.ok();
    db.execute_unprepared("ANALYZE").await.unwrap();
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("median {:.3} ms, p95 {:.3} ms, p99 {:.3} ms ({} asked)", at(50), at(95), at(99), times.len())
}

async fn database(name: &str, url: &str, keys: &Keys, count: u64) {
    let tasks = tokio_util::task::TaskTracker::new();
    let empty = relocation_registry::db::connect(&config(url, None).database, &tasks).await.unwrap();
    relocation_registry::db::schema::migrate(&empty).await.unwrap();
    empty.close().await;
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1);
    let db = sea_orm::Database::connect(options).await.unwrap();
    let (mut people, begun) = (People::new(), Instant::now());
    seed(&db, &keys.vault(), &mut people, count).await;
    println!("{name:<12} {count} sealed people made in {:.0} s", begun.elapsed().as_secs_f64());
    db.close().await.unwrap();

    let ready = server::prepare(config(url, None), keys.vault(), keys.verifier(), Clock::default()).await.unwrap();
    let (registry, stop) = (ready.registry.clone(), CancellationToken::new());
    let serving = tokio::spawn(ready.serve(stop.clone()));
    let caller = Caller { subject: "bench".to_owned(), role: Role::Registrar, reach: Reach::Center("c7".to_owned()) };
    let call = Call { caller, deadline: None, trace_id: None };
    let (mut finding, mut checking, mut telling) = (Vec::new(), Vec::new(), Vec::new());
    let mut candidates = Vec::new();
    for round in 0..3000 {
        let identity = people.next();
        let compared = Arc::new(record(&identity, None, NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()));
        // Within one transaction that is open already: what finding adds to a call.
        let (found, took) = registry
            .look(move |view| {
                let compared = Arc::clone(&compared);
                Box::pin(async move {
                    let begun = Instant::now();
                    let found = finding::sharing(view, &compared, 500).await?;
                    Ok((found.len(), begun.elapsed()))
                })
            })
            .await
            .unwrap();
        let begun = Instant::now();
        let query = CheckDuplicates { relocant: None, identity, region: "KZ-75".parse().unwrap() };
        let likely = registry.fetch(&call, query).await.unwrap();
        let whole = begun.elapsed();
        // The first calls fill the caches.
        if round >= 500 {
            finding.push(took);
            candidates.push(found);
            if likely.is_empty() { checking.push(whole) } else { telling.push(whole) }
        }
    }
    candidates.sort_unstable();
    let at = |share: usize| candidates[(candidates.len() * share / 100).min(candidates.len() - 1)];
    println!("{name:<12} candidates                              median {}, p95 {}, p99 {}", at(50), at(95), at(99));
    println!("{name:<12} finding them                            {}", spread(&mut finding));
    println!("{name:<12} whole check, nobody to tell of          {}", spread(&mut checking));
    println!("{name:<12} whole check, with journaling who was    {}", spread(&mut telling));
    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    install_crypto();
    let count = std::env::var("PEOPLE").map_or(1_000_000, |people| people.parse().unwrap());
    let (keys, folder) = (Keys::generate(), tempfile::tempdir().unwrap());
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys, count).await;
    if let Ok(postgres) = std::env::var("REGISTRY_TEST_POSTGRES") {
        let admin = sea_orm::Database::connect(format!("{postgres}/postgres")).await.unwrap();
        admin.execute_unprepared("CREATE DATABASE lookup").await.unwrap();
        database("PostgreSQL", &format!("{postgres}/lookup"), &keys, count).await;
    }
}

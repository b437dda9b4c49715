//! The first page of who fits a vacancy, with a million people who look for work and a hundred thousand vacancies.
//!
//! `tests/with-postgres cargo bench --bench ranking` prints it for both databases; `PEOPLE=100000` does it for fewer. Occupations are not equally frequent: the first has
//! one in 24 people, as in life. Beside it, in the same run, what the database needs for the plainest question by the same index: any fifty people of the occupation.
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

use std::time::{Duration, Instant};

use migrations::{Migrator, MigratorTrait as _};
use relocation_registry::{
    auth::{Caller, Reach, Role, jwt::install_crypto},
    gate::Call,
    ids::VacancyId,
    matches::ranking_operations::RankCandidates,
    server,
    short_code::ShortCode,
    time::Clock,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::served::{Keys, config};

const VACANCIES: u64 = 100_000;

/// Unit groups of ISCO-08, the most frequent first.
const WORKS: &str = "2512 2411 2221 5120 8322 2341 2330 5223 4110 7231 2212 2431 2166 2142 2144 7411 2519 2310 3313 2211 2320 5311 7115 8332 9112 2513 2421 2422 2423 2434 \
     2514 2521 2522 2523 2529 2511 2611 2621 2631 2632 2633 2634 2635 2636 2641 2642 2643 2651 2652 2653 2654 2655 2656 2111 2112 2113 2114 2120 2131 2132 2133 2141 2143 \
     2145 2146 2149 2151 2152 2153 2161 2162 2163 2164 2165 2222 2230 2240 2250 2261 2262 2263 2264 2265 2266 2267 2269 2342 2351 2352 2353 2354 2355 2356 2359 2412 2413 \
     2424 2432 2433 3111 3112 3113 3114 3115 3116 3117 3118 3119 3211 3212 3213 3221 3251 3252 3254 3256 3311 3312 3321 3322 3323 3334 3341 3343 3411 3412 3431 3432 3433 \
     3434 3511 3512 3513 3514 4120 4131 4132 4211 4221 4225 4226 4311 4312 4321 5131 5141 5142 5151 5221 5222 5312 5321 5414 6111 6121 7111 7112 7126 7132 7212 7213 7233";

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

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    /// The first are the most frequent.
    fn work(&mut self, works: &[&'static str]) -> &'static str {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        works[((share.powf(1.65) * works.len() as f64) as usize).min(works.len() - 1)]
    }
}

const REGIONS: [&str; 8] = ["KZ-10", "KZ-19", "KZ-35", "KZ-39", "KZ-63", "KZ-71", "KZ-75", "KZ-79"];
const LEVELS: [&str; 6] = ["A1", "A2", "B1", "B2", "C1", "C2"];

/// Writes rows as literals, many in a statement: by far the quickest way that both databases know.
async fn insert(db: &DatabaseConnection, into: &str, rows: &[String]) {
    for part in rows.chunks(1000) {
        db.execute_unprepared(&format!("INSERT INTO {into} VALUES {}", part.join(","))).await.expect("the rows can be made");
    }
}

fn card(numbers: &mut Numbers, works: &[&'static str]) -> String {
    let first = numbers.work(works);
    let mut named = vec![format!("[\"{first}\",{}]", numbers.below(20))];
    if numbers.below(3) == 0 {
        let second = numbers.work(works);
        if second != first {
            named.push(format!("[\"{second}\",{}]", numbers.below(10)));
        }
    }
    let mut languages = vec![format!("[\"ru\",\"{}\"]", LEVELS[3 + numbers.below(3) as usize])];
    for language in ["kk", "en"] {
        if numbers.below(3) == 0 {
            languages.push(format!("[\"{language}\",\"{}\"]", numbers.one(&LEVELS)));
        }
    }
    let wished = if numbers.below(2) == 0 { String::new() } else { format!("\"{}\"", numbers.one(&REGIONS)) };
    let licence = ["NONE", "PENDING", "RECOGNISED"][numbers.below(3) as usize];
    format!(
        "{{\"occupations\":[{}],\"languages\":[{}],\"licence\":\"{licence}\",\"wished_regions\":[{wished}],\"household_size\":{},\"earliest_start_on\":null,\"looking\":true}}",
        named.join(","),
        languages.join(","),
        1 + numbers.below(5)
    )
}

async fn seed(db: &DatabaseConnection, count: u64) -> Vec<(Uuid, &'static str)> {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let uuid = |id: Uuid| if postgres { format!("'{id}'") } else { format!("x'{}'", id.simple()) };
    let works: Vec<&'static str> = WORKS.split_whitespace().collect();
    let at = "'2026-01-01 00:00:00+00:00'";
    let mut numbers = Numbers(42);
    db.execute_unprepared("BEGIN").await.ok();
    let employer = Uuid::from_u128(1);
    let sealed = if postgres { "'\\x00'" } else { "x'00'" };
    insert(
        db,
        "employer (id,bin,name,region,status,version,created_at,updated_at)",
        &[format!("({},'940140000385','x','KZ-10','VERIFIED',1,{at},{at})", uuid(employer))],
    )
    .await;
    for first in (0..count).step_by(10_000) {
        let mut relocants = Vec::new();
        for n in first..(first + 10_000).min(count) {
            let id = Uuid::from_u128((0x0190_0100_0000_7000_8000_u128 << 48) + u128::from(n));
            let [_, _, _, code @ ..] = n.to_be_bytes();
            let citizenship = ["RUS", "RUS", "RUS", "KGZ", "UKR", "UZB"][numbers.below(6) as usize];
            let card = card(&mut numbers, &works);
            relocants.push(format!(
                "({},'{}','{citizenship}','c{}','KZ-75','REGISTERED',{sealed},'{card}',1,{at},{at})",
                uuid(id),
                ShortCode::from_random(code).compact(),
                n % 20,
            ));
        }
        insert(db, "relocant (id,code,citizenship,center,region,status,sealed,card,version,created_at,updated_at)", &relocants).await;
    }
    let (mut vacancies, mut homes, mut opened) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..VACANCIES {
        let id = Uuid::from_u128((0x0190_0200_0000_7000_8000_u128 << 48) + u128::from(n));
        let work = numbers.work(&works);
        let licence = matches!(&work[..3], "221" | "222" | "226");
        let licence = if postgres { licence.to_string() } else { i32::from(licence).to_string() };
        let languages = if numbers.below(2) == 0 { "[[\"ru\",\"B2\"]]" } else { "[[\"ru\",\"B1\"],[\"kk\",\"A2\"]]" };
        vacancies.push(format!(
            "({},{},'{work}','{}','x',1,1,2,'KZT','{languages}',{licence},'2027-06-01','OPEN',1,{at},{at})",
            uuid(id),
            uuid(employer),
            numbers.one(&REGIONS)
        ));
        if numbers.below(3) > 0 {
            let home = Uuid::from_u128((0x0190_0300_0000_7000_8000_u128 << 48) + u128::from(n));
            homes.push(format!("({},{},'HOUSE',1,2,{},{},'2026-01-01')", uuid(home), uuid(id), 1 + numbers.below(5), numbers.below(2)));
        }
        opened.push((id, work));
    }
    insert(
        db,
        "vacancy (id,employer_id,occupation,region,settlement,openings,pay_min_minor,pay_max_minor,currency,languages,licence_required,closes_on,status,version,created_at,updated_at)",
        &vacancies,
    )
    .await;
    insert(db, "home (id,vacancy_id,kind,count,rooms,people,rent_minor,available_from)", &homes).await;
    db.execute_unprepared("COMMIT").await.ok();
    opened
}

fn spread(times: &mut [Duration]) -> (String, Duration) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let ms = |share: usize| at(share).as_secs_f64() * 1000.0;
    (format!("median {:.2} ms, p95 {:.2} ms, p99 {:.2} ms ({} asked)", ms(50), ms(95), ms(99), times.len()), at(99))
}

async fn database(name: &str, url: &str, keys: &Keys, count: u64) {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1);
    let db = sea_orm::Database::connect(options).await.unwrap();
    let before = Migrator::migrations().iter().position(|migration| migration.name().ends_with("add_relocant_occupation")).unwrap();
    Migrator::up(&db, Some(u32::try_from(before).unwrap())).await.unwrap();
    let begun = Instant::now();
    let opened = seed(&db, count).await;
    let seeded = begun.elapsed();
    // The index is filled by the migrations that bring it, as it was where people had been registered before.
    let begun = Instant::now();
    Migrator::up(&db, None).await.unwrap();
    println!(
        "{name:<12} {count} people and {VACANCIES} vacancies made in {:.0} s, the index by its migrations in {:.0} s",
        seeded.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );
    db.execute_unprepared("ANALYZE").await.unwrap();
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared("VACUUM").await.unwrap();
    }

    let ready = server::prepare(config(url, None), keys.vault(), keys.verifier(), Clock::default()).await.unwrap();
    let (registry, stop) = (ready.registry.clone(), CancellationToken::new());
    let serving = tokio::spawn(ready.serve(stop.clone()));
    let caller = Caller { subject: "bench".to_owned(), role: Role::Matcher, reach: Reach::Everywhere };
    let call = Call { caller, deadline: None, trace_id: None };
    let mut numbers = Numbers(7);
    let (mut ranking, mut plain, mut found) = (Vec::new(), Vec::new(), 0);
    for round in 0..2200 {
        let (id, work) = opened[numbers.below(VACANCIES) as usize];
        let begun = Instant::now();
        let ranked = registry.fetch(&call, RankCandidates { vacancy: VacancyId(id), limit: 50, start_by: None }).await.unwrap();
        let took = begun.elapsed();
        let begun = Instant::now();
        let sql = format!("SELECT relocant_id FROM relocant_occupation WHERE occupation = '{work}' LIMIT 50");
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        // The first calls fill the caches.
        if round >= 200 {
            ranking.push(took);
            plain.push(begun.elapsed());
            found += ranked.candidates.len();
        }
    }
    let ((ranked, p99), (asked, plain_p99)) = (spread(&mut ranking), spread(&mut plain));
    println!("{name:<12} any fifty of the occupation    {asked}");
    println!("{name:<12} the fifty who fit best         {ranked}, {:.1} found", f64::from(found as u32) / ranking.len() as f64);
    println!(
        "{name:<12} p99 to the limit of 50 ms: {:.2}; to any fifty: {:.0} times",
        p99.as_secs_f64() / 0.05,
        p99.as_secs_f64() / plain_p99.as_secs_f64()
    );
    let most = db
        .query_one_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT MAX(people) AS people FROM (SELECT COUNT(*) AS people FROM relocant_occupation GROUP BY occupation) counted".to_owned(),
        ))
        .await
        .unwrap()
        .unwrap();
    println!("{name:<12} people of the most frequent occupation: {}", most.try_get::<i64>("", "people").unwrap());
    stop.cancel();
    serving.await.unwrap().unwrap();
    db.close().await.unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    install_crypto();
    let count = std::env::var("PEOPLE").map_or(1_000_000, |people| people.parse().unwrap());
    let (keys, folder) = (Keys::generate(), tempfile::tempdir().unwrap());
    database("SQLite", &format!("sqlite://{}/registry.db?mode=rwc", folder.path().display()), &keys, count).await;
    if let Ok(postgres) = std::env::var("REGISTRY_TEST_POSTGRES") {
        let admin = sea_orm::Database::connect(format!("{postgres}/postgres")).await.unwrap();
        admin.execute_unprepared("CREATE DATABASE ranking").await.unwrap();
        database("PostgreSQL", &format!("{postgres}/ranking"), &keys, count).await;
    }
}

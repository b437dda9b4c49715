//! What is due for a million people: the first page through the service, its plan in the database, and the time to compute all again under another law while
//! calls are served.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench dues` prints it for both databases; `PEOPLE=100000` does it for fewer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark owns its tasks and is told by the environment")]

mod served;

use std::time::{Duration, Instant};

use relocation_registry::{
    auth::jwt::install_crypto,
    config::Config,
    proto::{self, due_service_client::DueServiceClient},
    server,
    time::Clock,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use tokio_util::sync::CancellationToken;
use tonic::{Request, transport::Endpoint};

use self::served::{Keys, config};

/// Registration centres among which the people are spread.
const CENTERS: i64 = 20;

/// People with one entry each, over the last ninety days, made by the database itself.
async fn seed(db: &DatabaseConnection, people: i64) {
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    let numbers = if postgres {
        format!("SELECT n FROM generate_series(1, {people}) AS numbers(n)")
    } else {
        format!("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {people}) SELECT n FROM numbers")
    };
    // Ids in the order of registration, as version 7 makes them.
    let id = |kind: u8| {
        if postgres {
            format!("('0190{kind:02x}00-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid")
        } else {
            format!("unhex('0190{kind:02x}00000070008000' || printf('%012x', n))")
        }
    };
    let (bytes, day, now, json) = if postgres {
        ("'\\x00'::bytea", "(CURRENT_DATE - (n % 90)::int)", "now()", "'{}'::json")
    } else {
        ("x'00'", "date('now', '-' || (n % 90) || ' days')", "'2026-01-01 00:00:00+00:00'", "'{}'")
    };
    let code = if postgres { "lpad(n::text, 9, '0')" } else { "printf('%09d', n)" };
    let no = if postgres { "false" } else { "0" };
    let person = id(1);
    let center = format!("'c' || (n % {CENTERS})");
    for sql in [
        format!(
            "INSERT INTO relocant (id, code, citizenship, center, region, status, sealed, card, version, created_at, updated_at) \
             SELECT {person}, {code}, 'RUS', {center}, 'KZ-75', 'REGISTERED', {bytes}, {json}, 1, {now}, {now} FROM ({numbers}) AS people"
        ),
        format!(
            "INSERT INTO crossing (id, relocant_id, direction, crossed_on, void, created_at) \
             SELECT {}, {person}, 'ENTRY', {day}, {no}, {now} FROM ({numbers}) AS people",
            id(2)
        ),
    ] {
        db.execute_unprepared(&sql).await.expect("the people can be made");
    }
    if postgres {
        db.execute_unprepared("ANALYZE").await.unwrap();
    }
}

async fn done(db: &DatabaseConnection) -> bool {
    let sql = "SELECT COUNT(*) FROM due_law WHERE done";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0).unwrap() > 0
}

/// Serves until everybody's dues are computed, asks meanwhile and afterwards, and prints the times.
async fn follow(name: &str, what: &str, config: Config, keys: &Keys, db: &DatabaseConnection, people: i64) {
    let ready = server::prepare(config, keys.vault(), keys.verifier(), Clock::default()).await.unwrap();
    let address = format!("http://{}", ready.address);
    let (stop, begun) = (CancellationToken::new(), Instant::now());
    let serving = tokio::spawn(ready.serve(stop.clone()));
    let mut client = DueServiceClient::new(Endpoint::from_shared(address).unwrap().connect().await.unwrap());
    let mut ask = async || {
        let mut request = Request::new(proto::ListDuesRequest::default());
        request.metadata_mut().insert("authorization", keys.bearer("c7").parse().unwrap());
        let asked = Instant::now();
        client.list_dues(request).await.expect("calls are served");
        asked.elapsed()
    };
    let mut meanwhile = Vec::new();
    // The first batch notes that there is more to do.
    tokio::time::sleep(Duration::from_millis(500)).await;
    while !done(db).await && begun.elapsed() < Duration::from_mins(15) {
        meanwhile.push(ask().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("{name:<12} {what}: {:.1} s for {people} people; a page meanwhile: {}", begun.elapsed().as_secs_f64(), spread(&mut meanwhile));
    let mut afterwards = Vec::new();
    for _ in 0..500 {
        afterwards.push(ask().await);
    }
    println!("{name:<12} ListDues, first page of 50 of one centre, through gRPC: {}", spread(&mut afterwards));
    stop.cancel();
    serving.await.unwrap().unwrap();
}

fn spread(times: &mut [Duration]) -> String {
    if times.is_empty() {
        return "nobody asked".to_owned();
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    format!("median {:.2} ms, p99 {:.2} ms ({} asked)", at(50), at(99), times.len())
}

async fn plan(name: &str, db: &DatabaseConnection) {
    let query =
        "SELECT * FROM due WHERE center = 'c7' AND NOT (kind = 'MATCH_LAPSES' AND due_on < '2026-01-01') ORDER BY due_on, id LIMIT 51";
    let (explain, column) = if db.get_database_backend() == DbBackend::Postgres { ("EXPLAIN", 0) } else { ("EXPLAIN QUERY PLAN", 3) };
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), format!("{explain} {query}"))).await.unwrap() {
        println!("{name:<12}   {}", row.try_get_by_index::<String>(column).unwrap());
    }
}

async fn database(name: &str, url: &str, keys: &Keys, people: i64) {
    let folder = tempfile::tempdir().unwrap();
    // The schema, then the people past the service.
    let tasks = tokio_util::task::TaskTracker::new();
    let empty = relocation_registry::db::connect(&config(url, None).database, &tasks).await.unwrap();
    relocation_registry::db::schema::migrate(&empty).await.unwrap();
    empty.close().await;
    let db = sea_orm::Database::connect(url).await.unwrap();
    seed(&db, people).await;
    follow(name, "dues computed from nothing", config(url, None), keys, &db, people).await;
    let law = folder.path().join("law.toml");
    let other = "[[stay_policy]]\nid = 'kz.eaeu.2023'\ncountry = 'KAZ'\ncitizens = ['ARM', 'BLR', 'KGZ', 'RUS']\napplies_to = 'x'\neffective_from = '2023-01-27'\n\
                 kind = 'ROLLING_WINDOW'\nlimit_days = 60\nwindow_days = 180\nlegal_basis = 'x'\nsource_url = 'x'\nconfidence = 'B'\n";
    std::fs::write(&law, other).unwrap();
    db.execute_unprepared("UPDATE due_law SET done = (1 = 0)").await.unwrap();
    follow(name, "computed again under another law", config(url, Some(law)), keys, &db, people).await;
    plan(name, &db).await;
    db.close().await.unwrap();
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    let people = std::env::var("PEOPLE").ok().and_then(|people| people.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    database("SQLite", &format!("sqlite://{}/registry.db?mode=rwc", folder.path().display()), &keys, people).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys, people).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}

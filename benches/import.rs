//! 98,000 people, as many as crossed in one week, from a file through the command line: rows a second, beside a bare insert of the same rows, many a statement, into the
//! same database in the same run; and how much memory the server takes for it.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench import` prints it; `ROWS` makes it fewer. Only loopback is used, and every loop ends by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark owns its tasks and is told by the environment")]

#[allow(dead_code, reason = "this one starts the release binary")]
mod served;

use std::{
    fmt::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    str::FromStr as _,
    time::{Duration, Instant},
};

use chrono::{Datelike as _, NaiveDate};
use relocation_registry::auth::jwt::install_crypto;
use sqlx::Connection as _;
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use self::served::Keys;

/// Rows of one bare statement, and of one commit.
const AT_ONCE: u64 = 100;
const A_COMMIT: u64 = 10_000;

/// A file of people who are not one another, but for every hundredth, who comes again with the names in Latin letters.
fn file(at: &Path, rows: u64) {
    let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
    let name = |number: u64, factor: u64| {
        let mixed = (number + 1).wrapping_mul(factor);
        (0..5).map(|place| syllables[usize::try_from((mixed >> (4 * place + 30)) % 16).unwrap()]).collect::<String>()
    };
    let first = NaiveDate::from_ymd_opt(1945, 1, 1).unwrap();
    let mut text =
        String::from("family_name,given_names,birth_date,sex,citizenship,document_kind,document_country,document_number,region,phone\n");
    for number in 0..rows {
        let who = if number % 100 == 99 { number - 50 } else { number };
        let born = first + chrono::Duration::days(i64::try_from(who * 7919 % 22_000).unwrap());
        let (family, given) = (name(who, 0x9e37_79b9_7f4a_7c15), name(who, 0xc2b2_ae3d_27d4_eb4f));
        let sex = if who % 2 == 0 { "F" } else { "M" };
        let (document, phone) = (number * 7_654_321 % 1_000_000_000_000, 7_010_000_000 + who);
        let (year, month, day) = (born.year(), born.month(), born.day());
        writeln!(text, "{family},{given},{year}-{month:02}-{day:02},{sex},RUS,PASSPORT,RUS,{document:012},KZ-75,+7{phone}").unwrap();
    }
    std::fs::write(at, text).unwrap();
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The release binary on a database.
async fn serve(folder: &Path, url: &str, keys: &Keys) -> (Running, String) {
    let set = folder.join("jwks.json");
    std::fs::write(&set, keys.signer.key_set()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let child = Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .args(["serve", "--migrate"])
        .env("RELOCREG_SEAL_KEYS", &keys.text)
        .env("RELOCREG_AUTH_KEY_SET_FILE", set)
        .env("RELOCREG_AUTH_ISSUER", "bench")
        .env("RELOCREG_AUTH_AUDIENCE", "bench")
        .env("RELOCREG_DATABASE_URL", url)
        .env("RELOCREG_SERVER_LISTEN", format!("127.0.0.1:{port}"))
        .env("RELOCREG_ADMIN_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let address = format!("http://127.0.0.1:{port}");
    for _ in 0..3000 {
        if let Ok(channel) = Endpoint::from_shared(address.clone()).unwrap().connect().await {
            let ask = HealthCheckRequest { service: String::new() };
            if HealthClient::new(channel).check(ask).await.is_ok() {
                return (running, address);
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the server does not start");
}

/// Resident memory of a process, in megabytes.
fn resident(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0");
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

fn rate(rows: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(rows).unwrap()) / took.as_secs_f64()
}

/// Through the command line. Gives rows a second.
async fn imported(name: &str, url: &str, keys: &Keys, rows: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let people = folder.path().join("people.csv");
    file(&people, rows);
    let (server, address) = serve(folder.path(), url, keys).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let idle = resident(server.0.id());
    let token = folder.path().join("token");
    std::fs::write(&token, keys.bearer("ala-01").trim_start_matches("Bearer ")).unwrap();
    let begun = Instant::now();
    let mut client = Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .args([
            "import",
            people.to_str().unwrap(),
            "--skip-review",
            "--yes",
            "--address",
            &address,
            "--token-file",
            token.to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut most: f64 = idle;
    let status = loop {
        if let Some(status) = client.try_wait().unwrap() {
            break status;
        }
        most = most.max(resident(server.0.id()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let took = begun.elapsed();
    assert!(status.success(), "{status:?}");
    println!(
        "{name:<12} {rows} rows through the command line in {:>6.1} s, {:>6.0}/s   server {idle:.0} MB idle, {most:.0} MB at most (+{:.0})",
        took.as_secs_f64(),
        rate(rows, took),
        most - idle
    );
    rate(rows, took)
}

macro_rules! bare_rows {
    ($kind:ty, $connection:expr, $order:expr, $rows:expr) => {{
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let begun = Instant::now();
        let mut done = 0;
        while done < $rows {
            let mut tx = $connection.begin().await.unwrap();
            for _ in 0..(A_COMMIT / AT_ONCE) {
                let count = AT_ONCE.min($rows - done);
                if count == 0 {
                    break;
                }
                let ids: Vec<uuid::Uuid> = (0..count).map(|_| uuid::Uuid::now_v7()).collect();
                let order = $order;
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "request" ("subject", "operation", "request_id", "fingerprint", "reserved_id", "created_at") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind("bench").push_bind("RegisterRelocant").push_bind(uuid::Uuid::new_v4()).push_bind(vec![7_u8; 32]).push_bind(*id).push_bind(now);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant" ("id", "code", "citizenship", "center", "region", "status", "sealed", "card", "version", "created_at", "updated_at") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(*id).push_bind(uuid::Uuid::new_v4().simple().to_string()[..9].to_owned()).push_bind("RUS").push_bind("x").push_bind("KZ-75").push_bind("REGISTERED");
                    row.push_bind(vec![7_u8; 808]).push_bind(serde_json::json!({"occupations": [], "looking": false})).push_bind(1_i64).push_bind(now).push_bind(now);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_key" ("relocant_id", "key_version", "wrapped") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(*id).push_bind(1_i32).push_bind(vec![7_u8; 72]);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_document" ("id", "relocant_id", "kind", "issuing_country") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(uuid::Uuid::now_v7()).push_bind(*id).push_bind("PASSPORT").push_bind("RUS");
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "relocant_tag" ("tag", "relocant_id") "#);
                let tags: Vec<_> = ids.iter().flat_map(|id| (0..6).map(move |_| (uuid::Uuid::new_v4().as_bytes()[..12].to_vec(), *id))).collect();
                insert.push_values(tags, |mut row, (tag, id)| {
                    row.push_bind(tag).push_bind(id);
                });
                insert.build().execute(&mut *tx).await.unwrap();
                let mut insert = sqlx::QueryBuilder::<$kind>::new(r#"INSERT INTO "journal" ("id", "commit_order", "at", "subject", "role", "operation", "request_id", "relocant_id", "decision", "events") "#);
                insert.push_values(&ids, |mut row, id| {
                    row.push_bind(uuid::Uuid::now_v7()).push_bind(order).push_bind(now).push_bind("bench").push_bind("registrar").push_bind("RegisterRelocant");
                    row.push_bind(uuid::Uuid::new_v4()).push_bind(*id).push_bind("DONE").push_bind(serde_json::json!([{"name": "relocant.registered", "relocant": id}]));
                });
                insert.build().execute(&mut *tx).await.unwrap();
                done += count;
            }
            tx.commit().await.unwrap();
        }
        rate($rows, begun.elapsed())
    }};
}

/// The same rows, many a statement and ten thousand a commit, with nobody asking for anything.
async fn bare(url: &str, rows: u64) -> f64 {
    if url.starts_with("sqlite") {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)
            .unwrap()
            .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options).await.unwrap();
        bare_rows!(sqlx::Sqlite, connection, 1_i64, rows)
    } else {
        let mut connection = sqlx::postgres::PgConnection::connect(url).await.unwrap();
        bare_rows!(sqlx::Postgres, connection, 1_i64, rows)
    }
}

async fn database(name: &str, url: &str, keys: &Keys, rows: u64) {
    let ours = imported(name, url, keys, rows).await;
    let bare = bare(url, rows).await;
    println!("{name:<12} bare insert of the same rows {bare:>6.0}/s   ratio {:.2}", ours / bare);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(98_000);
    let folder = tempfile::tempdir().unwrap();
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys, rows).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys, rows).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}

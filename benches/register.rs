//! The load benchmark: `RegisterRelocant` through gRPC at 1, 8 and 64 callers, beside the same statements sent bare to the same database in the same run.
//!
//! `REGISTRY_TEST_FSYNC=on tests/with-postgres cargo bench --bench register` prints the table. Only loopback is used, and every loop ends by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a benchmark owns its tasks and is told by the environment")]

mod served;

use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use relocation_registry::{
    auth::jwt::install_crypto,
    proto::{self, register_relocant_request::Source, relocant_service_client::RelocantServiceClient},
    server,
    time::Clock,
};
use sqlx::Executor as _;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, transport::Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use self::served::{Keys, config};

const CELL: Duration = Duration::from_secs(4);
const CALLERS: [usize; 3] = [1, 8, 64];
static NUMBER: AtomicU64 = AtomicU64::new(0);

fn request() -> proto::RegisterRelocantRequest {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // Everybody is somebody else, as at a counter: a multiplication spreads neighbours, so that no two names are nearly the same.
    let name = |factor: u64| {
        let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
        let mixed = (number + 1).wrapping_mul(factor);
        (0..5).map(|at| syllables[usize::try_from((mixed >> (4 * at + 30)) % 16).unwrap()]).collect::<String>()
    };
    let part = |bound: u64, factor: u64| i32::try_from((number + 1).wrapping_mul(factor) % bound).unwrap();
    let typed = proto::TypedIdentity {
        family_name: name(0x9e37_79b9_7f4a_7c15),
        given_names: name(0xc2b2_ae3d_27d4_eb4f),
        birth_date: Some(proto::google::r#type::Date { year: 1950 + part(55, 7), month: 1 + part(12, 5), day: 1 + part(28, 3) }),
        citizenship: "RUS".to_owned(),
        document: Some(proto::Document {
            kind: proto::DocumentKind::Passport.into(),
            issuing_country: "RUS".to_owned(),
            number: format!("{:012}", number * 7_654_321 % 1_000_000_000_000),
            ..Default::default()
        }),
        ..Default::default()
    };
    proto::RegisterRelocantRequest {
        request_id: uuid::Uuid::new_v4().to_string(),
        region_code: "KZ-75".to_owned(),
        source: Some(Source::Typed(typed)),
        ..Default::default()
    }
}

/// Calls a second through the service. What it says no to for a moment is asked again, as a client does, and counted.
async fn calls(address: &str, token: &str, callers: usize, limit: Option<u64>) -> (f64, u64) {
    let (begun, done, again) = (Instant::now(), Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (done, again, token, address) = (Arc::clone(&done), Arc::clone(&again), token.to_owned(), address.to_owned());
            tokio::spawn(async move {
                let mut client = RelocantServiceClient::new(Endpoint::from_shared(address).unwrap().connect().await.unwrap());
                while limit.map_or(begun.elapsed() < CELL, |limit| done.load(Ordering::Relaxed) < limit) {
                    let mut request = Request::new(request());
                    request.metadata_mut().insert("authorization", token.parse().unwrap());
                    match client.register_relocant(request).await {
                        Ok(_) => done.fetch_add(1, Ordering::Relaxed),
                        Err(status) if [Code::Unavailable, Code::Aborted].contains(&status.code()) => again.fetch_add(1, Ordering::Relaxed),
                        Err(status) => panic!("{status:?}"),
                    };
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (rate(&done, begun), again.load(Ordering::Relaxed))
}

/// Calls a second that do nothing: what the transport and its two ends cost alone.
async fn echoed(address: &str, callers: usize) -> f64 {
    let (begun, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (done, address) = (Arc::clone(&done), address.to_owned());
            tokio::spawn(async move {
                let mut client = HealthClient::new(Endpoint::from_shared(address).unwrap().connect().await.unwrap());
                while begun.elapsed() < CELL {
                    client.check(HealthCheckRequest { service: String::new() }).await.unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    rate(&done, begun)
}

fn rate(done: &AtomicU64, begun: Instant) -> f64 {
    f64::from(u32::try_from(done.load(Ordering::Relaxed)).unwrap()) / begun.elapsed().as_secs_f64()
}

macro_rules! bare_statements {
    ($connection:expr, $order:literal) => {
        async {
        let (id, other, now) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7(), chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let tag = id.as_bytes().repeat(2);
        sqlx::query(r#"INSERT INTO "request" ("subject", "operation", "request_id", "fingerprint", "reserved_id", "created_at") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"#)
            .bind("bench").bind("RegisterRelocant").bind(other).bind(&tag).bind(id).bind(now)
            .execute(&mut *$connection).await?;
        sqlx::query(r#"INSERT INTO "relocant" ("id", "code", "citizenship", "center", "region", "status", "departed_on", "sealed", "card", "version", "created_at", "updated_at") VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, $9, $10, $11)"#)
            .bind(id).bind(uuid::Uuid::new_v4().simple().to_string()[..9].to_owned()).bind("RUS").bind("x").bind("KZ-75").bind("REGISTERED").bind(vec![7_u8; 808])
            .bind(serde_json::json!({"occupations": [], "looking": false})).bind(1_i64).bind(now).bind(now)
            .execute(&mut *$connection).await?;
        sqlx::query(r#"INSERT INTO "relocant_key" ("relocant_id", "key_version", "wrapped") VALUES ($1, $2, $3)"#)
            .bind(id).bind(1_i32).bind(vec![7_u8; 72]).execute(&mut *$connection).await?;
        sqlx::query(r#"INSERT INTO "relocant_document" ("id", "relocant_id", "kind", "issuing_country") VALUES ($1, $2, $3, $4)"#)
            .bind(other).bind(id).bind("PASSPORT").bind("RUS").execute(&mut *$connection).await?;
        let mut tags = sqlx::query(r#"INSERT INTO "relocant_tag" ("tag", "relocant_id") VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10)"#);
        for _ in 0..5 {
            tags = tags.bind(uuid::Uuid::new_v4().as_bytes()[..12].to_vec()).bind(id);
        }
        tags.execute(&mut *$connection).await?;
        sqlx::query(concat!(r#"INSERT INTO "journal" ("id", "commit_order", "at", "subject", "role", "operation", "request_id", "relocant_id", "decision", "events") VALUES ($1, "#, $order, r#", $2, $3, $4, $5, $6, $7, $8, $9)"#))
            .bind(uuid::Uuid::now_v7()).bind(now).bind("bench").bind("registrar").bind("RegisterRelocant").bind(other).bind(id).bind("DONE")
            .bind(serde_json::json!([{"name": "relocant.registered", "relocant": id}]))
            .execute(&mut *$connection).await?;
            Ok::<(), sqlx::Error>(())
        }
        .await
    };
}

async fn bare_call(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
    bare_statements!(tx, "pg_current_xact_id()::text::bigint")?;
    tx.commit().await
}

/// The same statements, one transaction a call, on sixteen connections.
async fn bare_postgres(url: &str, callers: usize) -> f64 {
    let pool =
        sqlx::postgres::PgPoolOptions::new().max_connections(16).acquire_timeout(Duration::from_secs(30)).connect(url).await.unwrap();
    let (begun, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (pool, done) = (pool.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while begun.elapsed() < CELL {
                    // Writers that meet start over, as they do in the service; only what was committed counts.
                    if bare_call(&pool).await.is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let rate = rate(&done, begun);
    pool.close().await;
    rate
}

/// The same statements from one writer, as many calls a commit as there are callers.
async fn bare_sqlite(url: &str, callers: usize) -> f64 {
    use std::str::FromStr as _;
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url)
        .unwrap()
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let (begun, done) = (Instant::now(), AtomicU64::new(0));
    while begun.elapsed() < CELL {
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        for _ in 0..callers {
            bare_statements!(connection, "(SELECT COALESCE(MAX(commit_order), 0) + 1 FROM journal)").unwrap();
        }
        connection.execute("COMMIT").await.unwrap();
        done.fetch_add(u64::try_from(callers).unwrap(), Ordering::Relaxed);
    }
    rate(&done, begun)
}

/// One database: the table, then the release binary on it.
async fn database(name: &str, url: &str, keys: &Keys, people: u64) {
    let ready = server::prepare(config(url, None), keys.vault(), keys.verifier(), Clock::default()).await.unwrap();
    let address = format!("http://{}", ready.address);
    let stop = CancellationToken::new();
    let serving = tokio::spawn(ready.serve(stop.clone()));
    let token = keys.bearer("x");
    for callers in CALLERS {
        let (ours, again) = calls(&address, &token, callers, None).await;
        let bare = if name == "SQLite" { bare_sqlite(url, callers).await } else { bare_postgres(url, callers).await };
        let echo = echoed(&address, callers).await;
        // One after the other, as a single caller feels it: what bare statements and the transport would come to without the service.
        let both = 1.0 / (1.0 / bare + 1.0 / echo);
        println!(
            "{name:<12} {callers:>3} callers {ours:>8.0}/s   bare {bare:>7.0}/s   ratio {:.2}   transport alone {echo:>7.0}/s   ratio to both {:.2}   asked again {again}",
            ours / bare,
            ours / both
        );
    }
    if people > 0 {
        calls(&address, &token, 64, Some(people)).await;
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
    start_and_memory(name, url, keys).await;
}

/// The release binary on the database as it is now: time to SERVING, resident memory when idle.
async fn start_and_memory(name: &str, url: &str, keys: &Keys) {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("jwks.json");
    std::fs::write(&set, keys.signer.key_set()).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .arg("serve")
        .env("RELOCREG_SEAL_KEYS", &keys.text)
        .env("RELOCREG_AUTH_KEY_SET_FILE", set)
        .env("RELOCREG_DATABASE_URL", url)
        .env("RELOCREG_SERVER_LISTEN", format!("127.0.0.1:{port}"))
        .env("RELOCREG_ADMIN_LISTEN", "127.0.0.1:0")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let mut asked = 0;
    while asked < 3000 {
        let endpoint = Endpoint::from_shared(address.clone()).unwrap();
        if let Ok(channel) = endpoint.connect().await {
            let ask = HealthCheckRequest { service: String::new() };
            if HealthClient::new(channel).check(ask).await.is_ok() {
                break;
            }
        }
        asked += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap().trim().to_owned();
    child.kill().unwrap();
    child.wait().unwrap();
    println!("{name:<12} start to SERVING {:.0} ms, idle resident {resident}", started.as_secs_f64() * 1000.0);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    install_crypto();
    let keys = Keys::generate();
    println!("RegisterRelocant, {} s a cell, server and load on the same two cores", CELL.as_secs());
    let folder = tempfile::tempdir().unwrap();
    let people = std::env::var("PEOPLE").ok().and_then(|people| people.parse().ok()).unwrap_or(100_000);
    database("SQLite", &format!("sqlite://{}/registry.db", folder.path().display()), &keys, people).await;
    match std::env::var("REGISTRY_TEST_POSTGRES") {
        Ok(url) => database("PostgreSQL", &format!("{url}/postgres"), &keys, 0).await,
        Err(_) => println!("PostgreSQL   not measured: run it beside one, with tests/with-postgres"),
    }
}

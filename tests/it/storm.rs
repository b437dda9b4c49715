//! What the databases' own behaviour could do to us: clients that hang up while a transaction begins, transactions that commit late.

use std::time::Duration;

use relocation_registry::proto;
use sea_orm::ConnectionTrait as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tonic::Request;

use crate::harness::{App, CHANGES, config, direct, postgres_database, samples};

/// How many calls hang up; the full figure of 5,000 by `STORM_CALLS=5000`.
fn calls() -> u32 {
    #[allow(clippy::disallowed_methods, reason = "whoever runs the test says how long")]
    std::env::var("STORM_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(300)
}

/// A loopback proxy that hands everything on 5 ms late. Gives its port; ends with the runtime.
async fn late_proxy(to: String) -> u16 {
    async fn late(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count) = from.read(&mut buffer).await {
            if count == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            if to.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    #[allow(clippy::disallowed_methods, reason = "the test owns the proxy")]
    tokio::spawn(async move {
        while let Ok((inner, _)) = listener.accept().await {
            let outer = TcpStream::connect(&to).await.unwrap();
            let ((inner_read, inner_write), (outer_read, outer_write)) = (inner.into_split(), outer.into_split());
            tokio::spawn(late(inner_read, outer_write));
            tokio::spawn(late(outer_read, inner_write));
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_callers_that_hang_up_loses_and_doubles_nothing() {
    let Some(url) = postgres_database().await else { return };
    let (server, database) = url.rsplit_once('/').unwrap();
    let to = server.rsplit_once('@').unwrap().1.to_owned();
    let port = late_proxy(to).await;
    let app = App::start(config(&format!("postgres://registry@127.0.0.1:{port}/{database}"))).await;
    let clerk = app.role("registrar").await;

    let each = calls() / 20;
    let callers = (0..20_u32).map(|caller| {
        let clerk = clerk.clone();
        async move {
            let mut unknown = Vec::new();
            for call in 0..each {
                let registration = samples::registration();
                let mut request = Request::new(registration.clone());
                request.set_timeout(Duration::from_millis(u64::from(1 + (caller * 7 + call * 13) % 40)));
                if clerk.relocants().register_relocant(request).await.is_err() {
                    unknown.push(registration);
                }
            }
            unknown
        }
    });
    let unknown: Vec<proto::RegisterRelocantRequest> = futures_util::future::join_all(callers).await.into_iter().flatten().collect();
    assert!(!unknown.is_empty(), "the storm must hang up on somebody");
    // Whoever does not know asks again with the same id, as a client does.
    let again = unknown.chunks(unknown.len().div_ceil(6)).map(|share| {
        let (clerk, share) = (clerk.clone(), share.to_vec());
        async move {
            for registration in share {
                clerk.register(registration).await;
            }
        }
    });
    futures_util::future::join_all(again).await;
    let plain = (0..5).map(|_| {
        let clerk = clerk.clone();
        async move {
            for _ in 0..40 {
                clerk.register(samples::registration()).await;
            }
        }
    });
    futures_util::future::join_all(plain).await;
    let expected = i64::from(each * 20 + 200);
    let direct = direct(&url).await;
    let count = |sql: &str| {
        let (direct, sql) = (direct.clone(), sql.to_owned());
        async move {
            let row = direct.query_one_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap()
        }
    };
    assert_eq!(count("SELECT COUNT(*) FROM relocant").await, expected);
    let changes = format!("SELECT COUNT(*) FROM {CHANGES}");
    assert_eq!(count(&changes).await, expected);
    // Nobody sits in a transaction; the sequencer's own lasts milliseconds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let sitting = "SELECT COUNT(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
                   AND datname = current_database() AND state_change < now() - interval '900 milliseconds'";
    assert_eq!(count(sitting).await, 0);
    app.handle().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_commit_late_are_numbered_all_the_same_and_once() {
    const WRITERS: u32 = 16;
    const ROUNDS: u32 = 26;
    const ENTRIES: u32 = 25;
    let Some(url) = postgres_database().await else { return };
    let app = App::start(config(&url)).await;
    let writers = (0..WRITERS).map(|writer| {
        let url = url.clone();
        async move {
            let db = direct(&url).await;
            for round in 0..ROUNDS {
                // Between writing and committing, up to 200 ms pass, for each another time.
                let held = f64::from((writer * 37 + round * 53) % 200) / 1000.0;
                let sql = format!(
                    "BEGIN; INSERT INTO journal (id, commit_order, at, subject, role, operation, decision, events) \
                     SELECT gen_random_uuid(), pg_current_xact_id()::text::bigint, now(), 'w', 'ops', 'Test', 'DONE', '[{{\"name\": \"relocant.registered\"}}]' \
                     FROM generate_series(1, {ENTRIES}); SELECT pg_sleep({held}); COMMIT"
                );
                db.execute_unprepared(&sql).await.unwrap();
            }
            db.close().await.unwrap();
        }
    });
    let watcher = app.role("integration").await;
    let mut stream = watcher.events().watch_events(proto::WatchEventsRequest::default()).await.unwrap().into_inner();
    let all = i64::from(WRITERS * ROUNDS * ENTRIES);
    let reading = async {
        let mut positions = Vec::new();
        while i64::try_from(positions.len()).unwrap() < all {
            let message = stream.message().await.unwrap().unwrap();
            positions.extend(message.event.map(|event| event.position));
        }
        positions
    };
    // Heartbeats keep the stream alive, so what bounds the reading is the whole of it.
    let reading = tokio::time::timeout(Duration::from_mins(1), reading);
    let (positions, _) = tokio::join!(reading, futures_util::future::join_all(writers));
    let positions = positions.expect("the feed misses events");
    assert!(all >= 10_000);
    assert_eq!(positions, (1..=all).collect::<Vec<i64>>(), "none missed, none doubled, no gap");
    assert_eq!(app.count("journal_position").await, all);
    app.handle().stop().await;
}

/// sqlx 0.9.0: a `begin` dropped while it is on the wire leaves its session inside a transaction, and later writes on it vanish. The pool must not take it back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_begun_by_a_caller_that_hung_up_swallows_nobodys_writes() {
    let Some(url) = postgres_database().await else { return };
    let (server, database) = url.rsplit_once('/').unwrap();
    let port = late_proxy(server.rsplit_once('@').unwrap().1.to_owned()).await;
    let mut settings = config(&format!("postgres://registry@127.0.0.1:{port}/{database}")).database;
    // One session, or the pool hands the next caller another one and nothing is seen.
    settings.connections = 1;
    let tasks = tokio_util::task::TaskTracker::new();
    let db = relocation_registry::db::connect(&settings, &tasks).await.unwrap();
    let pool = db.pool_for_tests().unwrap();
    pool.execute_unprepared("CREATE TABLE kept (id INTEGER)").await.unwrap();
    let mut hung_up = 0;
    for trial in 0..24 {
        // The session must be back in the pool, or the caller hangs up before it has any; that takes the pool two ways there and back, 20 ms.
        tokio::time::sleep(Duration::from_millis(60)).await;
        // BEGIN needs 10 ms there and back.
        let begun = tokio::time::timeout(Duration::from_millis(1 + trial % 8), sea_orm::TransactionTrait::begin(pool)).await;
        hung_up += u32::from(begun.is_err());
        drop(begun);
        pool.execute_unprepared(&format!("INSERT INTO kept VALUES ({trial})")).await.unwrap();
    }
    assert!(hung_up > 12, "the callers must hang up: {hung_up}");
    let other = direct(&url).await;
    let counted = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT COUNT(*) FROM kept");
    let row = other.query_one_raw(counted).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 24);
}

/// Somebody else holds the table while a caller registers and hangs up. The work goes on to its end on its own, and asking again finds it.
async fn a_caller_hangs_up_while_its_work_waits(app: App, hold: &str) {
    let clerk = app.role("registrar").await;
    let holder = direct(&app.url).await;
    let options =
        sea_orm::TransactionOptions { sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate), ..Default::default() };
    let holding = sea_orm::TransactionTrait::begin_with_options(&holder, options).await.unwrap();
    holding.execute_unprepared(hold).await.unwrap();
    let registration = samples::registration();
    let mut client = clerk.relocants();
    let hung_up = tokio::time::timeout(Duration::from_millis(500), client.register_relocant(registration.clone())).await;
    assert!(hung_up.is_err(), "the work waits");
    // Long enough for the server to learn that nobody listens any more.
    tokio::time::sleep(Duration::from_millis(500)).await;
    holding.rollback().await.unwrap();
    let mut tries = 0;
    while app.count("relocant").await == 0 {
        tries += 1;
        assert!(tries < 100, "the work was torn when its caller hung up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    clerk.register(registration).await;
    assert_eq!((app.count("relocant").await, app.count("journal").await), (1, 1));
    app.handle().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_whose_caller_hangs_up_is_not_torn_on_postgresql() {
    let Some(app) = App::postgres().await else { return };
    a_caller_hangs_up_while_its_work_waits(app, "LOCK TABLE relocant IN ACCESS EXCLUSIVE MODE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_whose_caller_hangs_up_is_not_torn_on_sqlite() {
    a_caller_hangs_up_while_its_work_waits(App::sqlite().await, "SELECT 1").await;
}

/// The caller's deadline ends the statement in the database, not only the wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_deadline_no_statement_runs_on_in_postgresql() {
    let Some(url) = postgres_database().await else { return };
    let app = App::start(config(&url)).await;
    let clerk = app.role("registrar").await;
    clerk.register(samples::registration()).await;
    let holder = direct(&url).await;
    let held = sea_orm::TransactionTrait::begin(&holder).await.unwrap();
    held.execute_unprepared("LOCK TABLE relocant IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let mut request = Request::new(samples::registration());
    request.set_timeout(Duration::from_millis(400));
    let late = clerk.relocants().register_relocant(request).await.unwrap_err();
    // Under load the client's own clock may be first, and then it says so.
    assert!(matches!(late.code(), tonic::Code::DeadlineExceeded | tonic::Code::Cancelled), "{late:?}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert_eq!(app.sql(waiting).await[0].try_get_by_index::<i64>(0).unwrap(), 0);
    held.rollback().await.unwrap();
    assert_eq!(app.count("relocant").await, 1);
    app.handle().stop().await;
}

/// Fifty centres that come back from a day without a network must not take the house from whoever stands at a counter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_all_files_together_take_turns_and_leave_the_house_to_others() {
    let Some(url) = postgres_database().await else { return };
    let mut settings = config(&url);
    settings.database.connections = 32;
    let keys = relocation_registry::seal::KeyFile::generate().unwrap().to_text().unwrap();
    let signer = relocation_registry::auth::jwt::Signer::from_pkcs8(&relocation_registry::auth::jwt::Signer::generate().unwrap()).unwrap();
    let app = App::start_with(settings, keys, signer.into()).await.unwrap();
    let clerk = app.role("registrar").await;
    let holder = direct(&url).await;
    let held = sea_orm::TransactionTrait::begin(&holder).await.unwrap();
    held.execute_unprepared("LOCK TABLE relocant IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let files = futures_util::future::join_all((0..3).map(|_| {
        let import_id = samples::request_id();
        let row = move |line| proto::ImportRelocantsRequest {
            import_id: import_id.clone(),
            validate_only: false,
            line,
            registration: Some(samples::registration()),
        };
        let mut client = clerk.relocants();
        async move {
            let mut answers = client.import_relocants(tokio_stream::iter((1..=16).map(row))).await.unwrap().into_inner();
            let mut registered = 0;
            while let Some(answer) = answers.message().await.unwrap() {
                registered +=
                    answer.rows.iter().filter(|row| matches!(row.outcome, Some(proto::imported_row::Outcome::Relocant(_)))).count();
            }
            registered
        }
    }));
    let released = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // What the registry does by itself waits as well.
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                       AND query LIKE 'INSERT INTO \"relocant\" %'";
        let waiting = app.sql(waiting).await[0].try_get_by_index::<i64>(0).unwrap();
        held.rollback().await.unwrap();
        waiting
    };
    let (registered, waiting) = tokio::join!(files, released);
    assert_eq!((registered, waiting), (vec![16; 3], 4));
    app.handle().stop().await;
}

//! The console, as a browser and a program see it on the real binary.

use std::time::Duration;

use relocation_registry::{console::pages::Name, proto, telemetry::names, telemetry::scrape::parse};
use serde_json::Value;
use strum::IntoEnumIterator as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    binary::Binary,
    harness::{http_get, samples},
};

/// An answer of the listener for operators: status, head, body.
pub async fn http(address: &str, request: &str, headers: &str, body: &str) -> (u16, String, String) {
    let mut socket = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let head =
        format!("{request} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn twin(address: &str, page: Name) -> Value {
    let (status, head, body) = http(address, &format!("GET /api/{}.json", page.as_str()), "", "").await;
    assert!(status == 200 && head.contains("application/json"), "{head}");
    serde_json::from_str(&body).unwrap()
}

/// Everything that the console can be asked for.
pub fn addresses() -> Vec<String> {
    Name::iter().flat_map(|page| [page.path(), format!("/api/{}.json", page.as_str())]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_there_in_three_languages_loads_nothing_from_elsewhere_and_is_small() {
    use std::io::Write as _;
    let binary = Binary::start(&[]).await;
    let client = binary.app.role("registrar").await;
    client.register(samples::registration()).await;
    let admin = &binary.app.admin;
    let asset = async |path: &str| http(admin, &format!("GET {path}"), "", "").await.2;
    let assets = asset("/assets/console.css").await + &asset("/assets/console.js").await;
    for page in Name::iter() {
        for (language, own) in [("kk", "қазақша"), ("ru", "русский"), ("en", "English")] {
            let (status, head, body) = http(admin, &format!("GET {}?lang={language}", page.path()), "", "").await;
            assert_eq!(status, 200, "{page:?}: {head}");
            assert!(body.contains(&format!("<html lang=\"{language}\">")) && body.contains(own));
            assert!(
                head.contains("content-security-policy: default-src 'none'") && head.contains(&format!("set-cookie: lang={language}")),
                "{head}"
            );
            assert!(!body.contains("http:") && !body.contains("https:") && !body.contains(" style="), "{page:?}");
            // A key that nobody has translated would stand for itself.
            for part in [">page-", ">lead-", ">tile-", ">table-", ">column-", ">region-", ">due-", ">permit-", ">match-", ">metric-"] {
                assert!(!body.contains(part), "{page:?} in {language}: {part}");
            }
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            packed.write_all((body + &assets).as_bytes()).unwrap();
            let size = packed.finish().unwrap().len();
            assert!(size < 120 * 1024, "{page:?}: {size} bytes");
        }
    }
    let (_, _, kept) = http(admin, "GET /", "cookie: lang=kk\r\naccept-language: ru\r\n", "").await;
    assert!(kept.contains("<html lang=\"kk\">"), "the language that was chosen stays");
    assert_eq!(http(admin, "GET /nothing", "", "").await.0, 404);
    assert_eq!(http(admin, "GET /api/nothing.json", "", "").await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_console_says_what_is_scraped_and_shows_the_calls() {
    let binary = Binary::start(&[]).await;
    let (client, admin) = (binary.app.role("registrar").await, &binary.app.admin);
    for _ in 0..7 {
        client.register(samples::doctor()).await;
    }
    let unknown = proto::GetRelocantRequest { id: uuid::Uuid::now_v7().to_string(), ..Default::default() };
    let refused = client.relocants().get_relocant(unknown).await.unwrap_err();
    let method = "relocation.registry.v1.RelocantService/RegisterRelocant";
    // What is measured is read every ten seconds.
    let mut tries = 0;
    let rpc = loop {
        let rpc = twin(admin, Name::Rpc).await;
        let calls: f64 = rpc["methods"].as_array().unwrap().iter().map(|row| row["calls"].as_f64().unwrap()).sum();
        if calls >= 8.0 {
            break rpc;
        }
        tries += 1;
        assert!(tries < 150, "{rpc}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let scraped = parse(http_get(admin, "/metrics").await.split_once("\r\n\r\n").unwrap().1);
    let row = |method: &str| rpc["methods"].as_array().unwrap().iter().find(|row| row["method"] == method).unwrap().clone();
    for method in [method, "relocation.registry.v1.RelocantService/GetRelocant"] {
        let name = format!("{}_count", names::RPC_DURATION.exposed());
        let count: f64 = scraped.iter().filter(|one| one.name == name && one.label("rpc_method") == method).map(|one| one.value).sum();
        assert_eq!(row(method)["calls"], Value::from(count), "{method}");
    }
    assert_eq!((&row(method)["faults"], &row(method)["refused"]), (&0.0.into(), &0.0.into()));
    let get = row("relocation.registry.v1.RelocantService/GetRelocant");
    assert_eq!((&get["faults"], &get["refused"]), (&0.0.into(), &1.0.into()), "a wrong id is no fault of ours");
    assert!(row(method)["p95"].as_f64().unwrap() > 0.0);

    // One call, with what it did.
    let id = refused.metadata().get("trace-id").unwrap().to_str().unwrap().to_owned();
    let (_, _, trace) = http(admin, &format!("GET /api/traces.json?id={id}"), "", "").await;
    let trace: Value = serde_json::from_str(&trace).unwrap();
    let spans: Vec<&str> = trace["trace"].as_array().unwrap().iter().map(|span| span["what"].as_str().unwrap()).collect();
    assert!(spans[0].ends_with("GetRelocant") && spans.contains(&"SELECT relocant"), "{spans:?}");
    let (_, _, listed) = http(admin, "GET /api/traces.json?code=NOT_FOUND", "", "").await;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert!(listed["traces"].as_array().unwrap().iter().all(|trace| trace["code"] == "NOT_FOUND"));
    assert!(!listed["traces"].as_array().unwrap().is_empty());

    let today = twin(admin, Name::Today).await;
    assert_eq!((&today["answered"], &today["registrations"]), (&1.0.into(), &Value::Null), "seven people are too few to be shown");
    let output =
        tokio::process::Command::new(env!("CARGO_BIN_EXE_relocreg")).args(["top", "--once", "--address", admin]).output().await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("RelocantService/RegisterRelocant") && said.contains("100.00 %"), "{said}");
    let regions = twin(admin, Name::Regions).await;
    assert_eq!(regions["regions"].as_array().unwrap().len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_followed_and_its_level_changed_by_who_has_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "0123456789abcdef\n").unwrap();
    let binary = Binary::start(&[("RELOCREG_ADMIN_TOKEN_FILE", token.display().to_string())]).await;
    let admin = &binary.app.admin;
    assert_eq!(http(admin, "GET /log-level", "", "").await.2, "info");

    let mut stream = TcpStream::connect(admin.trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET /logs/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut seen = Vec::new();
    let mut read = async |until: &str| {
        while !String::from_utf8_lossy(&seen).contains(until) {
            let mut part = [0; 4096];
            let length = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut part)).await.expect(until).unwrap();
            assert!(length > 0);
            seen.extend_from_slice(&part[..length]);
        }
    };
    read("text/event-stream").await;

    assert_eq!(http(admin, "PUT /log-level", "", "debug").await.0, 403);
    assert_eq!(http(admin, "PUT /log-level", "authorization: Bearer wrong\r\n", "debug").await.0, 403);
    let bearer = "authorization: Bearer 0123456789abcdef\r\n";
    assert_eq!(http(admin, "PUT /log-level", bearer, "no=such=thing").await.0, 400);
    assert_eq!(http(admin, "PUT /log-level", bearer, "debug").await.0, 200);
    assert_eq!(http(admin, "GET /log-level", "", "").await.2, "debug");
    read("which lines are written was changed").await;
    let lines = twin(admin, Name::Logs).await;
    assert!(lines["lines"].as_array().unwrap().iter().any(|line| line["message"] == "listening"), "{lines}");
    assert_eq!(lines["filter"], "debug");
    assert!(String::from_utf8_lossy(&binary.log()).contains("which lines are written was changed"), "the log says who looked more closely");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_somebody_else_cannot_read_the_console_through_a_name_of_its_own() {
    let binary = Binary::start(&[]).await;
    let mut socket = TcpStream::connect(binary.app.admin.trim_start_matches("http://")).await.unwrap();
    socket.write_all(b"GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

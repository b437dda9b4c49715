//! The program itself, as an operator runs it: its settings, its logs and traces, its certificate, and how it stops.

use std::{
    collections::BTreeSet,
    process::Stdio,
    time::{Duration, Instant},
};

use prost::Message as _;
use relocation_registry::{auth::jwt::Signer, proto, seal::KeyFile};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::{Child, Command},
};
use tonic::{
    Code,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use crate::{
    console,
    every_rpc::{assert_no_marker, every_text_with_a_marker},
    harness::{AUDIENCE, App, ISSUER, certificates, http_get, samples},
    story::play,
    telemetry::Collector,
};

/// Starts the program, and waits until both listeners answer.
async fn spawn(folder: &std::path::Path, (port, admin): (u16, u16), settings: &[(&str, String)]) -> Child {
    let file = |name: &str| folder.join(name);
    let keys = file("seal.toml");
    if !keys.exists() {
        std::fs::write(&keys, KeyFile::generate().unwrap().to_text().unwrap()).unwrap();
    }
    #[allow(clippy::disallowed_methods, reason = "whoever measures has another build of it")]
    let program = std::env::var("RELOCREG_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_relocreg").to_owned());
    let child = Command::new(program)
        .arg("serve")
        .env("RELOCREG_SEAL_KEYS", std::fs::read_to_string(keys).unwrap())
        .env("RELOCREG_AUTH_KEY_SET_FILE", file("jwks.json"))
        .env("RELOCREG_CERTIFICATES_KEY_FILE", certificates().key)
        .env("RELOCREG_AUTH_ISSUER", ISSUER)
        .env("RELOCREG_AUTH_AUDIENCE", AUDIENCE)
        .env("RELOCREG_DATABASE_URL", format!("sqlite://{}", file("registry.db").display()))
        .env("RELOCREG_SERVER_LISTEN", format!("127.0.0.1:{port}"))
        .env("RELOCREG_ADMIN_LISTEN", format!("127.0.0.1:{admin}"))
        .env("RELOCREG_SERVER_DRAIN_MS", "100")
        .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .stderr(Stdio::from(std::fs::File::create(file("log")).unwrap()))
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    for port in [port, admin] {
        let mut tries = 0;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tries += 1;
            assert!(tries < 400, "it does not start: {}", std::fs::read_to_string(file("log")).unwrap());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
    child
}

/// The program on a database of its own.
pub struct Binary {
    folder: tempfile::TempDir,
    pub child: Child,
    pub app: App,
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Binary {
    /// Starts it with further settings, and waits until both listeners answer.
    pub async fn start(settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let signer = Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap();
        std::fs::write(file("jwks.json"), signer.key_set()).unwrap();
        let (port, admin, url) = (free_port(), free_port(), format!("sqlite://{}", file("registry.db").display()));
        let child = spawn(folder.path(), (port, admin), settings).await;
        let app = App::beside(format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{admin}"), url, signer.into());
        Self { folder, child, app }
    }

    /// Starts it once more where it was, after it has ended.
    pub async fn start_again(&mut self, settings: &[(&str, String)]) {
        let port = |address: &str| address.rsplit(':').next().unwrap().parse().unwrap();
        self.child = spawn(self.folder.path(), (port(&self.app.address), port(&self.app.admin)), settings).await;
    }

    pub fn log(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("log")).unwrap()
    }

    pub async fn terminate(&mut self) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("sh").args(["-c", "kill -TERM $0", &id]).status().await.unwrap().success());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_logged_or_traced_and_stopping_is_orderly() {
    let collector = Collector::start().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint.clone()),
        ("OTEL_BSP_SCHEDULE_DELAY", "200".to_owned()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500".to_owned()),
        ("RELOCREG_LOG_FILTER", "trace".to_owned()),
    ];
    let mut binary = Binary::start(&settings).await;
    let app = binary.app.clone();

    play(&app).await;
    let refused = every_text_with_a_marker(&app).await;
    assert!(refused.len() >= 500, "{} refusals are too few to say anything", refused.len());
    for error in &refused {
        assert_no_marker("error", error);
    }
    assert_no_marker("metrics", http_get(&app.admin, "/metrics").await.as_bytes());
    for address in console::addresses() {
        let (status, _, body) = console::http(&app.admin, &format!("GET {address}"), "", "").await;
        assert_eq!(status, 200, "{address}");
        assert_no_marker(&address, body.as_bytes());
    }

    // Somebody follows the feed when it is told to stop.
    let watcher = app.role("integration").await;
    let mut stream = watcher.events().watch_events(proto::WatchEventsRequest::default()).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    let begun = Instant::now();
    binary.terminate().await;
    let last = loop {
        match stream.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the stream ended without saying why"),
            Err(status) => break status,
        }
    };
    assert_eq!(last.code(), Code::Unavailable);
    drop((stream, watcher));
    let ended = tokio::time::timeout(Duration::from_secs(25), binary.child.wait()).await.expect("it stops within 25 s").unwrap();
    assert!(ended.success(), "{ended}");
    assert!(begun.elapsed() < Duration::from_secs(25));

    let log = binary.log();
    assert!(String::from_utf8_lossy(&log).contains("not serving any longer"));
    assert_no_marker("log", &log);
    assert!(!String::from_utf8_lossy(&log).contains("eyJ"), "a token is in the log");
    for message in collector.everything() {
        assert_no_marker("exported", &message);
    }
    let spans = collector.spans();
    let names: BTreeSet<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert!(names.contains("relocation.registry.v1.RelocantService/RegisterRelocant") && names.contains("INSERT relocant"), "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("relocation.registry.v1.") || name.split(' ').count() == 2),
        "only our own: {names:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_certificate_it_speaks_tls_and_nothing_else() {
    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let settings = [("RELOCREG_SERVER_TLS_CERT", cert.display().to_string()), ("RELOCREG_SERVER_TLS_KEY", key.display().to_string())];
    let binary = Binary::start(&settings).await;
    let address = binary.app.address.clone();

    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(made.cert.pem())).domain_name("localhost");
    let secure = Endpoint::from_shared(address.replace("http://", "https://")).unwrap().tls_config(tls).unwrap().connect().await.unwrap();
    let ask = || tonic_health::pb::HealthCheckRequest { service: "relocation.registry.v1.StayService".to_owned() };
    let health = tonic_health::pb::health_client::HealthClient::new(secure).check(ask()).await.unwrap().into_inner();
    assert_eq!(health.status(), tonic_health::ServingStatus::Serving.into());

    let plain = Endpoint::from_shared(address).unwrap().connect_lazy();
    assert!(tonic_health::pb::health_client::HealthClient::new(plain).check(ask()).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_and_a_tool_without_the_contract_can_use_it() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
        server_reflection_response::MessageResponse,
    };
    let binary = Binary::start(&[]).await;
    let app = &binary.app;

    // Reflection, without a token.
    let channel = Endpoint::from_shared(app.address.clone()).unwrap().connect().await.unwrap();
    let ask = ServerReflectionRequest { message_request: Some(MessageRequest::ListServices(String::new())), ..Default::default() };
    let mut answers = ServerReflectionClient::new(channel).server_reflection_info(tokio_stream::iter([ask])).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(listed)) = answers.message().await.unwrap().unwrap().message_response else {
        panic!("no list of services")
    };
    for service in proto::SERVICES {
        assert!(listed.service.iter().any(|found| found.name == service), "{service}");
    }

    // gRPC-Web over HTTP/1.1, as a browser speaks it: a call with a token, and one without.
    let request = samples::registration().encode_to_vec();
    let mut body = vec![0];
    body.extend(u32::try_from(request.len()).unwrap().to_be_bytes());
    body.extend(request);
    let token = app.token(&app.claims("registrar"));
    for (authorization, status) in [(format!("authorization: Bearer {token}\r\n"), "grpc-status:0"), (String::new(), "grpc-status: 16")] {
        let mut socket = TcpStream::connect(app.address.trim_start_matches("http://")).await.unwrap();
        let head = format!(
            "POST /relocation.registry.v1.RelocantService/RegisterRelocant HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc-web+proto\r\n\
             x-grpc-web: 1\r\n{authorization}content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&body).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("application/grpc-web+proto") && answer.contains(status), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_are_printed_with_their_source_and_no_secret() {
    let output = Command::new(env!("CARGO_BIN_EXE_relocreg"))
        .arg("config")
        .env("RELOCREG_SEAL_KEYS", "a secret that nobody may see")
        .env("RELOCREG_DATABASE_URL", "postgres://registry:hidden@127.0.0.1/registry")
        .env("RELOCREG_AUTH_KEY_SET_FILE", "/nowhere/jwks.json")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("RELOCREG_DATABASE_URL") && said.contains("auth.key_set_file"), "{said}");
    assert!(!said.contains("a secret") && !said.contains("hidden"), "{said}");

    let refused = Command::new(env!("CARGO_BIN_EXE_relocreg")).arg("serve").env_remove("RELOCREG_SEAL_KEYS").output().await.unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("seal.keys") && said.contains("auth.key_set_file"), "{said}");
}

/// All who ask in the morning find the day's figures, and the people behind them are counted once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_ask_for_the_figures_of_a_day_they_are_counted_once() {
    let binary = Binary::start(&[]).await;
    let client = binary.app.role("matcher").await;
    let request = proto::GetFiguresRequest { table: proto::FigureTable::Shortage.into(), on_date: None };
    let asked = (0..40).map(|_| async { client.figures().get_figures(request).await.unwrap().into_inner() });
    let told = futures_util::future::join_all(asked).await;
    assert!(told.iter().all(|answer| *answer == told[0]));
    let metrics = http_get(&binary.app.admin, "/metrics").await;
    let counted = metrics.lines().find(|line| {
        ["_count{", "db_operation_name=\"SELECT\"", "db_collection_name=\"relocant_occupation\""].iter().all(|part| line.contains(part))
    });
    assert!(counted.is_some_and(|line| line.ends_with(" 1")), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_is_told_that_it_serves_that_it_lives_and_that_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("notify");
    let socket = tokio::net::UnixDatagram::bind(&name).unwrap();
    let settings = [("NOTIFY_SOCKET", name.display().to_string()), ("WATCHDOG_USEC", "300000".to_owned())];
    let mut binary = Binary::start(&settings).await;
    let told = async || {
        let mut text = [0; 256];
        let length = tokio::time::timeout(Duration::from_secs(10), socket.recv(&mut text)).await.expect("nothing is told").unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap().trim().to_owned()
    };
    assert_eq!(told().await, "READY=1");
    for _ in 0..4 {
        assert_eq!(told().await, "WATCHDOG=1");
    }
    binary.terminate().await;
    loop {
        match told().await.as_str() {
            "WATCHDOG=1" => {}
            text => {
                assert_eq!(text, "STOPPING=1");
                break;
            }
        }
    }
    assert!(tokio::time::timeout(Duration::from_secs(10), binary.child.wait()).await.unwrap().unwrap().success());
}

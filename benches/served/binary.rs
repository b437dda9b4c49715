//! The release binary as it is served, and sheets of made-up people.

use std::{
    fmt::Write as _,
    ops::Range,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{Datelike as _, NaiveDate};
use relocation_registry::proto::{self, register_relocant_request::Source};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::Keys;

/// A file of people who are not one another, but for every hundredth, who comes again with the names in Latin letters.
pub fn sheet(at: &Path, rows: Range<u64>) {
    let syllables = ["ба", "ги", "до", "же", "ку", "лы", "мэ", "ню", "ря", "фо", "ха", "цу", "ши", "по", "ве", "те"];
    let name = |number: u64, factor: u64| {
        let mixed = (number + 1).wrapping_mul(factor);
        (0..5).map(|place| syllables[usize::try_from((mixed >> (4 * place + 30)) % 16).unwrap()]).collect::<String>()
    };
    let first = NaiveDate::from_ymd_opt(1945, 1, 1).unwrap();
    let mut text =
        String::from("family_name,given_names,birth_date,sex,citizenship,document_kind,document_country,document_number,region,phone\n");
    for number in rows {
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

/// Somebody without papers, who is nobody else.
pub fn person(number: u64) -> proto::RegisterRelocantRequest {
    let letters = |mixed: u64| (0..6).map(|at| char::from(b'a' + u8::try_from((mixed >> (8 * at)) % 26).unwrap())).collect::<String>();
    let typed = proto::TypedIdentity {
        family_name: letters((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        given_names: letters((number + 1).wrapping_mul(0xc2b2_ae3d_27d4_eb4f)),
        birth_date: Some(proto::google::r#type::Date { year: 1950 + i32::try_from(number % 50).unwrap(), month: 1, day: 1 }),
        citizenship: "RUS".to_owned(),
        ..Default::default()
    };
    proto::RegisterRelocantRequest {
        request_id: uuid::Uuid::new_v4().to_string(),
        region_code: "KZ-75".to_owned(),
        source: Some(Source::Typed(typed)),
        ..Default::default()
    }
}

/// A server that ends with its handle.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The release binary on a database.
pub async fn serve(folder: &Path, url: &str, keys: &Keys) -> (Running, String) {
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

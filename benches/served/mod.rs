//! What every benchmark of the whole service needs: settings for loopback, keys, a clerk's token.

#[allow(dead_code, clippy::panic, reason = "some benchmarks serve in their own process; one that fails should say where")]
pub mod binary;

use std::path::PathBuf;

use relocation_registry::{
    auth::jwt::{Claims, Signer, Verifier},
    config::{Admin, Auth, Config, Database, Log, LogFormat, Secret, Server, Signals},
    seal::{KeyFile, Keyring, Vault},
    time::Clock,
};

/// Settings of a server on loopback.
pub fn config(url: &str, law_file: Option<PathBuf>) -> Config {
    let loopback = "127.0.0.1:0".parse().unwrap();
    Config {
        server: Server { listen: loopback, tls_cert: None, tls_key: None, in_flight: 64, waiting: 128, drain_ms: 0, reflection: false },
        admin: Admin { listen: loopback, token: None },
        database: Database { url: url.to_owned(), connections: 16, read_connections: 4, statement_timeout_ms: 60_000, migrate: true },
        seal: Secret(String::new()),
        auth: Auth { key_set: "unused".into(), issuer: "bench".to_owned(), audience: "bench".to_owned() },
        law_file,
        certificates: None,
        log: Log { format: LogFormat::Json, filter: "off".to_owned(), otlp: Signals::default() },
    }
}

/// Keys of one run.
pub struct Keys {
    /// The file of sealing keys.
    pub text: String,
    /// Signs tokens.
    pub signer: Signer,
}

impl Keys {
    /// New ones.
    pub fn generate() -> Self {
        let signer = Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap();
        Self { text: KeyFile::generate().unwrap().to_text().unwrap(), signer }
    }

    /// A vault over them.
    pub fn vault(&self) -> Vault {
        Vault::new(Keyring::from_file(&KeyFile::parse(&self.text).unwrap()).unwrap())
    }

    /// A verifier of tokens that they sign.
    pub fn verifier(&self) -> Verifier {
        Verifier::from_key_set(self.signer.key_set(), "bench".to_owned(), "bench".to_owned()).unwrap()
    }

    /// What a clerk of a registration centre sends, good for two hours.
    #[allow(dead_code, reason = "not every benchmark calls through gRPC")]
    pub fn bearer(&self, center: &str) -> String {
        self.bearer_of("registrar", Some(center))
    }

    /// What a caller of a role sends, good for two hours.
    #[allow(dead_code, reason = "not every benchmark calls through gRPC")]
    pub fn bearer_of(&self, role: &str, center: Option<&str>) -> String {
        let claims = Claims {
            iss: "bench".to_owned(),
            aud: "bench".to_owned(),
            exp: u64::try_from(Clock::default().now().timestamp()).unwrap() + 7200,
            sub: "bench".to_owned(),
            role: role.to_owned(),
            center: center.map(str::to_owned),
            region: None,
            organisation: None,
            relocant: None,
        };
        format!("Bearer {}", self.signer.sign(&claims).unwrap())
    }
}

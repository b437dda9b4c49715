//! The program itself, as a process that can be killed, and sheets of people for it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use relocation_registry::{auth::jwt::Signer, proto::register_relocant_request::Source, seal::KeyFile};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use super::{AUDIENCE, App, ISSUER, samples};

const HEADINGS: &str =
    "family_name,given_names,birth_date,citizenship,document_kind,document_country,document_number,iin,region,entry_date";

/// A server of its own process on one database, which can be killed and started again where it was, and a folder for sheets.
pub struct Server {
    pub folder: tempfile::TempDir,
    pub keys: String,
    pub port: u16,
    pub child: Child,
    pub app: App,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::from_pkcs8(&Signer::generate().unwrap()).unwrap();
        std::fs::write(folder.path().join("jwks.json"), signer.key_set()).unwrap();
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (keys, port) = (KeyFile::generate().unwrap().to_text().unwrap(), free());
        let child = Self::spawn(folder.path(), &keys, port).await;
        let url = format!("sqlite://{}", folder.path().join("registry.db").display());
        let app = App::beside(format!("http://127.0.0.1:{port}"), String::new(), url, Arc::new(signer));
        std::fs::write(folder.path().join("token"), app.token(&app.claims("registrar"))).unwrap();
        std::fs::create_dir(folder.path().join("sheets")).unwrap();
        Self { folder, keys, port, child, app }
    }

    pub async fn spawn(folder: &Path, keys: &str, port: u16) -> Child {
        let child = Command::new(env!("CARGO_BIN_EXE_relocreg"))
            .arg("serve")
            .env("RELOCREG_SEAL_KEYS", keys)
            .env("RELOCREG_AUTH_KEY_SET_FILE", folder.join("jwks.json"))
            .env("RELOCREG_AUTH_ISSUER", ISSUER)
            .env("RELOCREG_AUTH_AUDIENCE", AUDIENCE)
            .env("RELOCREG_DATABASE_URL", format!("sqlite://{}", folder.join("registry.db").display()))
            .env("RELOCREG_SERVER_LISTEN", format!("127.0.0.1:{port}"))
            .env("RELOCREG_ADMIN_LISTEN", "127.0.0.1:0")
            .env("RELOCREG_LOG_FILTER", "warn")
            .stderr(Stdio::from(std::fs::File::create(folder.join("log")).unwrap()))
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut tries = 0;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tries += 1;
            assert!(tries < 800, "it does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        child
    }

    /// Kills it without a warning, and starts it again on the same database.
    pub async fn killed_and_started_again(&mut self) {
        self.child.kill().await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.child = Self::spawn(self.folder.path(), &self.keys, self.port).await;
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("sheets").join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap()
    }

    /// The files beside the sheets.
    pub fn files(&self) -> BTreeSet<String> {
        let files = std::fs::read_dir(self.folder.path().join("sheets")).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub fn command(&self, name: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relocreg"));
        command.arg("import").arg(self.file(name)).args(["--address", &self.app.address]).args(more);
        command.arg("--token-file").arg(self.folder.path().join("token"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub async fn import(&self, name: &str, more: &[&str]) -> Said {
        Said::new(self.command(name, more).output().await.unwrap())
    }

    /// Starts an import and waits until so many lines are acknowledged.
    pub async fn import_until(&self, name: &str, more: &[&str], line: i64) -> Child {
        let mut child = self.command(name, more).spawn().unwrap();
        let state = self.file(&format!("{name}.import-state"));
        loop {
            let kept: serde_json::Value =
                std::fs::read_to_string(&state).ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            if kept["acknowledged_line"].as_i64().unwrap_or_default() >= line {
                return child;
            }
            assert!(child.try_wait().unwrap().is_none(), "it ended before line {line}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Every line and code that the program has written down.
    pub fn codes(&self, name: &str) -> Vec<(i32, String)> {
        let text = self.text(name);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("line,code"));
        lines.map(|line| line.split_once(',').map(|(line, code)| (line.parse().unwrap(), code.to_owned())).unwrap()).collect()
    }

    /// Every one of so many rows is one person, and the codes that were written down are theirs.
    pub async fn assert_registered_once(&self, name: &str, rows: i32) {
        assert_eq!(self.app.count("relocant").await, i64::from(rows));
        let codes = self.codes(name);
        assert_eq!(codes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), (2..rows + 2).collect::<Vec<_>>());
        let written: BTreeSet<String> = codes.into_iter().map(|(_, code)| code.replace('-', "")).collect();
        let kept = self.app.sql("SELECT code FROM relocant").await;
        let kept: BTreeSet<String> = kept.iter().map(|row| row.try_get_by_index::<String>(0).unwrap().replace('-', "")).collect();
        assert_eq!(written, kept);
    }
}

/// What a run has answered.
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
    }

    pub fn assert_no_value(&self) {
        for value in ["Секретова", "9988776655", "1891", "Narnia", "010101000000"] {
            assert!(!self.out.contains(value) && !self.err.contains(value), "{value} is told");
        }
    }
}

/// A sheet of people who are like no others.
pub fn sheet(rows: usize) -> String {
    let mut text = format!("{HEADINGS}\n");
    for _ in 0..rows {
        let Some(Source::Typed(typed)) = samples::registration().source else { panic!("nobody") };
        let (day, document) = (typed.birth_date.unwrap(), typed.document.unwrap());
        let born = format!("{:02}.{:02}.{}", day.day, day.month, day.year);
        let cells = [&typed.family_name, &typed.given_names, &born, "RUS", "Паспорт", "RUS", &document.number, "", "KZ-75", ""];
        text += &(cells.join(",") + "\n");
    }
    text
}

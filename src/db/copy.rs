//! Copies of an embedded database: taken while servers work on it, and put back where there is none.
//!
//! On PostgreSQL this is the database's own business: base backups and its write-ahead log, from which any moment can be restored.
//!
//! A copy is a file like the database itself: sealed as that is, and nothing without the keys, which are in neither. It is whole or it is not there: it is written under
//! another name, read through, and given its name last.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

/// Why there is no copy, or nothing was put back.
#[derive(Debug, thiserror::Error)]
pub enum NoCopy {
    /// The database is not a file.
    #[error(
        "the database is PostgreSQL: use its own base backups and write-ahead log (pg_basebackup, or what runs it for you); `deploy/README.md` says how"
    )]
    NotEmbedded,
    /// There is no database to copy.
    #[error("{0}: there is no database")]
    NoDatabase(PathBuf),
    /// There is a file of that name, which is left as it is.
    #[error("{0}: there is such a file already; nothing was written")]
    Exists(PathBuf),
    /// The file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// The database does not answer; the text names the code, never a value.
    #[error("{0}: the database says {1}")]
    Database(PathBuf, String),
    /// The copy is damaged.
    #[error("{0}: the file is damaged: {1}")]
    Damaged(PathBuf, String),
}

/// What a copy holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Its size.
    pub bytes: u64,
    /// Entries of the journal.
    pub entries: i64,
}

/// The file of an embedded database.
///
/// # Errors
/// [`NoCopy::NotEmbedded`].
pub fn file_of(url: &str) -> Result<PathBuf, NoCopy> {
    let path = url.strip_prefix("sqlite:").ok_or(NoCopy::NotEmbedded)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Ok(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

/// Copies a database into a new file, as it is at one moment; whoever works on it goes on.
///
/// # Errors
/// Then there is no new file.
pub async fn back_up(database: &Path, to: &Path) -> Result<Copied, NoCopy> {
    if !database.is_file() {
        return Err(NoCopy::NoDatabase(database.to_owned()));
    }
    let unfinished = Unfinished::beside(to)?;
    let mut from = open(database).await?;
    let named = unfinished.file.to_str().ok_or_else(|| failed(to, io::ErrorKind::InvalidFilename))?;
    let copying = sqlx::query("VACUUM INTO ?").bind(named).execute(&mut from).await;
    copying.map_err(|refused| said(database, &refused))?;
    close(from, database).await?;
    let copied = read_through(&unfinished.file).await?;
    unfinished.finish()?;
    Ok(copied)
}

/// Puts a copy where the database is to be. `check` looks at it before it gets its name, as by opening what is sealed.
///
/// # Errors
/// Then there is no new file; what `check` says is passed on.
pub async fn put_back<E: From<NoCopy>>(copy: &Path, database: &Path, check: impl AsyncFnOnce(&Path) -> Result<(), E>) -> Result<Copied, E> {
    for beside in ["-wal", "-shm"] {
        let mut name = database.as_os_str().to_owned();
        name.push(beside);
        if Path::new(&name).exists() {
            return Err(NoCopy::Exists(name.into()).into());
        }
    }
    let unfinished = Unfinished::beside(database)?;
    let copying = File::open(copy).and_then(|mut from| {
        let mut to = OpenOptions::new().write(true).open(&unfinished.file)?;
        io::copy(&mut from, &mut to)
    });
    copying.map_err(|refused| NoCopy::File(copy.to_owned(), refused))?;
    let copied = read_through(&unfinished.file).await.map_err(|refused| match refused {
        // The name that the operator knows.
        NoCopy::Damaged(_, why) | NoCopy::Database(_, why) => NoCopy::Damaged(copy.to_owned(), why),
        other @ (NoCopy::NotEmbedded | NoCopy::NoDatabase(_) | NoCopy::Exists(_) | NoCopy::File(..)) => other,
    })?;
    check(&unfinished.file).await?;
    unfinished.finish()?;
    Ok(copied)
}

/// A file that is written under another name until it is whole; given up, it is taken away again.
struct Unfinished {
    file: PathBuf,
    to: PathBuf,
}

impl Unfinished {
    /// Nobody but its owner can read it: names are sealed in it, but where people are and when they came is not.
    fn beside(to: &Path) -> Result<Self, NoCopy> {
        if to.exists() {
            return Err(NoCopy::Exists(to.to_owned()));
        }
        let mut name = to.as_os_str().to_owned();
        name.push(".unfinished");
        let file = PathBuf::from(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file);
        match made {
            Ok(_) => Ok(Self { file, to: to.to_owned() }),
            // Another run's that goes on, or one that was broken off: whoever knows takes it away.
            Err(refused) if refused.kind() == io::ErrorKind::AlreadyExists => Err(NoCopy::Exists(file)),
            Err(refused) => Err(NoCopy::File(file, refused)),
        }
    }

    /// A link does not replace a file that has come meanwhile, as a renaming would; sticks and cards know no links.
    fn named(&self) -> io::Result<()> {
        match std::fs::hard_link(&self.file, &self.to) {
            Err(refused) if refused.kind() != io::ErrorKind::AlreadyExists && !self.to.exists() => std::fs::rename(&self.file, &self.to),
            done => done,
        }
    }

    /// Gives the file its name once it is on the disk.
    fn finish(self) -> Result<(), NoCopy> {
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let done = File::open(&self.file).and_then(|file| file.sync_all());
        let done = done.and_then(|()| self.named()).and_then(|()| File::open(folder)?.sync_all());
        done.map_err(|refused| {
            let is_there = refused.kind() == io::ErrorKind::AlreadyExists;
            if is_there { NoCopy::Exists(self.to.clone()) } else { NoCopy::File(self.to.clone(), refused) }
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        for beside in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.file.as_os_str().to_owned();
            name.push(beside);
            // Mostly it is not there.
            let _gone = std::fs::remove_file(name);
        }
    }
}

async fn open(file: &Path) -> Result<SqliteConnection, NoCopy> {
    let options = SqliteConnectOptions::new().filename(file).foreign_keys(true).busy_timeout(std::time::Duration::from_secs(30));
    options.disable_statement_logging().connect().await.map_err(|refused| said(file, &refused))
}

async fn close(connection: SqliteConnection, file: &Path) -> Result<(), NoCopy> {
    connection.close().await.map_err(|refused| said(file, &refused))
}

/// Reads every page and every index of a copy.
async fn read_through(file: &Path) -> Result<Copied, NoCopy> {
    let mut copy = open(file).await?;
    let damaged = |why: String| NoCopy::Damaged(file.to_owned(), why);
    let found: String =
        sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut copy).await.map_err(|refused| damaged(code(&refused)))?;
    if found != "ok" {
        // What it says names tables and pages, and never a value.
        return Err(damaged(found));
    }
    let astray = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut copy).await.map_err(|refused| damaged(code(&refused)))?;
    if astray.is_some() {
        return Err(damaged("a row names one that is not there".to_owned()));
    }
    let entries = sqlx::query_scalar("SELECT COUNT(*) FROM journal").fetch_one(&mut copy).await;
    let entries = entries.map_err(|_| damaged("it is no registry's database".to_owned()))?;
    close(copy, file).await?;
    let bytes = std::fs::metadata(file).map_err(|refused| NoCopy::File(file.to_owned(), refused))?.len();
    Ok(Copied { bytes, entries })
}

fn failed(file: &Path, kind: io::ErrorKind) -> NoCopy {
    NoCopy::File(file.to_owned(), kind.into())
}

fn said(file: &Path, refused: &sqlx::Error) -> NoCopy {
    NoCopy::Database(file.to_owned(), code(refused))
}

/// The driver's code; its text could hold a value.
fn code(refused: &sqlx::Error) -> String {
    refused
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map_or_else(|| "nothing".to_owned(), |code| format!("code {code}"))
}

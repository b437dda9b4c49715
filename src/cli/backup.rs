//! `relocreg backup` and `relocreg restore`: a copy of an embedded database, taken while it is served from, and put back with proof that it can be.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use clap::Args;
use tokio_util::task::TaskTracker;

use super::say;
use crate::{
    config::{self, Found},
    db::{
        self,
        copy::{self, Copied, NoCopy},
    },
    dues::operations::Dues,
    gate::{Registry, sequencer::Sequencer},
    law::Law,
    relocants,
    seal::{KeyFile, Keyring, Vault},
    time::Clock,
};

/// Sealed records that restoring opens, drawn by lot.
const OPENED: u64 = 1000;

/// The copy.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; there must be none of that name.
    file: PathBuf,
}

/// The copy.
#[derive(Debug, Args)]
pub struct Restore {
    /// A file that `relocreg backup` has written.
    file: PathBuf,
}

/// Copies the database of the settings.
pub async fn back_up(asked: Backup, found: Found) -> Result<(), String> {
    let (database, _) = found.check_database().map_err(|faults| format!("cannot back up:\n{faults}"))?;
    let begun = Instant::now();
    let copied = copy::back_up(&copy::file_of(&database.url).map_err(text)?, &asked.file).await.map_err(text)?;
    say(&format!("{} holds {}, read through after writing, in {}", asked.file.display(), what(copied), took(begun)));
    say("The keys that names are sealed by are not in it: keep them elsewhere, and as safe.");
    Ok(())
}

/// Puts a copy where the database of the settings is to be.
pub async fn restore(asked: Restore, found: Found) -> Result<(), String> {
    let config = found.check().map_err(|faults| format!("cannot restore:\n{faults}"))?;
    let database = copy::file_of(&config.database.url).map_err(text)?;
    let keys = Keyring::from_file(&KeyFile::parse(&config.seal.0)?)?;
    let begun = Instant::now();
    let mut opened = 0;
    let copied = copy::put_back(&asked.file, &database, async |copy: &Path| {
        opened = opens(copy, &config.database, Vault::new(keys)).await?;
        Ok::<(), Failed>(())
    });
    let copied = copied.await.map_err(|failed| failed.0)?;
    say(&format!(
        "{} is back with {}; {opened} sealed records, drawn by lot, were opened; in {}",
        database.display(),
        what(copied),
        took(begun)
    ));
    say(
        "What was done after the copy was taken is not in it, and its places in the journal are given again: programs that followed the feed further are told to begin anew.",
    );
    Ok(())
}

/// Opens what is sealed in a copy. Nobody is shown it.
async fn opens(copy: &Path, like: &config::Database, vault: Vault) -> Result<u64, String> {
    let tasks = TaskTracker::new();
    let settings = config::Database { url: format!("sqlite://{}", copy.display()), migrate: false, ..like.clone() };
    let db = db::connect(&settings, &tasks).await.map_err(|failed| failed.to_string())?;
    let looked = async {
        // One that is older is brought up to date when it is served from.
        if let Err(newer @ db::schema::Mismatch::Newer(_)) = db::schema::fits(&db).await.map_err(|failed| failed.to_string())? {
            return Err(newer.to_string());
        }
        let law = Law::load(None)?;
        let registry = Registry::new(db.clone(), Arc::new(vault), Clock::default(), Arc::new(law), Arc::new(Dues), Sequencer::default());
        let opened = registry.look(|view| Box::pin(relocants::finding::opened_by_lot(view, OPENED))).await;
        opened.map_err(|_| "the keys of the settings do not open what is sealed in the copy; nothing was put back".to_owned())
    };
    let looked = looked.await;
    db.close().await;
    tasks.close();
    tasks.wait().await;
    looked
}

/// What keeps a copy from being put back.
struct Failed(String);

impl From<NoCopy> for Failed {
    fn from(refused: NoCopy) -> Self {
        Self(refused.to_string())
    }
}

impl From<String> for Failed {
    fn from(why: String) -> Self {
        Self(why)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn text(refused: NoCopy) -> String {
    refused.to_string()
}

fn what(copied: Copied) -> String {
    let tenths = copied.bytes / 100_000;
    format!("{} entries of the journal in {}.{} MB", copied.entries, tenths / 10, tenths % 10)
}

fn took(begun: Instant) -> String {
    format!("{:.1} s", begun.elapsed().as_secs_f64())
}

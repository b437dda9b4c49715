//! Sends rows and takes their results, over as many connections as it needs: behind a break it goes on after the last row that was acknowledged.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::stream;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tonic::{Request, Status, metadata::AsciiMetadataValue, transport::Endpoint};
use uuid::Uuid;

use super::{
    note,
    retrying::{self, wait},
};
use crate::{
    messages::Language,
    proto::{self, relocant_service_client::RelocantServiceClient},
};

/// How often rows that may be sent again are sent again.
const ROUNDS: u32 = 4;

/// A server that says nothing for so long is taken for gone.
const SILENCE: Duration = Duration::from_mins(1);

/// Where and as whom rows are sent.
#[derive(Debug)]
pub struct Line {
    endpoint: Endpoint,
    bearer: AsciiMetadataValue,
    language: AsciiMetadataValue,
    import: Uuid,
    patience: Duration,
}

/// Why sending ended before its end.
#[derive(Debug)]
pub enum Ended {
    /// The server could not be reached, or was not there for longer than patience goes.
    Unavailable(String),
    /// The server says no, or something on this side failed.
    Failed(String),
}

/// What is sent.
pub trait Rows: Send + Sync + 'static {
    /// The line of a row.
    fn line(&self, index: usize) -> i32;
    /// The registration of a row that can be sent.
    fn registration(&self, index: usize) -> Option<proto::RegisterRelocantRequest>;
}

/// What takes the results.
pub trait Results {
    /// Takes an answer, and keeps what must not be lost.
    fn take(&mut self, answer: proto::ImportRelocantsResponse) -> impl Future<Output = Result<(), String>> + Send;
    /// Forgets all, since everything is sent again.
    fn begin_again(&mut self) {}
    /// The rows that were not done and may be sent again as they are.
    fn to_send_again(&self) -> Vec<usize> {
        vec![]
    }
}

impl Line {
    /// Prepares one.
    pub fn new(address: &str, bearer: AsciiMetadataValue, language: Language, import: Uuid, patience: Duration) -> Result<Self, String> {
        let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| format!("{address} is not an address"))?;
        let endpoint = endpoint
            .connect_timeout(Duration::from_secs(5))
            .http2_keep_alive_interval(Duration::from_secs(10))
            .keep_alive_timeout(Duration::from_secs(10))
            .keep_alive_while_idle(true);
        let language = AsciiMetadataValue::from_static(language.tag());
        Ok(Self { endpoint, bearer, language, import, patience })
    }

    /// Has rows looked at. A review that breaks begins again, since only a whole one sees which rows show the same document.
    pub async fn review(
        &self,
        people: &Arc<impl Rows>,
        rows: Vec<usize>,
        progress: &ProgressBar,
        results: &mut impl Results,
    ) -> Result<(), Ended> {
        self.send(people, rows, true, progress, results).await
    }

    /// Sends rows, and those again that may be.
    pub async fn send_all(
        &self,
        people: &Arc<impl Rows>,
        rows: Vec<usize>,
        progress: &ProgressBar,
        results: &mut impl Results,
    ) -> Result<(), Ended> {
        self.send(people, rows, false, progress, results).await?;
        for round in 0..ROUNDS {
            let again = results.to_send_again();
            if again.is_empty() {
                break;
            }
            tokio::time::sleep(wait(round + 2)).await;
            self.send(people, again, false, progress, results).await?;
        }
        Ok(())
    }

    /// The short code of a record.
    pub async fn code_of(&self, relocant_id: Uuid) -> Result<String, Status> {
        let client = RelocantServiceClient::new(self.endpoint.clone().timeout(retrying::timeout()).connect_lazy());
        let answer = retrying::call(async || {
            let message = proto::GetRelocantRequest { id: relocant_id.to_string(), ..Default::default() };
            client.clone().get_relocant(self.with_caller(message)).await
        });
        Ok(answer.await?.into_inner().relocant.unwrap_or_default().code)
    }

    fn with_caller<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request.metadata_mut().insert("accept-language", self.language.clone());
        request
    }

    /// Sends rows in the order of their lines, and gives every answer away.
    async fn send(
        &self,
        people: &Arc<impl Rows>,
        rows: Vec<usize>,
        review: bool,
        progress: &ProgressBar,
        results: &mut impl Results,
    ) -> Result<(), Ended> {
        let rows: Arc<[usize]> = rows.into();
        let (mut done, mut furthest, mut tries) = (0, 0, 0);
        let mut moved = Instant::now();
        while done < rows.len() {
            let broken = match self.once(people, &rows, &mut done, review, progress, results).await {
                Ok(()) if done == rows.len() => break,
                Ok(()) => "the server ended the import before its end".to_owned(),
                Err(Broken::ForGood(why)) => return Err(Ended::Failed(why)),
                Err(Broken::ForNow(why)) => why,
            };
            if done > furthest {
                (furthest, tries, moved) = (done, 0, Instant::now());
            }
            if moved.elapsed() >= self.patience {
                return Err(Ended::Unavailable(broken));
            }
            if review {
                results.begin_again();
                done = 0;
            }
            let wait = wait(tries).min(self.patience);
            let told = format!("{broken}; trying again");
            if progress.is_hidden() && tries == 0 {
                note(&told);
            }
            progress.set_message(told);
            tokio::time::sleep(wait).await;
            tries += 1;
        }
        Ok(())
    }

    async fn once(
        &self,
        people: &Arc<impl Rows>,
        rows: &Arc<[usize]>,
        done: &mut usize,
        review: bool,
        progress: &ProgressBar,
        results: &mut impl Results,
    ) -> Result<(), Broken> {
        let gone = || Broken::ForNow("the server cannot be reached".to_owned());
        let channel = self.endpoint.connect().await.map_err(|_| gone())?;
        progress.set_message("");
        // Rows are made when the connection has room for them, so none wait in memory.
        let (from, line_of, import_id) = (Arc::clone(rows), Arc::clone(people), self.import.to_string());
        let stream = stream::iter((*done..rows.len()).filter_map(move |at| {
            let index = *from.get(at)?;
            let registration = Some(line_of.registration(index)?);
            Some(proto::ImportRelocantsRequest {
                import_id: import_id.clone(),
                validate_only: review,
                line: line_of.line(index),
                registration,
            })
        }));
        let request = self.with_caller(stream);
        let mut client = RelocantServiceClient::new(channel);
        let answers = tokio::time::timeout(SILENCE, client.import_relocants(request)).await.map_err(|_| gone())?;
        let mut answers = answers.map_err(broken)?.into_inner();
        loop {
            let answer = tokio::time::timeout(SILENCE, answers.message()).await.map_err(|_| gone())?.map_err(broken)?;
            let Some(answer) = answer else { return Ok(()) };
            let acknowledged = answer.acknowledged_line;
            results.take(answer).await.map_err(Broken::ForGood)?;
            while rows.get(*done).is_some_and(|index| people.line(*index) <= acknowledged) {
                *done += 1;
            }
            progress.set_position(u64::try_from(*done).unwrap_or(u64::MAX));
        }
    }
}

/// Why one connection ended.
enum Broken {
    ForNow(String),
    ForGood(String),
}

/// Whether it is worth to try again: when the server says so, or when it was not the server who spoke.
fn broken(status: Status) -> Broken {
    if retrying::is_passing(&status) {
        Broken::ForNow(if retrying::is_of_the_wire(&status) { "the connection broke".to_owned() } else { status.code().to_string() })
    } else {
        Broken::ForGood(format!("{}: {}", status.code(), status.message()))
    }
}

/// A bar on standard error with rate and time left; none when that is no terminal.
pub fn bar(rows: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX)).with_prefix(what);
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {human_pos} of {human_len} rows, {rate} a second, {eta} left {msg}");
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        // Writing into a string cannot fail.
        let _written = write!(text, "{:.0}", state.per_sec());
    };
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("rate", rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_passes_is_tried_again() {
        assert!(matches!(broken(Status::unavailable("x")), Broken::ForNow(_)));
        assert!(matches!(broken(Status::permission_denied("x")), Broken::ForGood(_)));
        assert!(matches!(broken(Status::from_error("connection reset".into())), Broken::ForNow(_)));
    }
}

//! Keeps the language that a caller reads around its call, so that `status.rs` knows it wherever an error becomes a status: in a layer, in an operation, in a
//! stream.

use std::task::{Context, Poll};

use http::{Request, header::ACCEPT_LANGUAGE};
use tokio::task::futures::TaskLocalFuture;
use tower::{Layer, Service};

use super::Language;

tokio::task_local! {
    static LANGUAGE: Language;
}

/// The language of the call under way; English where there is none.
pub fn language() -> Language {
    LANGUAGE.try_with(|language| *language).unwrap_or_default()
}

/// Takes the language of the call under way along into work that outlives the call's own task.
pub fn with_language<F: Future>(work: F) -> TaskLocalFuture<Language, F> {
    LANGUAGE.scope(language(), work)
}

/// Puts [`Spoken`] around a service.
#[derive(Debug, Clone, Copy)]
pub struct LanguageLayer;

impl<S> Layer<S> for LanguageLayer {
    type Service = Spoken<S>;
    fn layer(&self, inner: S) -> Spoken<S> {
        Spoken { inner }
    }
}

/// A service that answers in the language that `accept-language` asks for.
#[derive(Debug, Clone)]
pub struct Spoken<S> {
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Spoken<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskLocalFuture<Language, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let wishes = request.headers().get_all(ACCEPT_LANGUAGE).iter().filter_map(|wish| wish.to_str().ok());
        let language = Language::preferred(&wishes.collect::<Vec<_>>().join(","));
        // The layers below refuse some calls before there is a future to poll.
        let answer = LANGUAGE.sync_scope(language, || self.inner.call(request));
        LANGUAGE.scope(language, answer)
    }
}

//! The console: what whoever keeps the registry running sees, on the listener for operators, from this process alone and without a collector. It only reads.
//!
//! | file | what it is about |
//! | --- | --- |
//! | [`pages`], [`calls`], [`programme`] | what each page shows |
//! | [`view`] | what a page is made of, and its JSON twin |
//! | [`html`], [`svg`], [`regions`] | how it looks |
//! | [`words`] | Kazakh, Russian, English |
//! | [`history`] | what was measured lately |
//! | [`access`] | who may look |
//!
//! ## Why is nothing personal here?
//!
//! It shows what is measured ([`crate::telemetry::names`]), traces with names and codes ([`crate::telemetry::traces`]), lines of the log, and counts that are protected
//! before they come here. None of it can hold what a record holds.
//!
//! ## Why no library for plots?
//!
//! Plots are drawn here as SVG, so that they are there without a script, in print and in a test, and so that each is a table as well. What runs in the browser brings a
//! page up to date and follows the log, no more; pages are whole without it.

pub mod access;
pub mod calls;
pub mod history;
pub mod html;
pub mod pages;
pub mod programme;
pub mod regions;
pub mod svg;
#[cfg(test)]
mod tests;
pub mod view;
pub mod words;

use std::{convert::Infallible, str::FromStr as _};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware,
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::get,
};
use futures_util::Stream;
use tokio_util::sync::CancellationToken;

use self::{
    access::Access,
    pages::{Asked, Name, Sources, page},
    view::Twin,
    words::Words,
};
use crate::{messages::Language, telemetry::log};

const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");

/// What of other places a page may load: nothing.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Everything that a page needs.
#[derive(Debug, Clone)]
struct Console {
    sources: Sources,
    access: Access,
    stop: CancellationToken,
}

/// The pages, their twins, the log and its level.
pub fn router(sources: Sources, access: Access, stop: CancellationToken) -> Router {
    let console = Console { sources, access: access.clone(), stop };
    let asset = |kind: &'static str, text: &'static str| get(move || async move { ([(header::CONTENT_TYPE, kind)], text) });
    Router::new()
        .route("/", get(|state, query, headers| shown(state, Name::Today, query, headers)))
        .route("/{page}", get(named))
        .route("/api/{page}", get(twin))
        .route("/logs/stream", get(stream))
        .route("/log-level", get(|| async { log::filter() }).put(set_level))
        .route("/assets/console.css", asset("text/css; charset=utf-8", STYLE))
        .route("/assets/console.js", asset("text/javascript; charset=utf-8", SCRIPT))
        .layer(middleware::from_fn_with_state(access, access::guard))
        .layer(middleware::map_response(safe))
        .with_state(console)
}

/// The headers of every answer.
async fn safe(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let all = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in all {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

async fn named(state: State<Console>, Path(name): Path<String>, query: Query<Asked>, headers: HeaderMap) -> Response {
    match Name::from_str(&name) {
        Ok(name) => shown(state, name, query, headers).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn shown(State(console): State<Console>, name: Name, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let words = Words(language(&asked, &headers));
    match page(name, &asked, &console.sources, words).await {
        Ok(page) => {
            let kept = asked
                .lang
                .is_some()
                .then(|| [(header::SET_COOKIE, format!("lang={}; Path=/; SameSite=Strict; Max-Age=31536000", words.0.tag()))]);
            (kept, html::render(&page, words)).into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, words.text("unavailable")).into_response(),
    }
}

async fn twin(State(console): State<Console>, Path(file): Path<String>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let Some(name) = file.strip_suffix(".json").and_then(|name| Name::from_str(name).ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let words = Words(language(&asked, &headers));
    match page(name, &asked, &console.sources, words).await {
        Ok(page) => Json(Twin(&page)).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The language that was chosen, then the one that was chosen before, then the one that the browser prefers.
fn language(asked: &Asked, headers: &HeaderMap) -> Language {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let before = || text(header::COOKIE)?.split(';').find_map(|cookie| cookie.trim().strip_prefix("lang="));
    let wish = asked.lang.as_deref().or_else(before).or_else(|| text(header::ACCEPT_LANGUAGE));
    Language::preferred(wish.unwrap_or_default())
}

/// Every line of the log from now on, as HTML.
async fn stream(State(console): State<Console>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = console.stop;
    let lines = futures_util::stream::unfold(log::follow(), move |mut lines| {
        let stop = stop.clone();
        async move {
            let told = tokio::select! {
                () = stop.cancelled() => return None,
                told = lines.recv() => told,
            };
            let event = match told {
                Ok(line) => {
                    Event::default().data(serde_json::from_str(&line).map(|line| html::log_line(&line).into_string()).unwrap_or_default())
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(missed)) => Event::default().event("missed").data(missed.to_string()),
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
            };
            Some((Ok(event), lines))
        }
    });
    Sse::new(lines)
}

/// Changes which lines are written, for who has the token.
async fn set_level(State(console): State<Console>, headers: HeaderMap, filter: String) -> Response {
    if !console.access.has_token(&headers) {
        return (StatusCode::FORBIDDEN, "this needs the token of admin.token_file\n").into_response();
    }
    match log::set_filter(filter.trim()) {
        Ok(()) => {
            let filter = log::filter();
            tracing::warn!(filter, "which lines are written was changed");
            (StatusCode::OK, format!("{filter}\n")).into_response()
        }
        Err(fault) => (StatusCode::BAD_REQUEST, format!("{fault}\n")).into_response(),
    }
}

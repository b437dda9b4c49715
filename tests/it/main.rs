//! One test binary, linked once. Every behaviour runs on SQLite and on PostgreSQL, through a real gRPC client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails should say where")]
#![allow(clippy::assigning_clones, reason = "a sample is changed in one line")]
#![allow(clippy::unnecessary_wraps, reason = "fields of messages are optional, and samples fill them")]
#![allow(clippy::missing_panics_doc, missing_docs, missing_debug_implementations, reason = "nothing here is a library")]

mod harness;

mod architecture;
mod auth;
mod backup;
mod binary;
mod cards;
mod centers;
mod certificates;
mod consent_matrix;
mod consents;
mod console;
mod contract;
mod contracts;
mod corrections;
mod crash;
mod dashboards;
mod dues;
mod duplicates;
mod eligibility;
mod employers;
mod every_rpc;
mod families;
mod figures;
mod figures_attack;
mod hand_over;
mod homes;
mod hostile;
mod households;
mod idempotency;
mod import_cli;
mod imports;
mod journal;
mod looking;
mod matches;
mod matching;
mod messages;
mod permit_claims;
mod permit_matrix;
mod permit_risks;
mod permits;
mod programme;
mod publishing;
mod queue_cli;
mod ranking;
mod relocants;
mod rolling;
mod rounds;
mod server;
mod stays;
mod storm;
mod story;
mod telemetry;
mod vacancies;
mod vacancies_cli;

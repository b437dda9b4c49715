//! Every name that leaves the process: spans, fields, metrics, labels. The stable OpenTelemetry semantic conventions (1.45) where they have one, `relocation_`
//! otherwise.

/// The method of a call that is not in the contract.
pub const OTHER_METHOD: &str = "_OTHER";

/// Seconds that an RPC took on the server; labels as the span's fields.
pub const RPC_DURATION: &str = "rpc_server_call_duration";
/// Seconds that a database statement took.
pub const DB_DURATION: &str = "db_client_operation_duration";
/// Calls that are being worked on.
pub const IN_FLIGHT: &str = "relocation_calls_in_flight";
/// Calls that admission control refused.
pub const SHED: &str = "relocation_calls_shed";
/// The last position of the journal.
pub const POSITION: &str = "relocation_journal_position";

/// Upper bounds of the RPC histogram, in seconds, as the conventions recommend.
pub const RPC_BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Upper bounds of the database histogram, in seconds, as the conventions recommend.
pub const DB_BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

//! The counter's first call, which puts several capabilities together: a person, a document, and the entry on which the person is here, in one transaction.
//! It owns no table and no rule; `relocants` and `stays` do, and neither knows the other.

pub mod api;
pub mod operations;

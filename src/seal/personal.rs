//! A value about a person that must not reach a log, a trace, an error or a metric.

use std::fmt;

/// Holds a personal value. There is no `Display`, and `Debug` prints the type's name; who needs the value says [`Personal::expose`], which a review can find.
/// Its serde form is the bare value: it exists for [`Vault::seal`](super::Vault::seal) and nothing else.
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps a personal value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_value() {
        assert_eq!(format!("{:?}", Personal::new("Иванова")), "Personal");
    }
}

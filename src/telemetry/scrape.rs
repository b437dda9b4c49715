//! Reads the text of `/metrics`, as Prometheus would. The console and the export over OTLP have their numbers from it.

use super::metrics::METRICS;

/// One line of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name, with its suffixes.
    pub name: String,
    /// The labels, in the text's order.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: f64,
}

impl Sample {
    /// The value of a label.
    pub fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value.as_str())
    }
}

/// What this process measures, now.
pub fn scrape() -> Vec<Sample> {
    parse(&METRICS.to_text())
}

/// The samples of a text. Lines that are none, comments above all, are left out; so are exemplars.
pub fn parse(text: &str) -> Vec<Sample> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect()
}

fn sample(line: &str) -> Option<Sample> {
    let line = line.split_once(" # ").map_or(line, |(line, _exemplar)| line);
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').map_or((series, ""), |(name, labels)| (name, labels.trim_end_matches('}')));
    // No label of ours holds a quote or a comma: they are names of the contract, tables, regions and codes.
    let labels = labels.split(',').filter_map(|label| {
        let (name, value) = label.split_once('=')?;
        Some((name.to_owned(), value.trim_matches('"').to_owned()))
    });
    Some(Sample { name: name.to_owned(), labels: labels.collect(), value: value.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_labels_and_without_exemplars() {
        let text = "# TYPE a counter\na_total{x=\"1\",y=\"p.S/M\"} 3\nb 0.25\nc_bucket{le=\"0.1\"} 4 # {trace_id=\"ab\"} 0.05\n# EOF\n";
        let samples = parse(text);
        assert_eq!(
            samples.iter().map(|one| (one.name.as_str(), one.value)).collect::<Vec<_>>(),
            [("a_total", 3.0), ("b", 0.25), ("c_bucket", 4.0)]
        );
        assert_eq!((samples[0].label("y"), samples[2].label("le"), samples[1].label("x")), ("p.S/M", "0.1", ""));
    }
}

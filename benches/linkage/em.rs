//! Weights learned without labels: shares among pairs of two people from random pairs, shares among pairs of one by expectation maximisation over candidates. The
//! prior stays fixed: learned inside the candidates, it drifts until everything matches.

use std::collections::HashMap;

use relocation_registry::likeness::scoring::probability;

/// A level for each field; 0 is missing and says nothing.
pub type Vector = Vec<u8>;

/// Shares of each level of each field.
pub struct Learned {
    /// In pairs of one person.
    pub one: Vec<Vec<f64>>,
    /// In pairs of two.
    pub two: Vec<Vec<f64>>,
    /// The weight before any evidence, in bits.
    pub prior: f64,
}

impl Learned {
    /// Learns from vectors with so many levels a field, level 0 among them.
    pub fn from(candidates: &[Vector], random: &[Vector], levels: &[usize], prior: f64) -> Self {
        let fields = || levels.iter().enumerate();
        let mixed: Vec<Vec<f64>> =
            fields().map(|(field, levels)| shares(random.iter().map(|vector| (vector[field], 1.0)), *levels, 0.1)).collect();
        // To begin with, the nearer the likelier.
        let near = |levels: &usize| {
            shares((1_u8..).take(levels - 1).map(|level| (level, (levels - usize::from(level)).pow(3) as f64)), *levels, 0.0)
        };
        let mut learned = Self { one: levels.iter().map(near).collect(), two: mixed.clone(), prior };
        let mut patterns: HashMap<&Vector, f64> = HashMap::new();
        for vector in candidates {
            *patterns.entry(vector).or_default() += 1.0;
        }
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        patterns.sort_by_key(|(vector, _)| *vector);
        for _ in 0..200 {
            let expected: Vec<f64> = patterns.iter().map(|(vector, count)| count * probability(prior + learned.bits(vector))).collect();
            let seen = |field: usize| patterns.iter().zip(&expected).map(move |((vector, _), weight)| (vector[field], *weight));
            let one: Vec<Vec<f64>> = fields().map(|(field, levels)| shares(seen(field), *levels, 0.5)).collect();
            let moved = one.iter().flatten().zip(learned.one.iter().flatten()).map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
            learned.one = one;
            // A few of the random pairs are of one person.
            let few = probability(prior);
            let unmixed = |(mixed, one): (&f64, &f64)| ((mixed - few * one) / (1.0 - few)).max(mixed / 20.0);
            learned.two = mixed.iter().zip(&learned.one).map(|(mixed, one)| mixed.iter().zip(one).map(unmixed).collect()).collect();
            if moved < 1e-6 {
                break;
            }
        }
        learned
    }

    /// What a level of a field weighs.
    pub fn weight(&self, field: usize, level: u8) -> f64 {
        let level = usize::from(level);
        if level == 0 { 0.0 } else { (self.one[field][level] / self.two[field][level]).log2() }
    }

    /// What a vector weighs.
    pub fn bits(&self, vector: &Vector) -> f64 {
        vector.iter().enumerate().map(|(field, level)| self.weight(field, *level)).sum()
    }
}

fn shares(seen: impl Iterator<Item = (u8, f64)>, levels: usize, at_least: f64) -> Vec<f64> {
    let mut counts = vec![at_least; levels];
    for (level, weight) in seen {
        counts[usize::from(level)] += weight;
    }
    counts[0] = 0.0;
    let all: f64 = counts.iter().sum();
    counts.iter().map(|count| count / all.max(f64::MIN_POSITIVE)).collect()
}

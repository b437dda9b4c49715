//! Somebody who wants to know a small count, against the protection of figures. The attacker holds every cell and every margin of two days, knows the method, and
//! knows whatever is a fact of arithmetic between the days. Nothing here is shared with the protection, but for what it publishes.

use std::collections::{BTreeSet, HashMap};

use relocation_registry::figures::protection::protect;

/// Counts by row and column.
type Table = Vec<Vec<i64>>;

/// Random small populations that are attacked.
const POPULATIONS: u64 = 1_000;

/// Values that a count under 10 must keep at least, for whoever has worked out all that can be worked out.
const LEAST_VALUES: i64 = 5;

/// More than any count of a test.
const MANY: i64 = 1_000_000;

/// A way to publish a table.
type Method = fn(&Table) -> Published;

/// What is published of a table; nothing where it is withheld.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Published {
    cells: Vec<Vec<Option<i64>>>,
    rows: Vec<Option<i64>>,
    columns: Vec<Option<i64>>,
    total: Option<i64>,
    /// What the method sums in a margin.
    margins: Margins,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Margins {
    OfShown,
    OfAll,
}

/// As the registry publishes it.
fn registry(counts: &Table) -> Published {
    let published = protect(counts);
    let line = |line: &Vec<Option<i32>>| line.iter().map(|count| count.map(i64::from)).collect();
    Published {
        cells: published.cells.iter().map(line).collect(),
        rows: line(&published.rows),
        columns: line(&published.columns),
        total: published.total.map(i64::from),
        margins: Margins::OfShown,
    }
}

/// The number that stands for a count.
fn rounded(count: i64) -> Option<i64> {
    (count >= 10).then(|| (0..).step_by(5).find(|shown| (count - shown).abs() <= 2).unwrap())
}

/// A weaker method: the same cells, and margins of whole lines, each protected like a cell.
fn whole_margins(counts: &Table) -> Published {
    let width = counts.first().map_or(0, Vec::len);
    Published {
        cells: counts.iter().map(|row| row.iter().map(|count| rounded(*count)).collect()).collect(),
        rows: counts.iter().map(|row| rounded(row.iter().sum())).collect(),
        columns: (0..width).map(|at| rounded(counts.iter().map(|row| row[at]).sum())).collect(),
        total: rounded(counts.iter().flatten().sum()),
        margins: Margins::OfAll,
    }
}

/// A weaker method for one row: its margin is withheld where it would tell too much.
fn margin_with_slack(counts: &Table) -> Published {
    let published = Published { columns: vec![], total: None, ..whole_margins(counts) };
    let mut attack = Attack::default();
    let cells = attack.day(&Published { total: published.rows[0], ..published.clone() });
    attack.work_out();
    let narrow = cells[0].iter().any(|cell| attack.most[*cell] < 10 && attack.values(*cell) < LEAST_VALUES);
    if narrow { Published { rows: vec![None], ..published } } else { published }
}

/// A weaker method for one row: where one cell is withheld, the smallest of the others is withheld too.
fn second_cell_withheld(counts: &Table) -> Published {
    let mut published = Published { columns: vec![], total: None, ..whole_margins(counts) };
    let row = &counts[0];
    if row.iter().filter(|count| **count < 10).count() == 1 {
        let smallest = (0..row.len()).filter(|at| row[*at] >= 10).min_by_key(|at| row[*at]).unwrap();
        published.cells[0][smallest] = None;
    }
    published
}

/// What somebody has worked out: each number lies within bounds, some are sums of others, some are never more than others.
#[derive(Default)]
struct Attack {
    least: Vec<i64>,
    most: Vec<i64>,
    sums: Vec<(Vec<usize>, usize)>,
    at_most: Vec<(usize, usize)>,
}

impl Attack {
    /// Notes a number as it is published.
    fn published(&mut self, shown: Option<i64>) -> usize {
        let (least, most) = shown.map_or((0, 9), |shown| ((shown - 2).max(10), shown + 2));
        self.least.push(least);
        self.most.push(most);
        self.least.len() - 1
    }

    /// Notes a table, with the sums that its margins are. Gives its cells.
    fn day(&mut self, published: &Published) -> Vec<Vec<usize>> {
        let cells: Vec<Vec<usize>> = published.cells.iter().map(|row| row.iter().map(|shown| self.published(*shown)).collect()).collect();
        let counts_in = |at: (usize, usize)| published.margins == Margins::OfAll || published.cells[at.0][at.1].is_some();
        let width = published.columns.len();
        let mut row_margins = Vec::new();
        for (row, shown) in published.rows.iter().enumerate() {
            let parts = (0..cells[row].len()).filter(|at| counts_in((row, *at))).map(|at| cells[row][at]).collect();
            let margin = self.published(*shown);
            self.sums.push((parts, margin));
            row_margins.push(margin);
        }
        let mut column_margins = Vec::new();
        for (at, shown) in published.columns.iter().enumerate() {
            let parts = (0..cells.len()).filter(|row| counts_in((*row, at))).map(|row| cells[row][at]).collect();
            let margin = self.published(*shown);
            self.sums.push((parts, margin));
            column_margins.push(margin);
        }
        if width > 0 || published.total.is_some() {
            let total = self.published(published.total);
            self.sums.push((row_margins, total));
            if width > 0 {
                self.sums.push((column_margins, total));
            }
        }
        cells
    }

    /// Narrows every number by every sum, again and again, until nothing moves.
    fn work_out(&mut self) {
        loop {
            let before = (self.least.clone(), self.most.clone());
            for (parts, whole) in self.sums.clone() {
                let (least, most) = (self.sum(&self.least, &parts), self.sum(&self.most, &parts));
                self.narrow(whole, least, most);
                for part in &parts {
                    let (least, most) = (self.sum(&self.least, &parts), self.sum(&self.most, &parts));
                    self.narrow(*part, self.least[whole] - (most - self.most[*part]), self.most[whole] - (least - self.least[*part]));
                }
            }
            for (small, large) in self.at_most.clone() {
                self.narrow(small, 0, self.most[large]);
                self.narrow(large, self.least[small], MANY);
            }
            if (&before.0, &before.1) == (&self.least, &self.most) {
                return;
            }
        }
    }

    #[allow(clippy::unused_self, reason = "reads as the attacker's own")]
    fn sum(&self, bounds: &[i64], parts: &[usize]) -> i64 {
        parts.iter().map(|part| bounds[*part]).sum()
    }

    fn narrow(&mut self, number: usize, least: i64, most: i64) {
        self.least[number] = self.least[number].max(least);
        self.most[number] = self.most[number].min(most);
        assert!(self.least[number] <= self.most[number], "what is published contradicts the method");
    }

    fn values(&self, number: usize) -> i64 {
        self.most[number] - self.least[number] + 1
    }

    /// How many counts under 10 are known too well. What is worked out must be true.
    fn breaches(&self, cells: &[Vec<usize>], counts: &Table) -> usize {
        let mut breaches = 0;
        for (cells, counts) in cells.iter().zip(counts) {
            for (cell, count) in cells.iter().zip(counts) {
                assert!((self.least[*cell]..=self.most[*cell]).contains(count), "the attacker is wrong about {count}");
                breaches += usize::from(*count < 10 && self.values(*cell) < LEAST_VALUES);
            }
        }
        breaches
    }
}

/// A generator of numbers that starts from a seed (Marsaglia, Xorshift RNGs, 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from((self.0 >> 11) % end).unwrap()
    }

    /// A count as small tables have it: often none, often about the threshold, sometimes many.
    fn count(&mut self) -> i64 {
        match self.below(10) {
            0..=2 => self.below(3),
            3..=5 => 7 + self.below(7),
            6..=8 => self.below(30),
            _ => 30 + self.below(300),
        }
    }

    fn table(&mut self, rows: i64, columns: i64) -> Table {
        (0..rows).map(|_| (0..columns).map(|_| self.count()).collect()).collect()
    }

    fn size(&mut self) -> (i64, i64) {
        (1 + self.below(5), 2 + self.below(5))
    }
}

/// A fact of arithmetic between a cell of the first day and one of the second, by row and column.
#[derive(Debug, Clone, Copy)]
enum Fact {
    Same((usize, usize), (usize, usize)),
    NotLess((usize, usize), (usize, usize)),
}

/// Two days of a table, and what anybody knows to hold between them.
struct Days {
    first: Table,
    second: Table,
    facts: Vec<Fact>,
}

fn places(table: &Table) -> Vec<(usize, usize)> {
    (0..table.len()).flat_map(|row| (0..table[row].len()).map(move |at| (row, at))).collect()
}

/// Who looks for work: everything may move, and nothing of that is known.
fn shortage(random: &mut Random) -> Days {
    let (rows, columns) = random.size();
    let first = random.table(rows, columns);
    let second = first.iter().map(|row| row.iter().map(|count| (count + random.below(7) - 3).max(0)).collect()).collect();
    Days { first, second, facts: vec![] }
}

/// One count passes from 9 to 10, or moves by one, and the attacker knows that all others stand still.
fn all_but_one_stands_still(random: &mut Random) -> Days {
    let (rows, columns) = random.size();
    let mut first = random.table(rows, columns);
    let moves =
        (usize::try_from(random.below(rows.cast_unsigned())).unwrap(), usize::try_from(random.below(columns.cast_unsigned())).unwrap());
    if random.below(2) == 0 {
        first[moves.0][moves.1] = 9;
    }
    let mut second = first.clone();
    second[moves.0][moves.1] += 1;
    let facts = places(&first).into_iter().filter(|at| *at != moves).map(|at| Fact::Same(at, at)).collect();
    if random.below(2) == 0 { Days { first, second, facts } } else { Days { first: second, second: first, facts } }
}

/// Arrivals of full weeks: they do not change; the table moves on by a week on one day of seven, here on every other.
fn arrivals(random: &mut Random) -> Days {
    let (rows, columns) = random.size();
    let all = random.table(rows, columns + 1);
    let moved = usize::try_from(random.below(2)).unwrap();
    let weeks = |from: usize| -> Table { all.iter().map(|row| row[from..][..row.len() - 1].to_vec()).collect() };
    let (first, second) = (weeks(0), weeks(moved));
    let shared = places(&first).into_iter().filter(|at| at.1 >= moved);
    let facts = shared.map(|at| Fact::Same(at, (at.0, at.1 - moved))).collect();
    Days { first, second, facts }
}

/// Matches: the first half of the states comes and goes, what has ended stays ended.
fn funnel(random: &mut Random) -> Days {
    let (rows, columns) = random.size();
    let ends = usize::try_from(columns / 2).unwrap();
    let first = random.table(rows, columns);
    let mut second = first.clone();
    for at in places(&first) {
        let moves = if at.1 < ends { random.below(7) - 3 } else { random.below(4) };
        second[at.0][at.1] = (first[at.0][at.1] + moves).max(0);
    }
    let facts = places(&first).into_iter().filter(|at| at.1 >= ends).map(|at| Fact::NotLess(at, at)).collect();
    Days { first, second, facts }
}

/// How many counts under 10 somebody knows too well who holds both days, and how many by one day alone.
fn attacked(days: &Days, method: Method) -> (usize, usize) {
    let mut attack = Attack::default();
    let (first, second) = (attack.day(&method(&days.first)), attack.day(&method(&days.second)));
    attack.work_out();
    let alone = attack.breaches(&first, &days.first) + attack.breaches(&second, &days.second);
    for fact in &days.facts {
        match fact {
            Fact::Same(one, other) => {
                let (one, other) = (first[one.0][one.1], second[other.0][other.1]);
                attack.at_most.extend([(one, other), (other, one)]);
            }
            Fact::NotLess(before, after) => attack.at_most.push((first[before.0][before.1], second[after.0][after.1])),
        }
    }
    attack.work_out();
    (attack.breaches(&first, &days.first) + attack.breaches(&second, &days.second), alone)
}

type Population = fn(&mut Random) -> Days;

const KINDS: [(&str, Population); 4] =
    [("shortage", shortage), ("all but one stands still", all_but_one_stands_still), ("arrivals", arrivals), ("funnel", funnel)];

#[test]
fn nobody_narrows_a_count_under_ten_to_fewer_than_five_values() {
    for seed in 1..=POPULATIONS {
        for (kind, population) in KINDS {
            let days = population(&mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
            assert_eq!(attacked(&days, registry).0, 0, "{kind}, population {seed}: {:?} then {:?}", days.first, days.second);
        }
    }
}

/// The attacker is no straw man: with margins of whole lines there are breaches in every table, and more of them with a second day.
#[test]
fn the_same_attacker_finds_many_when_margins_are_of_whole_lines() {
    for (kind, population) in KINDS {
        let (mut both, mut alone) = (0, 0);
        for seed in 1..=POPULATIONS {
            let found = attacked(&population(&mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))), whole_margins);
            both += found.0;
            alone += found.1;
        }
        assert!(alone > 100, "{kind}: {alone} by one day");
        assert!(both > alone || kind == "shortage", "{kind}: {both} by both days, {alone} by one");
    }
}

/// Every table of this size, with counts up to 17: with each number that is shown goes every count that it can stand for.
fn every_table(rows: usize, columns: usize, most: i64) -> impl Iterator<Item = Table> {
    let base = most + 1;
    (0..base.pow(u32::try_from(rows * columns).unwrap())).map(move |code| {
        let digit = |at: usize| code / base.pow(u32::try_from(at).unwrap()) % base;
        (0..rows).map(|row| (0..columns).map(|at| digit(row * columns + at)).collect()).collect()
    })
}

/// The fewest values that a count under 10 can have had, over everything that can be published, for somebody who tries every table there is.
fn fewest_values(tables: impl Iterator<Item = Table>, method: Method) -> usize {
    let mut values: HashMap<Published, Vec<BTreeSet<i64>>> = HashMap::new();
    for table in tables {
        let counts: Vec<i64> = table.iter().flatten().copied().collect();
        let seen = values.entry(method(&table)).or_insert_with(|| vec![BTreeSet::new(); counts.len()]);
        for (seen, count) in seen.iter_mut().zip(counts) {
            seen.insert(count);
        }
    }
    values.values().flatten().filter(|values| values.first().is_some_and(|least| *least < 10)).map(BTreeSet::len).min().unwrap()
}

#[test]
fn who_tries_every_table_that_there_is_learns_no_more_than_that_a_count_is_under_ten() {
    assert_eq!(fewest_values(every_table(1, 3, 17), registry), 10);
    assert_eq!(fewest_values(every_table(2, 2, 13), registry), 10);
}

/// Why neither a margin that is withheld where it tells too much nor a second withheld cell is enough.
#[test]
fn who_tries_every_table_that_there_is_gets_through_every_weaker_method() {
    let weaker: [(&str, Method); 3] = [
        ("margins of whole lines", whole_margins),
        ("margins withheld where they tell too much", margin_with_slack),
        ("a second cell withheld", second_cell_withheld),
    ];
    for (name, method) in weaker {
        let fewest = fewest_values(every_table(1, 3, 17), method);
        assert!(fewest < 5, "{name}: {fewest}");
    }
}

#[test]
fn one_arrival_changes_a_published_number_by_a_step_of_its_own_or_not_at_all() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut quiet, mut passed) = (0, 0);
    for _ in 0..POPULATIONS {
        let (rows, columns) = random.size();
        let before = random.table(rows, columns);
        for (row, at) in places(&before) {
            let mut after = before.clone();
            after[row][at] += 1;
            let (one, other) = (registry(&before), registry(&after));
            for place in places(&before).into_iter().filter(|place| *place != (row, at)) {
                assert_eq!(one.cells[place.0][place.1], other.cells[place.0][place.1], "another cell");
            }
            assert_eq!(other.cells[row][at], rounded(after[row][at]));
            let margins = [(one.rows[row], other.rows[row]), (one.columns[at], other.columns[at]), (one.total, other.total)];
            let step = match after[row][at] {
                ..10 => 0,
                10 => 10,
                _ => 5,
            };
            for (one, other) in margins {
                let moved = other.unwrap_or(0) - one.unwrap_or(0);
                assert!(moved == step || (moved == 0 && step == 5), "{before:?}: {moved} by one arrival in {row}, {at}");
            }
            let others = |published: &Published| {
                let rows: Vec<_> = (0..before.len()).filter(|other| *other != row).map(|other| published.rows[other]).collect();
                let columns: Vec<_> = (0..before[0].len()).filter(|other| *other != at).map(|other| published.columns[other]).collect();
                (rows, columns)
            };
            assert_eq!(others(&one), others(&other), "another line");
            quiet += usize::from(one == other);
            passed += usize::from(one.cells[row][at].is_none() && other.cells[row][at].is_some());
        }
    }
    assert!(quiet > 1000 && passed > 100, "{quiet} arrivals that nobody sees, {passed} past the threshold");
}

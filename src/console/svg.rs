//! Plots, drawn from their tables on the server: nothing has to run in the browser for them. Colours come from the style sheet; what differs by colour differs by
//! size, dash or text as well.

use maud::{Markup, html};

use super::{
    regions::place,
    view::{Cell, Plot, Row, Table},
};

/// Width of a plot in its own units; the style sheet scales it.
const WIDTH: f64 = 760.0;

/// Draws a table. Who cannot see it has the table, so the picture itself is hidden from them.
pub fn draw(plot: Plot, table: &Table) -> Markup {
    match plot {
        Plot::Bars => bars(table),
        Plot::Lines => lines(table),
        Plot::HeatMap => heat_map(table),
        Plot::Regions => regions(table),
        Plot::Waterfall => waterfall(table),
    }
}

/// A count of rows or columns, for drawing.
fn length(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn frame(height: f64, inside: Markup) -> Markup {
    html! { svg viewBox=(format!("0 0 {WIDTH} {height:.0}")) aria-hidden="true" focusable="false" { (inside) } }
}

fn largest<'a>(cells: impl Iterator<Item = &'a Cell>) -> f64 {
    cells.map(Cell::number).fold(0.0, f64::max).max(f64::MIN_POSITIVE)
}

fn bars(table: &Table) -> Markup {
    let series = table.columns.len().saturating_sub(1).max(1);
    let (label, bar) = (260.0, 18.0);
    let step = bar * length(series) + 10.0;
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    let drawn = html! {
        @for (at, row) in table.rows.iter().enumerate() {
            @let y = length(at) * step;
            text x=(label - 8.0) y=(y + step / 2.0) class="label" { (row.first().map_or("", |cell| cell.shown.as_str())) }
            @for (of, cell) in row.iter().skip(1).enumerate() {
                @let width = (WIDTH - label - 90.0) * cell.number() / most;
                rect x=(label) y=(y + length(of) * bar) width=(format!("{width:.1}")) height=(bar - 2.0) class=(format!("s{of}")) {}
                text x=(format!("{:.1}", label + width + 6.0)) y=(y + length(of) * bar + 12.0) class="value" {
                    (cell.shown)
                    @if series > 1 { " · " (table.columns.get(of + 1).map_or("", |column| column.label.as_str())) }
                }
            }
        }
    };
    frame(length(table.rows.len()) * step, drawn)
}

fn lines(table: &Table) -> Markup {
    let (left, top, height) = (60.0, 10.0, 180.0);
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    let across = (WIDTH - left - 10.0) / length(table.rows.len().saturating_sub(1).max(1));
    let point = |at: usize, cell: &Cell| format!("{:.1},{:.1}", left + across * length(at), top + height * (1.0 - cell.number() / most));
    let line =
        |of: usize| table.rows.iter().enumerate().filter_map(|(at, row)| Some(point(at, row.get(of)?))).collect::<Vec<_>>().join(" ");
    let biggest = table.rows.iter().flat_map(|row| row.iter().skip(1)).max_by(|one, other| one.number().total_cmp(&other.number()));
    let end = |row: Option<&Row>| row.and_then(|row| row.first()).map_or(String::new(), |cell| cell.shown.clone());
    let drawn = html! {
        line x1=(left) y1=(top + height) x2=(WIDTH - 10.0) y2=(top + height) class="axis" {}
        line x1=(left) y1=(top) x2=(WIDTH - 10.0) y2=(top) class="axis" {}
        text x=(left - 6.0) y=(top + 5.0) class="label" { (biggest.map_or("", |cell| cell.shown.as_str())) }
        text x=(left - 6.0) y=(top + height) class="label" { "0" }
        text x=(left) y=(top + height + 18.0) class="value" { (end(table.rows.first())) }
        text x=(WIDTH - 10.0) y=(top + height + 18.0) class="label" { (end(table.rows.last())) }
        @for (of, column) in table.columns.iter().enumerate().skip(1) {
            polyline points=(line(of)) class=(format!("l{}", of - 1)) {}
            @let x = left + 170.0 * length(of - 1);
            line x1=(x) y1=(top + height + 36.0) x2=(x + 30.0) y2=(top + height + 36.0) class=(format!("l{}", of - 1)) {}
            text x=(x + 36.0) y=(top + height + 40.0) class="value" { (column.label) }
        }
    };
    frame(top + height + 50.0, drawn)
}

fn heat_map(table: &Table) -> Markup {
    let (left, cell_height) = (70.0, 16.0);
    let sizes = table.columns.len().saturating_sub(1);
    let across = (WIDTH - left) / length(table.rows.len().max(1));
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    let height = cell_height * length(sizes);
    let drawn = html! {
        @for (of, column) in table.columns.iter().skip(1).enumerate() {
            text x=(left - 6.0) y=(format!("{:.1}", height - cell_height * length(of) - 4.0)) class="label" { (column.label) }
        }
        @for (at, row) in table.rows.iter().enumerate() {
            @for (of, cell) in row.iter().skip(1).enumerate() {
                @if cell.number() > 0.0 {
                    // The area says how many; so does the strength of the colour.
                    @let part = (cell.number() / most).sqrt().max(0.25);
                    @let (wide, high) = (across * part, cell_height * part);
                    rect x=(format!("{:.1}", left + across * length(at) + (across - wide) / 2.0))
                        y=(format!("{:.1}", height - cell_height * length(of + 1) + (cell_height - high) / 2.0))
                        width=(format!("{wide:.1}")) height=(format!("{high:.1}")) class="s0" fill-opacity=(format!("{part:.2}")) {}
                }
            }
        }
        line x1=(left) y1=(height) x2=(WIDTH) y2=(height) class="axis" {}
    };
    frame(height + 4.0, drawn)
}

fn regions(table: &Table) -> Markup {
    let (side, gap) = (90.0, 4.0);
    let most = largest(table.rows.iter().filter_map(|row| row.get(2)));
    let drawn = html! {
        @for row in &table.rows {
            @if let [region, name, count, ..] = row.as_slice() {
                @if let Some((down, across)) = region.value.as_str().and_then(place) {
                    @let (x, y) = (f64::from(across) * (side + gap), f64::from(down) * (side * 0.7 + gap));
                    rect x=(x) y=(y) width=(side) height=(side * 0.7) rx="6" class="tile" {}
                    // The bar at the foot says what the colour of a map would.
                    rect x=(x + 6.0) y=(y + side * 0.7 - 10.0) width=(format!("{:.1}", (side - 12.0) * count.number() / most)) height="6" class="s0" {}
                    text x=(x + side / 2.0) y=(y + 18.0) class="name" { (name.shown.split_whitespace().next().unwrap_or("")) }
                    text x=(x + side / 2.0) y=(y + 42.0) class="count" { (count.shown) }
                }
            }
        }
    };
    frame(6.0 * (side * 0.7 + gap), drawn)
}

fn waterfall(table: &Table) -> Markup {
    let (label, step) = (300.0, 20.0);
    let end = table.rows.iter().filter_map(|row| Some(row.get(1)?.number() + row.get(2)?.number())).fold(f64::MIN_POSITIVE, f64::max);
    let drawn = html! {
        @for (at, row) in table.rows.iter().enumerate() {
            @if let [name, begun, took, ..] = row.as_slice() {
                @let y = length(at) * step;
                @let scale = (WIDTH - label - 80.0) / end;
                @let (x, width) = (label + begun.number() * scale, (took.number() * scale).max(1.0));
                text x=(label - 8.0) y=(y + 13.0) class="label" { (name.shown) }
                rect x=(format!("{x:.1}")) y=(y + 2.0) width=(format!("{width:.1}")) height=(step - 6.0) class="s0" {}
                text x=(format!("{:.1}", x + width + 4.0)) y=(y + 13.0) class="value" { (took.shown) }
            }
        }
    };
    frame(length(table.rows.len()) * step, drawn)
}

//! Plots, drawn from their tables on the server: nothing has to run in the browser for them. Shapes are SVG that takes the room there is; words beside them are HTML,
//! so that long ones wrap and none shrinks with the window. Colours come from the style sheet; what differs by colour differs by size, dash or text as well.

use maud::{Markup, html};

use super::{
    html::breakable,
    regions::place,
    view::{Cell, Plot, Row, Table},
};

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

fn largest<'a>(cells: impl Iterator<Item = &'a Cell>) -> f64 {
    cells.map(Cell::number).fold(0.0, f64::max).max(f64::MIN_POSITIVE)
}

fn shown(cell: Option<&Cell>) -> &str {
    cell.map_or("", |cell| cell.shown.as_str())
}

/// A bar that takes a part of its room; none for nothing.
fn bar(part: f64, class: &str) -> Markup {
    html! {
        @if part > 0.0 { svg width=(format!("{:.2}%", part * 100.0)) class=(class) { rect width="100%" height="100%" {} } }
    }
}

fn bars(table: &Table) -> Markup {
    let series = table.columns.len().saturating_sub(1);
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    html! {
        div.bars aria-hidden="true" {
            @for row in &table.rows {
                span.label { (breakable(shown(row.first()))) }
                div.tracks {
                    @for (of, cell) in row.iter().skip(1).enumerate() {
                        div.track {
                            (bar(cell.number() / most, &format!("s{of}")))
                            span { (cell.shown) @if series > 1 { " · " (table.columns.get(of + 1).map_or("", |column| column.label.as_str())) } }
                        }
                    }
                }
            }
        }
    }
}

/// The first and the last time of a plot, below it.
fn ends(rows: &[Row]) -> Markup {
    let time = |row: Option<&Row>| shown(row.and_then(|row| row.first())).to_owned();
    html! { div.ends { span { (time(rows.first())) } @if rows.len() > 1 { span { (time(rows.last())) } } } }
}

fn lines(table: &Table) -> Markup {
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    let across = 100.0 / length(table.rows.len().saturating_sub(1).max(1));
    let point = |at: usize, cell: &Cell| format!("{:.2},{:.2}", across * length(at), 100.0 * (1.0 - cell.number() / most));
    let line = |of: usize| {
        // A point alone would not be drawn; it is a level.
        let last = table.rows.last().filter(|_| table.rows.len() == 1);
        let points = table.rows.iter().chain(last).enumerate().filter_map(|(at, row)| Some(point(at, row.get(of)?)));
        points.collect::<Vec<_>>().join(" ")
    };
    let biggest = table.rows.iter().flat_map(|row| row.iter().skip(1)).max_by(|one, other| one.number().total_cmp(&other.number()));
    html! {
        div.lines aria-hidden="true" {
            div.scale { span { (shown(biggest)) } span { "0" } }
            svg viewBox="0 0 100 100" preserveAspectRatio="none" {
                @for of in 1..table.columns.len() { polyline points=(line(of)) class=(format!("l{}", of - 1)) {} }
            }
            (ends(&table.rows))
            div.keys {
                @for (of, column) in table.columns.iter().skip(1).enumerate() {
                    span { svg width="30" height="10" { line x2="30" y1="5" y2="5" class=(format!("l{of}")) {} } " " (column.label) }
                }
            }
        }
    }
}

fn heat_map(table: &Table) -> Markup {
    let sizes = table.columns.len().saturating_sub(1);
    let most = largest(table.rows.iter().flat_map(|row| row.iter().skip(1)));
    html! {
        div.lines.heat aria-hidden="true" {
            div.scale { @for column in table.columns.iter().skip(1).rev() { span { (column.label) } } }
            svg viewBox=(format!("0 0 {} {sizes}", table.rows.len())) preserveAspectRatio="none" {
                @for (at, row) in table.rows.iter().enumerate() {
                    @for (of, cell) in row.iter().skip(1).enumerate() {
                        @if cell.number() > 0.0 {
                            // The area says how many; so does the strength of the colour, down to what is still seen.
                            @let part = (cell.number() / most).sqrt().max(0.25);
                            @let edge = (1.0 - part) / 2.0;
                            rect x=(format!("{:.3}", length(at) + edge)) y=(format!("{:.3}", length(sizes) - 1.0 - length(of) + edge))
                                width=(format!("{part:.3}")) height=(format!("{part:.3}")) class="s0" fill-opacity=(format!("{:.2}", 0.65 + 0.35 * part)) {}
                        }
                    }
                }
            }
            (ends(&table.rows))
        }
    }
}

fn regions(table: &Table) -> Markup {
    let most = largest(table.rows.iter().filter_map(|row| row.get(2)));
    html! {
        div.map aria-hidden="true" {
            @for row in &table.rows {
                @if let [region, name, count, ..] = row.as_slice() {
                    @if let Some((down, across)) = region.value.as_str().and_then(place) {
                        div class=(format!("region r{down} c{across}")) {
                            span.name { (name.shown) }
                            b { (count.shown) }
                            // The bar at the foot says what the colour of a map would.
                            div.foot { (bar(count.number() / most, "s0")) }
                        }
                    }
                }
            }
            p.keys { span { svg width="30" height="6" { rect class="s0" width="100%" height="100%" {} } " " (table.columns.get(2).map_or("", |column| column.label.as_str())) } }
        }
    }
}

fn waterfall(table: &Table) -> Markup {
    let end = table.rows.iter().filter_map(|row| Some(row.get(1)?.number() + row.get(2)?.number())).fold(f64::MIN_POSITIVE, f64::max);
    html! {
        div.bars.waterfall aria-hidden="true" {
            @for row in &table.rows {
                @if let [name, begun, took, failed, ..] = row.as_slice() {
                    @let failed = failed.value == true;
                    span.label { (breakable(&name.shown)) }
                    div.tracks {
                        div.track {
                            (bar(begun.number() / end, "before"))
                            (bar(took.number() / end, if failed { "failed" } else { "s0" }))
                            span { @if failed { "▲ " } (took.shown) }
                        }
                    }
                }
            }
        }
    }
}

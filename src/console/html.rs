//! Pages as HTML.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;
use strum::IntoEnumIterator as _;

use super::{
    pages::Name,
    svg::draw,
    view::{Cell, Form, Page, Plot, Section, Table, Tile},
    words::Words,
};
use crate::messages::Language;

/// A whole page.
pub fn render(page: &Page, words: Words) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.0.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · " (words.text("console")) }
                link rel="stylesheet" href="/assets/console.css";
                script type="module" src="/assets/console.js" {}
            }
            body data-old=(words.text("stale")) {
                a.skip href="#main" { (words.text("skip")) }
                header {
                    p.brand { (words.text("console")) }
                    nav aria-label=(words.text("pages")) {
                        @for name in Name::iter() {
                            a href=(name.path()) aria-current=[(name.as_str() == page.name).then_some("page")] { (words.text(&format!("page-{}", name.as_str()))) }
                        }
                    }
                    nav.languages aria-label=(words.text("language")) {
                        @for language in Language::iter() {
                            a href=(format!("?lang={}", language.tag())) lang=(language.tag()) hreflang=(language.tag()) aria-current=[(language == words.0).then_some("true")] {
                                (Words(language).text("language-own"))
                            }
                        }
                    }
                }
                main #main tabindex="-1" {
                    h1 { (page.title) }
                    p { (page.lead) }
                    @for section in &page.sections { (self::section(section, words)) }
                    p.twin { a href=(format!("/api/{}.json", page.name)) { (words.text("twin")) } }
                }
            }
        }
    }
}

fn section(section: &Section, words: Words) -> Markup {
    match section {
        Section::Tiles(tiles) => html! { dl.tiles { @for tile in tiles { (self::tile(tile, words)) } } },
        Section::Table(table) => html! { section { h2 { (table.caption) } (self::table(table, words)) } },
        Section::Figure { plot, table } => figure(*plot, table, words),
        Section::Form(form) => self::form(form),
        Section::Log(lines) => html! {
            ol.log #log tabindex="0" aria-label=(words.text("page-logs")) { @for line in lines { (log_line(line)) } }
        },
    }
}

fn tile(tile: &Tile, words: Words) -> Markup {
    html! {
        div.tile.warns[tile.warns] data-key=(tile.key) {
            dt { (tile.label) }
            dd { (tile.shown) @if tile.warns { " " span.sign title=(words.text("look")) { "▲ " (words.text("look")) } } }
        }
    }
}

fn figure(plot: Plot, table: &Table, words: Words) -> Markup {
    html! {
        figure {
            figcaption { h2 { (table.caption) } }
            @if table.rows.is_empty() {
                p { (words.text("nothing")) }
            } @else {
                (draw(plot, table))
                details { summary { (words.text("as-table")) } (self::table(table, words)) }
            }
        }
    }
}

fn table(table: &Table, words: Words) -> Markup {
    if table.rows.is_empty() {
        return html! { p { (words.text("nothing")) } };
    }
    html! {
        div.scrolls tabindex="0" role="region" aria-label=(table.caption) {
            table data-key=(table.key) {
                caption { (table.caption) }
                thead { tr {
                    @for (at, column) in table.columns.iter().enumerate() {
                        th.number[at > 0 && table.rows.iter().all(|row| row.get(at).is_some_and(is_number))] scope="col" data-key=(column.key) { (column.label) }
                    }
                } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            @for (at, cell) in row.iter().enumerate() {
                                @let shown = breakable(&cell.shown);
                                @let shown = html! { @if let Some(link) = &cell.link { a href=(link) { (shown) } } @else { (shown) } };
                                @if at == 0 { th scope="row" { (shown) } } @else { td.number[is_number(cell)] { (shown) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a cell stands among numbers; one that is withheld or not known does too.
fn is_number(cell: &Cell) -> bool {
    cell.value.is_number() || cell.value.is_null()
}

/// A text that may be broken within the names of methods and modules, where they have a joint.
pub fn breakable(text: &str) -> Markup {
    let joints = ['.', '/', '_'];
    html! { @for part in text.split_inclusive(joints) { (part) @if part.len() > 3 && part.ends_with(joints) { wbr; } } }
}

fn form(form: &Form) -> Markup {
    html! {
        form method="get" {
            @for field in &form.fields {
                label {
                    (field.label) " "
                    @if field.options.is_empty() {
                        input name=(field.name) value=(field.value);
                    } @else {
                        select name=(field.name) {
                            @for (value, label) in &field.options { option value=(value) selected[*value == field.value] { (label) } }
                        }
                    }
                }
            }
            button { (form.submit) }
        }
    }
}

/// A line of the log.
pub fn log_line(line: &Value) -> Markup {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
    let known = ["timestamp", "level", "message", "target", "trace_id", "span"];
    let fields = line.as_object().into_iter().flatten().filter(|(key, _)| !known.contains(&key.as_str()));
    html! {
        li class=(text("level").to_lowercase()) {
            time { (text("timestamp")) } " "
            b { (text("level")) } " "
            (text("message"))
            @for (key, value) in fields { " " (key) "=" (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) }
            " " span.target { (breakable(text("target"))) }
            @if !text("trace_id").is_empty() { " " a href=(format!("/traces?id={}", text("trace_id"))) { (text("trace_id")) } }
        }
    }
}

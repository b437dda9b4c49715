//! What a page is made of. A page is written down once, as tiles, tables and figures, and told twice: as HTML ([`super::html`]) and as its JSON twin. A figure is a table
//! that is drawn as well, so whatever a picture shows can be read.

use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::Value;

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// As in its address.
    pub name: &'static str,
    /// Its heading.
    pub title: String,
    /// What it is for, in a sentence.
    pub lead: String,
    /// What it shows, from top to bottom.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug, Clone)]
pub enum Section {
    /// Numbers that are read at a glance.
    Tiles(Vec<Tile>),
    /// A table.
    Table(Table),
    /// A table that is drawn.
    Figure {
        /// How.
        plot: Plot,
        /// What.
        table: Table,
    },
    /// What is asked for; HTML only.
    Form(Form),
    /// Lines of the log, the newest last.
    Log(Vec<Value>),
}

/// A number that is read at a glance.
#[derive(Debug, Clone)]
pub struct Tile {
    /// As the twin calls it.
    pub key: &'static str,
    /// As a person reads it.
    pub label: String,
    /// The number; nothing where it is withheld or not known.
    pub value: Value,
    /// As a person reads it.
    pub shown: String,
    /// Whether somebody should look.
    pub warns: bool,
}

/// How a table is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plot {
    /// A bar for each number of a row.
    Bars,
    /// A line for each column but the first, which is time.
    Lines,
    /// Time by size; the larger and darker, the more.
    HeatMap,
    /// A tile for each region, where it lies.
    Regions,
    /// What was done one after another: names, begins, lengths.
    Waterfall,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// As the twin calls it.
    pub key: &'static str,
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// As the twin calls it.
    pub key: String,
    /// As a person reads it.
    pub label: String,
}

/// A row.
pub type Row = Vec<Cell>;

/// One place of a table.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What it is; nothing where it is withheld or not known.
    pub value: Value,
    /// As a person reads it.
    pub shown: String,
    /// Where it leads.
    pub link: Option<String>,
}

impl Cell {
    /// A number, for drawing.
    pub fn number(&self) -> f64 {
        self.value.as_f64().unwrap_or(0.0)
    }
}

/// What can be asked of a page.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its fields.
    pub fields: Vec<Field>,
    /// What the button says.
    pub submit: String,
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// As in the address.
    pub name: &'static str,
    /// As a person reads it.
    pub label: String,
    /// What is chosen.
    pub value: String,
    /// What can be chosen, with what a person reads; anything when there is nothing here.
    pub options: Vec<(String, String)>,
}

/// The twin of a page: what is shown, by key.
#[derive(Debug)]
pub struct Twin<'a>(pub &'a Page);

impl Serialize for Twin<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("page", self.0.name)?;
        for section in &self.0.sections {
            match section {
                Section::Tiles(tiles) => {
                    for tile in tiles {
                        map.serialize_entry(tile.key, &tile.value)?;
                    }
                }
                Section::Table(table) | Section::Figure { table, .. } => map.serialize_entry(table.key, &Rows(table))?,
                Section::Log(lines) => map.serialize_entry("lines", lines)?,
                Section::Form(_) => {}
            }
        }
        map.end()
    }
}

/// The rows of a table, each by its columns' keys.
struct Rows<'a>(&'a Table);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.rows.iter().map(|row| {
            let cells = self.0.columns.iter().zip(row).map(|(column, cell)| (column.key.clone(), cell.value.clone()));
            cells.collect::<serde_json::Map<String, Value>>()
        });
        serializer.collect_seq(rows)
    }
}

//! A certificate as a PDF: one page of A4, archival and readable by machines that read aloud (PDF/A-2a, ISO 19005-2; PDF/UA-1, ISO 14289-1). The library that
//! writes the file checks it against both standards and refuses to write one that breaks them.
//!
//! The same certificate gives the same bytes: no clock is asked and no random id is made. The file's metadata is the same for every certificate
//! of one day.

use std::num::NonZeroU16;

use chrono::Datelike as _;
use fast_qr::{ECL, QRBuilder, QRCode};
use krilla::{
    Document, SerializeSettings,
    configure::{Accessibility, Archival, ConfigurationBuilder},
    destination::XyzDestination,
    error::KrillaError,
    geom::{Point, Rect},
    metadata::{DateTime, Metadata},
    outline::{Outline, OutlineNode},
    page::PageSettings,
    tagging::{BBox, TableHeaderScope, Tag, TagGroup, TagTree},
};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    Certificate, is_number,
    sheet::{Block, Colour, Sheet, Style},
    wording::{self, Both, Row},
};

/// Why a certificate cannot be printed. None quotes what was to be printed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A field has a character that the fonts lack, or of a script that they cannot set: then another spelling of the name is printed, the Latin one say.
    #[error("{0} has a character that cannot be printed")]
    Unprintable(&'static str),
    /// A field is longer than a certificate has room for.
    #[error("{0} is too long")]
    TooLong(&'static str),
    /// The certificate's number has not the form of one.
    #[error("the number has not the form of a certificate's number")]
    Number,
    /// The statement does not fit into a code that a telephone reads.
    #[error("the statement is too long for a code")]
    Statement,
    /// The file could not be written. The text is for the log and holds nothing that was to be printed.
    #[error("the certificate could not be written: {0}")]
    Unwritable(&'static str),
}

/// Characters of a field at most, spaces included. The longest name field of a passport holds 39 (ICAO Doc 9303-4, 4.2.3), and its page may hold more.
pub const LONGEST: usize = 120;

/// The page, in points of 1/72 inch: A4.
const PAGE: [f32; 2] = [595.28, 841.89];
/// From the page's edge to the text.
const MARGIN: f32 = 51.0;
/// Where the text ends on the right.
const RIGHT: f32 = PAGE[0] - MARGIN;
/// Between the Kazakh column and the Russian.
const GUTTER: f32 = 22.0;
/// How wide each language's column is.
const COLUMN: f32 = (RIGHT - MARGIN - GUTTER) / 2.0;
/// Where each column begins.
const COLUMNS: [f32; 2] = [MARGIN, MARGIN + COLUMN + GUTTER];
/// Where the table's columns begin: what a row is called in Kazakh, in Russian, and its value.
const TABLE: [f32; 3] = [MARGIN, MARGIN + 108.0, MARGIN + 236.0];
/// The code's side, without its quiet zone: 42 mm.
const CODE: f32 = 119.06;
/// Where the two columns beside the code begin, and how wide they are.
const BESIDE: [f32; 2] = [MARGIN + CODE + 24.0, MARGIN + CODE + 24.0 + BESIDE_WIDTH + 16.0];
const BESIDE_WIDTH: f32 = (RIGHT - MARGIN - CODE - 24.0 - 16.0) / 2.0;
/// Modules of a code on each side at most: version 15.
const MOST_MODULES: usize = 77;
/// Above and below a row of the table: at least, and at most.
const CROWDED: f32 = 2.0;
const SCATTERED: f32 = 6.8;
/// Inside the panel that says what the certificate is not.
const PADDING: f32 = 10.0;

const BLACK: Colour = [0, 0, 0];
const INK: Colour = [0x1c, 0x25, 0x2e];
const GREY: Colour = [0x55, 0x60, 0x6b];
const ACCENT: Colour = [0x0d, 0x5c, 0x75];
const LINE: Colour = [0xcd, 0xd5, 0xdb];
const TINT: Colour = [0xee, 0xf3, 0xf6];

const ISSUER: Style = Style { bold: false, size: 9.0, leading: 12.0, colour: GREY };
const HEADING: Style = Style { bold: true, size: 20.0, leading: 25.0, colour: ACCENT };
const BODY: Style = Style { bold: false, size: 9.5, leading: 13.5, colour: INK };
const CALLED: Style = Style { bold: false, size: 8.5, leading: 12.0, colour: GREY };
const VALUE: Style = Style { bold: false, size: 10.5, leading: 14.0, colour: INK };
const LARGE: Style = Style { bold: true, size: 12.0, leading: 15.0, colour: INK };
/// Names that do not fit into one line: in the first of these in which the table has room.
const SEVERAL_LINES: [Style; 3] = [
    Style { bold: true, size: 10.0, leading: 12.5, colour: INK },
    Style { bold: true, size: 8.8, leading: 11.0, colour: INK },
    Style { bold: true, size: 7.6, leading: 9.6, colour: INK },
];
const NOTICE: Style = Style { bold: false, size: 8.5, leading: 11.8, colour: INK };
const CHECK: Style = Style { bold: true, size: 8.5, leading: 13.0, colour: ACCENT };
const SMALL: Style = Style { bold: false, size: 7.8, leading: 10.6, colour: INK };

/// What is the same on every certificate, for a fault that cannot be.
const WORDING: &str = "the wording";

const LANGUAGES: [&str; 2] = ["kk", "ru"];

/// The page as a PDF. `statement` is the text of the code: [`sign`](super::statement::sign) makes it.
///
/// # Errors
/// What cannot be printed.
pub fn render(certificate: &Certificate, statement: &str) -> Result<Vec<u8>, Fault> {
    if !is_number(&certificate.number) {
        return Err(Fault::Number);
    }
    let code = code(statement)?;
    let standards = ConfigurationBuilder::new().with_archival_validator(Archival::A2_A).with_accessibility_validator(Accessibility::UA1);
    let configuration = standards.finish().map_err(|_| Fault::Unwritable("the standards contradict each other"))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let settings = PageSettings::from_wh(PAGE[0], PAGE[1]).ok_or(Fault::Unwritable("the page has no size"))?;
    let mut page = document.start_page_with(settings);
    let mut sheet = Sheet::new(page.surface());
    let tags = lay_out(&mut sheet, certificate, &code)?;
    sheet.finish();
    page.finish();
    document.set_tag_tree(tags);
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(wording::TITLE.to_owned(), XyzDestination::new(0, Point::from_xy(0.0, 0.0))));
    document.set_outline(outline);
    document.set_metadata(metadata(certificate));
    document.finish().map_err(|failed| Fault::Unwritable(why(&failed)))
}

/// What stands in the file beside the page: nothing about the person. The archival standard wants a date (ISO 19005-2, 6.6.6); it is the day of issue, which the page shows too.
fn metadata(certificate: &Certificate) -> Metadata {
    let day = certificate.issued_on;
    let part = |part: u32| u8::try_from(part).unwrap_or(1);
    let date = DateTime::new(u16::try_from(day.year()).unwrap_or(1)).month(part(day.month())).day(part(day.day()));
    Metadata::new().title(wording::TITLE.to_owned()).language(LANGUAGES[0].to_owned()).creator("relocreg".to_owned()).creation_date(date)
}

/// The library's own texts may quote what was to be printed.
fn why(failed: &KrillaError) -> &'static str {
    match failed {
        KrillaError::Font(..) => "a font could not be embedded",
        KrillaError::Validation(_) => "the file would break PDF/A-2a or PDF/UA-1",
        KrillaError::Limit(_) => "a bound of the file format was reached",
        KrillaError::DuplicateNamedDestination(_) | KrillaError::DuplicateTagId(..) | KrillaError::UnknownTagId(..) => "the tags are wrong",
    }
}

/// The statement as a code. Level M restores 15 % of it (ISO/IEC 18004). An ordinary statement takes version 12 or 13; up to version 15 the modules are not
/// smaller than 0.54 mm, which a telephone reads with ease.
fn code(statement: &str) -> Result<QRCode, Fault> {
    let code = QRBuilder::new(statement).ecl(ECL::M).build().map_err(|_| Fault::Statement)?;
    if code.size > MOST_MODULES { Err(Fault::Statement) } else { Ok(code) }
}

/// Everything on the page, from top to bottom, and the order to read it in.
fn lay_out(sheet: &mut Sheet<'_>, certificate: &Certificate, code: &QRCode) -> Result<TagTree, Fault> {
    let mut tags = TagTree::new().with_lang(Some("kk".to_owned()));
    sheet.fill([MARGIN, MARGIN - 14.0, RIGHT - MARGIN, 3.0], ACCENT);

    let issuers = [&certificate.issuer.kazakh, &certificate.issuer.russian];
    let (ids, end) = side_by_side(sheet, issuers.map(String::as_str), ISSUER, COLUMNS, COLUMN, MARGIN, "issuer")?;
    tags.push(paragraph(ids));

    let (ids, end) = both(sheet, wording::HEADING, HEADING, COLUMNS, COLUMN, end + 12.0)?;
    tags.push(TagGroup::with_children(Tag::Hn(NonZeroU16::MIN, Some(wording::TITLE.to_owned())), ids.map(Into::into).into()));
    let (ids, end) = both(sheet, wording::CONFIRMS, BODY, COLUMNS, COLUMN, end + 8.0)?;
    tags.push(paragraph(ids));

    // From the foot upwards: the code with what it is for, above it what the certificate is not. The table has the room between.
    let top = PAGE[1] - MARGIN - CODE;
    let notices = [wording::IS_NOT.kazakh, wording::IS_NOT.russian].map(|text| block(text, NOTICE, COLUMN - PADDING, WORDING));
    let notice = notices.into_iter().collect::<Result<Vec<_>, _>>()?.iter().map(Block::height).fold(0.0, f32::max) + 2.0 * PADDING;
    let panel = top - 20.0 - notice;
    tags.push(table(sheet, certificate, end + 12.0, panel - 16.0)?);

    sheet.fill([MARGIN, panel, RIGHT - MARGIN, notice], TINT);
    sheet.fill([MARGIN, panel, 3.0, notice], ACCENT);
    let (ids, _) = both(sheet, wording::IS_NOT, NOTICE, [COLUMNS[0] + PADDING + 2.0, COLUMNS[1]], COLUMN - PADDING, panel + PADDING)?;
    tags.push(paragraph(ids));

    let figure = sheet.code(code, [MARGIN, top], CODE, BLACK).ok_or(Fault::Statement)?;
    let (ids, end) = both(sheet, wording::CHECK, CHECK, BESIDE, BESIDE_WIDTH, top - 2.0)?;
    tags.push(paragraph(ids));
    let (ids, _) = both(sheet, wording::HOW_TO_CHECK, SMALL, BESIDE, BESIDE_WIDTH, end + 2.0)?;
    tags.push(paragraph(ids));
    let place = Rect::from_xywh(MARGIN, top, CODE, CODE).map(|place| BBox::new(0, place));
    tags.push(TagGroup::with_children(Tag::Figure(Some(wording::CODE.to_owned())).with_bbox(place), vec![figure.into()]));
    Ok(tags)
}

type Ids = [krilla::tagging::Identifier; 2];

fn paragraph(ids: Ids) -> TagGroup {
    TagGroup::with_children(Tag::P, ids.map(Into::into).into())
}

/// A text that is the same on every certificate, in both columns. Tells where the longer one ends.
fn both(sheet: &mut Sheet<'_>, text: Both, style: Style, left: [f32; 2], width: f32, top: f32) -> Result<(Ids, f32), Fault> {
    side_by_side(sheet, [text.kazakh, text.russian], style, left, width, top, WORDING)
}

fn side_by_side(
    sheet: &mut Sheet<'_>,
    texts: [&str; 2],
    style: Style,
    left: [f32; 2],
    width: f32,
    top: f32,
    field: &'static str,
) -> Result<(Ids, f32), Fault> {
    if field != WORDING && texts.iter().any(|text| text.chars().count() > LONGEST) {
        return Err(Fault::TooLong(field));
    }
    let [kazakh, russian] = texts;
    let blocks = (block(kazakh, style, width, field)?, block(russian, style, width, field)?);
    let mut write = |block, left, language| sheet.write(block, [left, top], Some(language)).ok_or(Fault::Unprintable(field));
    let ids = [write(&blocks.0, left[0], LANGUAGES[0])?, write(&blocks.1, left[1], LANGUAGES[1])?];
    Ok((ids, top + blocks.0.height().max(blocks.1.height())))
}

/// A text as it is printed: composed letters, and of a length that there is room for.
fn block(text: &str, style: Style, width: f32, field: &'static str) -> Result<Block, Fault> {
    let text: String = text.nfc().collect();
    Block::new(&text, style, width).ok_or(Fault::Unprintable(field))
}

/// A row that has a value, broken into lines.
struct Set {
    row: Row,
    called: [Block; 2],
    value: Block,
}

impl Set {
    fn of(row: Row, certificate: &Certificate, several_lines: Style) -> Option<Result<Self, Fault>> {
        let value = (row.value)(certificate);
        (!value.is_empty()).then(|| Self::new(row, &value, several_lines))
    }

    fn new(row: Row, text: &str, several_lines: Style) -> Result<Self, Fault> {
        if text.chars().count() > LONGEST {
            return Err(Fault::TooLong(row.field));
        }
        if text.contains('\n') {
            return Err(Fault::Unprintable(row.field));
        }
        let width = RIGHT - TABLE[2];
        let mut value = block(text, if row.large { LARGE } else { VALUE }, width, row.field)?;
        if row.large && value.height() > LARGE.leading {
            value = block(text, several_lines, width, row.field)?;
        }
        let called = |text, column: f32| block(text, CALLED, column - 6.0, row.field);
        let called = [called(row.called.kazakh, TABLE[1] - TABLE[0])?, called(row.called.russian, TABLE[2] - TABLE[1])?];
        Ok(Self { row, called, value })
    }
}

/// The table of what is certified. Its rows share the room that there is, neither crowded nor scattered.
fn table(sheet: &mut Sheet<'_>, certificate: &Certificate, top: f32, bottom: f32) -> Result<TagGroup, Fault> {
    let mut fitting = None;
    for several_lines in SEVERAL_LINES {
        let rows = wording::ROWS.into_iter().filter_map(|row| Set::of(row, certificate, several_lines));
        let rows: Vec<Set> = rows.collect::<Result<_, _>>()?;
        let text: f32 = rows.iter().map(|row| row.value.height()).sum();
        let count: f32 = rows.iter().map(|_| 1.0).sum();
        let space = (bottom - top - text) / (2.0 * count);
        if space >= CROWDED {
            fitting = Some((rows, space.min(SCATTERED)));
            break;
        }
    }
    let (rows, space) = fitting.ok_or(Fault::TooLong("what is certified"))?;
    let mut table = TagGroup::new(Tag::Table);
    let mut y = top;
    sheet.fill([MARGIN, y, RIGHT - MARGIN, 0.8], ACCENT);
    for Set { row, called, value } in rows {
        y += space;
        // What a row is called stands on the base line of its value.
        let mut tags = TagGroup::new(Tag::TR);
        for ((called, left), language) in called.iter().zip(TABLE).zip(LANGUAGES) {
            let id =
                sheet.write(called, [left, y + value.ascent() - called.ascent()], Some(language)).ok_or(Fault::Unprintable(row.field))?;
            tags.push(TagGroup::with_children(Tag::TH(TableHeaderScope::Row), vec![id.into()]));
        }
        let id = sheet.write(&value, [TABLE[2], y], None).ok_or(Fault::Unprintable(row.field))?;
        tags.push(TagGroup::with_children(Tag::TD, vec![id.into()]));
        table.push(tags);
        y += value.height() + space;
        sheet.fill([MARGIN, y, RIGHT - MARGIN, 0.5], LINE);
    }
    Ok(table)
}

//! Letters: two cuts of `DejaVu Sans Condensed`, which has every letter of Kazakh, Russian and the Latin scripts, and a licence that lets it be embedded in
//! a document (<https://dejavu-fonts.github.io/License.html>). Both come compiled into the program, so a certificate looks the same on every machine.
//!
//! The scripts that are set here need no shaping: a character is a glyph and lines run from left to right. Text of another kind is refused rather than set
//! wrongly.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{
    FontRef, MetadataProvider as _,
    instance::{LocationRef, Size},
};

/// A cut of the font.
pub(super) struct Face {
    pub(super) font: Font,
    glyphs: FontRef<'static>,
    units_per_em: f32,
}

static REGULAR: LazyLock<Option<Face>> = LazyLock::new(|| Face::of(dejavu::sans_condensed::regular()));
static BOLD: LazyLock<Option<Face>> = LazyLock::new(|| Face::of(dejavu::sans_condensed::bold()));

/// Scripts that run from right to left, or that need shaping; the fonts have letters of some.
const REFUSED: [std::ops::RangeInclusive<char>; 7] = [
    '\u{0590}'..='\u{08ff}',
    '\u{0900}'..='\u{109f}',
    '\u{1700}'..='\u{1cff}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{fb1d}'..='\u{feff}',
];

impl Face {
    fn of(data: &'static [u8]) -> Option<Self> {
        let font = Font::new(data.into(), 0)?;
        let units_per_em = font.units_per_em();
        Some(Self { font, glyphs: FontRef::new(data).ok()?, units_per_em })
    }

    /// The ordinary cut.
    pub(super) fn regular() -> Option<&'static Self> {
        REGULAR.as_ref()
    }

    /// The bold cut.
    pub(super) fn bold() -> Option<&'static Self> {
        BOLD.as_ref()
    }

    /// The glyphs of one line. None when a character cannot be set.
    pub(super) fn glyphs(&self, line: &str) -> Option<Vec<KrillaGlyph>> {
        let charmap = self.glyphs.charmap();
        let metrics = self.glyphs.glyph_metrics(Size::unscaled(), LocationRef::default());
        let glyph = |(at, character): (usize, char)| {
            let settable = !character.is_control() && !REFUSED.iter().any(|range| range.contains(&character));
            let glyph = charmap.map(character).filter(|_| settable)?;
            let advance = metrics.advance_width(glyph)? / self.units_per_em;
            let text = at..at + character.len_utf8();
            Some(KrillaGlyph::new(GlyphId::new(glyph.to_u32()), advance, 0.0, 0.0, 0.0, text, None))
        };
        line.char_indices().map(glyph).collect()
    }

    /// How wide a line is, without the spaces at its end. None when a character cannot be set.
    pub(super) fn width(&self, line: &str, size: f32) -> Option<f32> {
        Some(self.glyphs(line.trim_end_matches(' '))?.iter().map(|glyph| glyph.x_advance * size).sum())
    }

    /// Breaks a text into lines that are no wider than asked: after spaces and hyphens, and inside a word only where a word is wider than a line. A space stays
    /// at the end of its line, so that who copies the text gets words. None when a character cannot be set.
    pub(super) fn wrap(&self, text: &str, size: f32, width: f32) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        for paragraph in text.replace('\n', " \n").split('\n') {
            let mut line = String::new();
            for word in words(paragraph) {
                if self.width(&format!("{line}{word}"), size)? <= width {
                    line.push_str(&word);
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                for character in word.chars() {
                    if !line.is_empty() && self.width(&format!("{line}{character}"), size)? > width {
                        lines.push(std::mem::take(&mut line));
                    }
                    line.push(character);
                }
            }
            lines.push(line);
        }
        Some(lines)
    }
}

/// What may not be broken: words up to their space or hyphen, and a word of one letter together with the next one, as Russian typesetting wants it.
fn words(paragraph: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in paragraph.split_inclusive([' ', '-']) {
        match words.last_mut().filter(|last| last.chars().count() == 2 && last.ends_with(' ')) {
            Some(last) => last.push_str(word),
            None => words.push(word.to_owned()),
        }
    }
    words
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Face")
    }
}

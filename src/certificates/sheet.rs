//! A page to write on: text in a style, rules, panels and a code, each marked with what it is, so that a reading machine reads the text and passes over the rest
//! (ISO 14289-1, 7.1).

use fast_qr::QRCode;
use krilla::{
    color::rgb,
    geom::{Path, PathBuilder, Point, Rect, Transform},
    num::NormalizedF32,
    paint::Fill,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag},
};

use super::letters::Face;

/// How a text is set. Sizes are in points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) size: f32,
    /// From one base line to the next.
    pub(super) leading: f32,
    pub(super) colour: Colour,
}

/// Red, green and blue.
pub(super) type Colour = [u8; 3];

/// A text that has been broken into lines.
#[derive(Debug)]
pub(super) struct Block {
    lines: Vec<String>,
    style: Style,
    face: &'static Face,
}

impl Block {
    /// None when a character cannot be set.
    pub(super) fn new(text: &str, style: Style, width: f32) -> Option<Self> {
        let face = if style.bold { Face::bold() } else { Face::regular() }?;
        Some(Self { lines: face.wrap(text, style.size, width)?, style, face })
    }

    /// How high it is: a leading for every line.
    pub(super) fn height(&self) -> f32 {
        self.lines.iter().map(|_| self.style.leading).sum()
    }

    /// From the top of the block to its first base line: the letters stand in the middle of their leading.
    pub(super) fn ascent(&self) -> f32 {
        // Capitals of DejaVu are 0.73 em high.
        f32::midpoint(self.style.leading, 0.73 * self.style.size)
    }
}

/// The page.
pub(super) struct Sheet<'a>(Surface<'a>);

impl<'a> Sheet<'a> {
    pub(super) fn new(surface: Surface<'a>) -> Self {
        Self(surface)
    }

    /// Writes a block with its top left corner at a point. None when a character cannot be set.
    pub(super) fn write(&mut self, block: &Block, [left, top]: [f32; 2], language: Option<&str>) -> Option<Identifier> {
        let lines: Vec<_> = block.lines.iter().map(|line| block.face.glyphs(line)).collect::<Option<_>>()?;
        let id = self.0.start_tagged(ContentTag::Span(SpanTag::empty().with_lang(language)));
        self.0.set_fill(Some(fill(block.style.colour)));
        let mut base = top + block.ascent();
        for (line, glyphs) in block.lines.iter().zip(&lines) {
            self.0.draw_glyphs(Point::from_xy(left, base), glyphs, block.face.font.clone(), line, block.style.size, false);
            base += block.style.leading;
        }
        self.0.end_tagged();
        Some(id)
    }

    /// Fills a rectangle that means nothing: a rule, a panel.
    pub(super) fn fill(&mut self, [left, top, width, height]: [f32; 4], colour: Colour) {
        let Some(rect) = Rect::from_xywh(left, top, width, height) else { return };
        let mut path = PathBuilder::new();
        path.push_rect(rect);
        self.0.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
        self.0.set_fill(Some(fill(colour)));
        if let Some(path) = path.finish() {
            self.0.draw_path(&path);
        }
        self.0.end_tagged();
    }

    /// Draws a code with its top left corner at a point, its quiet zone not counted. None for a code without dark modules, which there is not.
    pub(super) fn code(&mut self, code: &QRCode, [left, top]: [f32; 2], width: f32, colour: Colour) -> Option<Identifier> {
        let path = modules(code)?;
        let module = width / coordinate(code.size)?;
        let id = self.0.start_tagged(ContentTag::Other);
        self.0.push_transform(&Transform::from_row(module, 0.0, 0.0, module, left, top));
        self.0.set_fill(Some(fill(colour)));
        self.0.draw_path(&path);
        self.0.pop();
        self.0.end_tagged();
        Some(id)
    }

    /// Ends the page.
    pub(super) fn finish(self) {
        self.0.finish();
    }
}

/// One path for the whole code, and one rectangle for neighbouring dark modules, so that no viewer shows seams. A module is one unit wide.
fn modules(code: &QRCode) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one.value() == next.value()) {
            if run.first()?.value() {
                path.push_rect(Rect::from_xywh(coordinate(x)?, coordinate(y)?, coordinate(run.len())?, 1.0)?);
            }
            x += run.len();
        }
    }
    path.finish()
}

fn coordinate(at: usize) -> Option<f32> {
    Some(f32::from(u16::try_from(at).ok()?))
}

fn fill([red, green, blue]: Colour) -> Fill {
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, ..Fill::default() }
}

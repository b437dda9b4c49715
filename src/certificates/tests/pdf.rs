//! Reads back as much of a PDF as the tests ask: its streams, and the text of its page through the fonts' own tables (ISO 32000-1, 9.10.3).

use std::{collections::HashMap, io::Read as _};

use flate2::read::ZlibDecoder;

/// A file taken apart.
pub(super) struct Pdf {
    /// Everything outside streams.
    pub(super) objects: String,
    /// The streams, inflated, each with its dictionary.
    pub(super) streams: Vec<(String, Vec<u8>)>,
}

impl Pdf {
    pub(super) fn read(file: &[u8]) -> Self {
        let (mut objects, mut streams, mut rest) = (String::new(), Vec::new(), file);
        while let Some(at) = find(rest, b"stream\n") {
            let (before, after) = (String::from_utf8_lossy(&rest[..at]).into_owned(), &rest[at + 7..]);
            let dictionary = before.rsplit(" 0 obj").next().unwrap().to_owned();
            let length: usize = number_after(&dictionary, "/Length ").unwrap();
            let mut contents = after[..length].to_vec();
            if dictionary.contains("/FlateDecode") {
                contents.clear();
                ZlibDecoder::new(&after[..length]).read_to_end(&mut contents).unwrap();
            }
            objects.push_str(&before);
            streams.push((dictionary, contents));
            rest = &after[length + b"\nendstream".len()..];
        }
        objects.push_str(&String::from_utf8_lossy(rest));
        Self { objects, streams }
    }

    /// The metadata packet.
    pub(super) fn metadata(&self) -> String {
        let packet = self.streams.iter().find(|(dictionary, _)| dictionary.contains("/Metadata")).unwrap();
        String::from_utf8(packet.1.clone()).unwrap()
    }

    /// The instructions that draw the page.
    pub(super) fn page(&self) -> String {
        let page = self.streams.iter().map(|(_, contents)| String::from_utf8_lossy(contents)).find(|contents| contents.contains("/MCID 0"));
        page.unwrap().into_owned()
    }

    /// The text of the page, a line for every line that was drawn.
    pub(super) fn text(&self) -> Vec<String> {
        let tables: Vec<_> =
            self.streams.iter().filter(|(dictionary, _)| dictionary.contains("/CMap")).map(|(_, table)| letters(table)).collect();
        let (mut lines, mut font) = (Vec::new(), 0);
        for instruction in self.page().split("]TJ") {
            if let Some(at) = instruction.rfind("/f") {
                font = number_after(&instruction[at..], "/f").unwrap();
            }
            let Some((_, glyphs)) = instruction.split_once("Tm[") else { continue };
            lines.push(pairs(&bytes(glyphs)).map(|glyph| tables[font][&glyph]).collect());
        }
        lines
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn number_after(text: &str, what: &str) -> Option<usize> {
    let digits: String = text.split_once(what)?.1.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn pairs(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair))
}

/// The strings of an array, joined: `(\000\001)` or `<0001>`.
fn bytes(array: &str) -> Vec<u8> {
    let (mut bytes, mut characters) = (Vec::new(), array.chars().peekable());
    while let Some(opening) = characters.next() {
        match opening {
            '<' => {
                let hex: String = characters.by_ref().take_while(|character| *character != '>').collect();
                bytes.extend((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()));
            }
            '(' => {
                // Parentheses inside a string are balanced or escaped.
                let mut depth = 0;
                while let Some(character) = characters.next() {
                    match character {
                        ')' if depth == 0 => break,
                        ')' => depth -= 1,
                        '(' => depth += 1,
                        _ => {}
                    }
                    bytes.push(if character == '\\' { escaped(&mut characters) } else { u8::try_from(character).unwrap() });
                }
            }
            _ => {}
        }
    }
    bytes
}

fn escaped(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> u8 {
    match characters.next().unwrap() {
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'b' => 8,
        'f' => 12,
        first if first.is_digit(8) => {
            let mut octal = String::from(first);
            while octal.len() < 3 && characters.peek().is_some_and(|next| next.is_digit(8)) {
                octal.extend(characters.next());
            }
            u8::from_str_radix(&octal, 8).unwrap()
        }
        other => u8::try_from(other).unwrap(),
    }
}

/// Which letter a glyph is, from the lines `<0001> <0420>` of a font's table.
fn letters(table: &[u8]) -> HashMap<u16, char> {
    let table = String::from_utf8_lossy(table);
    let lines = table.lines().filter_map(|line| line.strip_prefix('<')?.strip_suffix('>')?.split_once("> <"));
    let code = |hex: &str| u16::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 4);
    lines.filter_map(|(glyph, letter)| Some((code(glyph)?, char::from_u32(code(letter)?.into())?))).collect()
}

//! What a single character is to the normaliser.

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};

/// The part a character plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and digits of any script.
    Letter,
    /// Zero-width characters, marks, direction controls.
    Ignored,
    /// A picture that counts as a word.
    Picture,
    /// Any of the signs that people type for an apostrophe.
    Apostrophe,
    /// A sign that stands for a letter inside a word: `@ $ ! * |`.
    Stand,
    /// A double quotation mark.
    Quote,
    /// The end of a sentence.
    Stop,
    /// A comma, a bracket, a dash, a line break.
    Clause,
    /// White space.
    Space,
    /// Anything else.
    Sign,
}

/// What one character may become; a few ligatures of whole phrases unfold into far more.
const UNFOLDED: usize = 3;

/// Takes a character apart (NFKD), marks left out. Hangul stays whole.
pub(super) fn decompose(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() || ('\u{ac00}'..='\u{d7a3}').contains(&c) {
        each(c);
        return;
    }
    if is_ignored(c) {
        return;
    }
    let nfkd = const { DecomposingNormalizerBorrowed::new_nfkd() };
    nfkd.normalize_iter(std::iter::once(c)).take(UNFOLDED).filter(|&part| !is_mark(part)).for_each(&mut each);
}

/// Whether `c` only changes the letter before it.
pub(super) fn is_mark(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let classes = const { CanonicalCombiningClassMapBorrowed::new() };
    classes.get_u8(c) != 0 || ('\u{20d0}'..='\u{20ff}').contains(&c)
}

/// Whether `c` is of a script that is written without spaces between words: Han, Hiragana, Katakana.
pub(super) const fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}' | '\u{3005}')
}

/// Sorts a character that was taken apart.
pub(super) fn kind_of(c: char) -> Kind {
    match c {
        '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | '′' | '‛' => Kind::Apostrophe,
        '@' | '$' | '!' | '*' | '|' | '€' => Kind::Stand,
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' => Kind::Quote,
        '.' | '?' | '…' | '。' | '！' | '¿' | '¡' | '؟' | '।' | '۔' => Kind::Stop,
        ',' | ';' | ':' | '(' | ')' | '[' | ']' | '–' | '—' | '\n' | '\r' | '、' => Kind::Clause,
        _ if c.is_whitespace() => Kind::Space,
        _ if c.is_alphanumeric() => Kind::Letter,
        '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' => Kind::Picture,
        _ if is_ignored(c) => Kind::Ignored,
        _ => Kind::Sign,
    }
}

/// Whether nobody sees it: zero-width characters, direction controls, variation selectors, tags.
pub(crate) const fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}' | '\0'..='\u{8}')
}

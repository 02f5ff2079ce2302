//! Whether a sentence is in a language that the rules can judge. Cheap: script and function words, no model.

use std::collections::HashSet;

use super::fold::Words;

/// Fewer words than this say too little about their language.
const ENOUGH_WORDS: usize = 4;

/// Function words that only languages without rules have. Only Latin script: other scripts show by themselves.
const OTHERS: [&str; 75] = [
    "ale", "allora", "anche", "au", "aux", "avec", "bir", "bu", "ce", "che", "ci", "como", "con", "cuando",
    "dans", "de", "del", "della", "deve", "di", "dla", "e", "el", "ela", "elle", "esta", "estas", "est",
    "et", "eu", "het", "hij", "ho", "il", "ile", "ils", "jag", "je", "jest", "jij", "la", "las", "le", "les",
    "lo", "los", "mais", "mi", "moi", "muy", "nao", "nie", "niet", "non", "nous", "och", "para", "pas",
    "pero", "por", "pour", "que", "qui", "sei", "sin", "sono", "sur", "tu", "una", "un", "une", "van",
    "vous", "voce", "y",
];

/// Whether the words from `from` on are in a language that has no rules. `covered` are the function words of those that have.
pub(crate) fn is_uncovered(words: &Words, from: usize, covered: &HashSet<String>) -> bool {
    let Some(&start) = words.starts.get(from) else { return false };
    let (mut latin, mut foreign) = (0_usize, 0_usize);
    for c in words.line.get(start..).unwrap_or_default().chars().filter(|c| c.is_alphabetic()) {
        if is_latin(c) { latin += 1 } else { foreign += 1 }
    }
    if foreign >= ENOUGH_WORDS && foreign * 3 > latin {
        return true;
    }
    let count = words.len() - from;
    if count < ENOUGH_WORDS {
        return false;
    }
    let (mut known, mut other, mut numbers) = (0_usize, 0_usize, 0_usize);
    for word in (from..words.len()).map(|index| words.word(index)) {
        known += usize::from(covered.contains(word));
        other += usize::from(OTHERS.contains(&word));
        numbers += usize::from(word.chars().all(|c| c.is_numeric()));
    }
    if count - numbers < ENOUGH_WORDS {
        return false;
    }
    known == 0 || (other >= 2 && other > known) || (count >= 8 && known * 8 < count)
}

const fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

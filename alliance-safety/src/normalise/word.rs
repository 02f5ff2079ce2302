//! Folds one word: look-alike letters, digits for letters, repeats, German vowels.

/// Which scripts the words of a text are in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scripts {
    mixed: bool,
    foreign: bool,
}

impl Scripts {
    /// Looks over all words of a text.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut scripts = Self::default();
        for word in words.filter(|w| !w.is_ascii()) {
            let latin = word.chars().any(is_latin);
            let alike = word.chars().any(|c| !is_latin(c) && look_alike(c).is_some());
            scripts.mixed |= latin && alike;
            scripts.foreign |= !latin && word.chars().any(|c| c.is_alphabetic() && look_alike(c).is_none());
        }
        scripts
    }

    /// A word is folded when it mixes scripts; one made of look-alikes only, when another word
    /// mixes them and no word of the text is truly in the other script.
    fn folds(self, word: &str) -> bool {
        word.chars().any(is_latin) || (self.mixed && !self.foreign)
    }
}

/// Whether a word mixes letters with digits or signs that stand for letters.
pub(super) fn is_leet(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && word.chars().any(|c| !c.is_alphabetic())
}

/// How much of a word folding takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// Repeats become one letter, the two-letter spelling of an umlaut its vowel.
    Tight,
    /// Only what nobody spells: three equal letters or more.
    Loose,
}

/// Appends the folded word to `out` and says whether it mixed letters with digits or signs.
pub(super) fn fold_word(
    word: &str,
    (scripts, beside_leet): (Scripts, bool),
    fold: Fold,
    out: &mut String,
) -> bool {
    let alike = !word.is_ascii() && scripts.folds(word);
    let leet = is_leet(word);
    let stands = leet || (beside_leet && matches!(word, "1" | "4"));
    let start = out.len();
    let mut before = None;
    let mut digit = None;
    for typed in word.chars() {
        let c = if alike { look_alike(typed).unwrap_or(typed) } else { typed };
        let c = if stands && !c.is_alphabetic() {
            let letter = stands_for(c, if digit == before || before == Some('i') { before } else { None });
            digit = letter;
            match letter {
                Some(letter) => letter,
                None => continue,
            }
        } else {
            digit = None;
            c
        };
        match c {
            'ß' if fold == Fold::Loose => out.push_str("ss"),
            _ if fold == Fold::Loose => push_loose(out, start, c),
            'ß' => push(out, start, 's', &mut before),
            'æ' => push(out, start, 'a', &mut before),
            'ø' | 'œ' => push(out, start, 'o', &mut before),
            'ł' => push(out, start, 'l', &mut before),
            'đ' => push(out, start, 'd', &mut before),
            'ı' => push(out, start, 'i', &mut before),
            // The two-letter spelling of an umlaut, and harmless elsewhere: patterns fold alike.
            'e' if matches!(before, Some('a' | 'o' | 'u')) => {}
            _ => push(out, start, c, &mut before),
        }
    }
    leet
}

fn push(out: &mut String, start: usize, c: char, before: &mut Option<char>) {
    if *before == Some(c) && c.is_alphabetic() && out.len() > start {
        return;
    }
    out.push(c);
    *before = Some(c);
}

fn push_loose(out: &mut String, start: usize, c: char) {
    let run =
        out.get(start..).unwrap_or_default().chars().rev().take_while(|&before| before == c).take(2).count();
    match (run, c) {
        (2, 'a' | 'e' | 'i' | 'o' | 'u') => {
            out.pop();
        }
        (2, _) => {}
        _ => out.push(c),
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'ß'..='\u{24f}')
}

/// The letter that a digit or sign stands for; `None` drops it.
const fn stands_for(c: char, before: Option<char>) -> Option<char> {
    Some(match c {
        '0' => 'o',
        // After an i it is an l: `ki11`.
        '1' | '|' => match before {
            Some('i' | 'l') => 'l',
            _ => 'i',
        },
        '!' => 'i',
        '2' => 'z',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' => 't',
        '8' => 'b',
        '*' => return None,
        _ => c,
    })
}

/// Cyrillic and Greek letters that look like Latin ones (the part of UTS 39 that words need).
pub(crate) const fn look_alike(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' => 'a',
        'в' | 'ь' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'є' | 'ε' => 'e',
        'ԍ' => 'g',
        'һ' | 'н' | 'η' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'п' => 'n',
        'о' | 'ο' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        _ => return None,
    })
}

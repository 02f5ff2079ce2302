//! From text to words, as the vocabulary of the vectors was made: decomposed, without marks, lower-cased, parted at
//! everything that is neither letter nor digit.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The words of a text in order, one after the other into `found`. Each is at most [`LONGEST`] characters; what is
/// longer is handed on empty.
pub(super) fn words(text: &str, mut found: impl FnMut(&str)) {
    let (mut word, mut length) = (String::new(), 0_usize);
    for letter in DecomposingNormalizerBorrowed::new_nfd().normalize_iter(text.chars()).chain([' ']) {
        if is_mark(letter) {
            continue;
        }
        // Scripts without spaces have no words that could be told apart: each letter is one.
        let alone = is_ideograph(letter);
        if (alone || !letter.is_alphanumeric()) && length > 0 {
            found(if length > LONGEST { "" } else { &word });
            word.clear();
            length = 0;
        }
        if letter.is_alphanumeric() && !alone {
            length += 1;
            if length <= LONGEST {
                word.extend(letter.to_lowercase());
            }
        }
    }
}

/// How many characters a word may have. The model's own tokeniser knows no longer one either.
pub(super) const LONGEST: usize = 100;

/// Marks that stand on a Latin letter. The letters of other scripts are in no vocabulary, with or without theirs.
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters of Chinese, of which the model's tokeniser makes a word each.
const fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        words(text, |word| all.push(word.to_owned()));
        all
    }

    #[test]
    fn words_are_lower_case_and_bare() {
        assert_eq!(read("My café's CLOSED—on 5th!"), ["my", "cafe", "s", "closed", "on", "5th"]);
        assert_eq!(read("u\u{308}ber ÜBER İzmir"), ["uber", "uber", "izmir"]);
        assert!(read("").is_empty() && read(" … 😀 \u{0}\u{301}").is_empty());
        assert_eq!(read("go 去那里 go"), ["go", "go"]);
    }

    #[test]
    fn a_word_without_end_is_none() {
        let text = format!("a {} b {}", "x".repeat(100_000), "y".repeat(LONGEST));
        assert_eq!(read(&text), ["a", "", "b", &"y".repeat(LONGEST)]);
    }
}

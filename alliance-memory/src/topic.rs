//! Topics that are found by the words by which recall finds.

use alliance_core::store::Terms;

use crate::recall::scan;

/// Compares words as [`Recall`](crate::Recall) does, so that what a word brings back can be erased by it.
///
/// ```
/// use alliance_core::store::{Forget, Topic};
/// use alliance_memory::RecallTerms;
///
/// let sister = Topic::new("my sisters", RecallTerms).map(Forget::About);
/// assert!(sister.is_some());
/// assert!(Topic::new("this and that", RecallTerms).is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct RecallTerms;

impl Terms for RecallTerms {
    fn terms(&self, text: &str, found: &mut dyn FnMut(&str)) {
        scan(text, |term| found(term));
    }
}

#[cfg(test)]
mod tests {
    use alliance_core::store::Topic;

    use super::*;

    #[test]
    fn a_topic_is_found_by_any_form_of_its_words_in_both_languages() {
        let table = [
            ("my sister", "Both SISTERS came.", true),
            ("sister Anna", "Anna is my sister.", true),
            ("sister Anna", "My sister came alone.", false),
            ("Mütter", "Meine Mutter rief an.", true),
            ("der Kollege", "Die Kollegen waren laut.", true),
            ("Straße", "in den Strassen", true),
            ("Hamburg", "I like Bremen.", false),
            ("job", "Hiob", false),
        ];
        for (words, text, found) in table {
            let topic = Topic::new(words, RecallTerms).unwrap();
            assert_eq!(topic.is_in_text(text), found, "{words}: {text}");
        }
    }

    #[test]
    fn words_without_content_name_nothing() {
        for words in ["", "  ", "and the", "und der", "?!"] {
            assert_eq!(Topic::new(words, RecallTerms), None, "{words}");
        }
    }
}

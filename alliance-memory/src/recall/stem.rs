//! Stems by language: Snowball, so that forms of a word meet.

use std::{borrow::Cow, sync::LazyLock};

use alliance_core::safety::Locale;
use rust_stemmers::{Algorithm, Stemmer};

static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));
static GERMAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::German));

/// The stem of a lower-cased word without diacritics.
pub(crate) fn stem(word: &str, locale: Locale) -> Cow<'_, str> {
    // Snowball knows Latin letters only, and a number has no forms.
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    match locale {
        Locale::De => GERMAN.stem(word),
        _ => ENGLISH.stem(word),
    }
}

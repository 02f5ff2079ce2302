//! A small reader of SPDX licence expressions: names, `AND`, `OR`, parentheses, and the old `/` for `OR`.

/// Licences that ask for no more than that their text comes along.
const PERMISSIVE: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Whether `expression` can be met with permissive licences alone. What cannot be read cannot be met.
pub(crate) fn is_permissive(expression: &str) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words) == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>) -> Option<bool> {
    let mut met = both(words)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words)?;
    }
    Some(met)
}

fn both(words: &mut Words<'_>) -> Option<bool> {
    let mut met = one(words)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words)?;
    }
    Some(met)
}

fn one(words: &mut Words<'_>) -> Option<bool> {
    if words.next_if_eq(&"(").is_some() {
        let met = either(words)?;
        return words.next_if_eq(&")").map(|_| met);
    }
    let known = PERMISSIVE.contains(&words.next()?);
    // An exception is text that nobody here has read.
    let excepted = words.next_if_eq(&"WITH").is_some() && words.next().is_some();
    Some(known && !excepted)
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    for met in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
        assert!(is_permissive(met), "{met}");
    }
    let not_met =
        ["", "none", "MIT AND GPL-3.0-only", "MIT OR", "(MIT", "MIT)", "Apache-2.0 WITH LLVM-exception"];
    for not_met in not_met {
        assert!(!is_permissive(not_met), "{not_met}");
    }
}

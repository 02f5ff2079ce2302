//! Words of a guard.

use super::GuardError;

/// A word of a guard, and the byte where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) at: usize,
    pub(super) kind: TokenKind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'a> {
    Int(i64),
    Name(&'a str),
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`, `+`, `-`, `(`, `)`
    Sign(&'static str),
    End,
}

/// Longer signs first, so that `<=` is not `<`.
const SIGNS: [&str; 10] = ["==", "!=", "<=", ">=", "<", ">", "+", "-", "(", ")"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, GuardError> {
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
        } else if first.is_ascii_digit() {
            let length = run(rest, |c| c.is_ascii_digit());
            let Ok(value) = rest[..length].parse() else {
                return Err(GuardError::new(at, format!("`{}` is too large a number", &rest[..length])));
            };
            found.push(Token { at, kind: TokenKind::Int(value) });
            at += length;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = run(rest, |c| c.is_ascii_alphanumeric() || c == '_');
            found.push(Token { at, kind: TokenKind::Name(&rest[..length]) });
            at += length;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            found.push(Token { at, kind: TokenKind::Sign(sign) });
            at += sign.len();
        } else {
            let hint = match first {
                '=' => "; write `==` to compare",
                '&' => "; write `and`",
                '|' => "; write `or`",
                '!' => "; write `not`",
                _ => "",
            };
            return Err(GuardError::new(at, format!("a guard has no `{first}`{hint}")));
        }
    }
    found.push(Token { at: text.len(), kind: TokenKind::End });
    Ok(found)
}

fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !of(c)).unwrap_or(text.len())
}

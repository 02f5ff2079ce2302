//! Ratings and numbers: figures, number words, halves, ranges, percentages, "seven out of ten".

use std::{fmt, ops::Range};

use crate::{definition::Better, pack::Pack};

/// What a number is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) min: i64,
    pub(crate) max: i64,
    /// Halves and ranges are rounded to the side that is worse for the person, so that nobody is taken to be
    /// better than they said.
    pub(crate) better: Better,
    /// Whether it is a scale: percentages and fractions are read as a part of it, and "3 hours" is none of it.
    pub(crate) rating: bool,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// A value in range.
    Value(i64),
    /// One number, and it is out of range.
    Outside,
    /// No number, or several that do not fit together.
    None,
}

/// Tokens that are looked at.
const MOST_TOKENS: usize = 400;

/// A part of what was said. `Debug` shows no words.
#[derive(Clone, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Sign(char),
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(_) => f.write_str("Number(..)"),
            Self::Word(word) => write!(f, "Word({} bytes)", word.len()),
            Self::Sign(_) => f.write_str("Sign(..)"),
        }
    }
}

struct Found {
    value: f64,
    percent: bool,
    over: Option<f64>,
    tokens: Range<usize>,
}

/// The number that is meant. "between 6 and 7" and "6 or 7" are the middle, rounded to the worse side.
pub(crate) fn number(said: &str, scale: Scale, pack: &Pack) -> Figure {
    let tokens = tokens(said, pack);
    let found = found(&tokens, scale, pack);
    let value = match &found[..] {
        [one] => placed(one, scale),
        [first, second] => {
            let (low, high) = (placed(first, scale), placed(second, scale));
            let between = &tokens[first.tokens.end..second.tokens.start];
            // "70 to 75 %": the sign counts for both, wherever it stands.
            let low = if second.percent && !first.percent { share(first.value, scale) } else { low };
            let high = if first.percent && !second.percent { share(second.value, scale) } else { high };
            match link(between, &tokens[..first.tokens.start], pack) {
                Link::Range => f64::midpoint(low, high),
                Link::Rather => high,
                Link::None if (low - high).abs() < f64::EPSILON => low,
                Link::None => return Figure::None,
            }
        }
        _ => return Figure::None,
    };
    let rounded = match scale.better {
        Better::Up => value.floor(),
        Better::Down => value.ceil(),
    };
    #[expect(clippy::cast_precision_loss, reason = "scales are small")]
    let inside = value >= scale.min as f64 && value <= scale.max as f64;
    #[expect(clippy::cast_possible_truncation, reason = "it is inside of the scale")]
    if inside { Figure::Value(rounded as i64) } else { Figure::Outside }
}

#[derive(PartialEq, Eq)]
enum Link {
    Range,
    Rather,
    None,
}

fn link(between: &[Token], before: &[Token], pack: &Pack) -> Link {
    let numbers = &pack.numbers;
    let dash = |token: &Token| matches!(token, Token::Sign('-' | '–' | '—' | '/'));
    let opens = before.last().is_some_and(|token| is(token, &numbers.between));
    let comma = |token: &Token| *token == Token::Sign(',');
    if between.iter().any(|token| is(token, &numbers.rather)) {
        return Link::Rather;
    }
    let joins = |token: &Token| {
        dash(token) || comma(token) || is(token, &numbers.range) || opens && is(token, &pack.words.and)
    };
    let only_commas = between.iter().all(comma);
    if between.iter().all(joins) && !only_commas { Link::Range } else { Link::None }
}

fn placed(found: &Found, scale: Scale) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "scales are small")]
    let max = scale.max as f64;
    match found.over {
        Some(over) if scale.rating && over > 0.0 && (over - max).abs() > f64::EPSILON => {
            found.value / over * max
        }
        _ if found.percent && scale.rating => share(found.value, scale),
        _ => found.value,
    }
}

#[expect(clippy::cast_precision_loss, reason = "scales are small")]
fn share(percent: f64, scale: Scale) -> f64 {
    if !scale.rating {
        return percent;
    }
    scale.min as f64 + percent / 100.0 * (scale.max - scale.min) as f64
}

fn found(tokens: &[Token], scale: Scale, pack: &Pack) -> Vec<Found> {
    let words = &pack.numbers;
    let has =
        |at: usize, list: &[String]| word(tokens, at).is_some_and(|word| list.iter().any(|w| w == word));
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let Some(mut value) = figure(tokens, at) else {
            at += 1;
            continue;
        };
        let start = at;
        at += 1;
        if let Some(length) = phrase(tokens, at, &words.half) {
            value += 0.5;
            at += length;
        }
        let mut percent = matches!(tokens.get(at), Some(Token::Sign('%'))) || has(at, &words.percent);
        percent |= phrase(tokens, at, &words.percent).is_some();
        at += phrase(tokens, at, &words.percent).unwrap_or(usize::from(percent));
        let of = phrase(tokens, at, &words.of)
            .or_else(|| matches!(tokens.get(at), Some(Token::Sign('/'))).then_some(1));
        let over = of.and_then(|length| figure(tokens, at + length));
        if let (Some(length), Some(_)) = (of, over) {
            at += length + 1;
        }
        let of_something_else = scale.rating && has(at, &words.other) && !percent && over.is_none();
        let negated = start > 0 && has(start - 1, &pack.words.not) && !has(start - 1, &words.rather);
        if !of_something_else && !negated {
            found.push(Found { value, percent, over, tokens: start..at });
        }
    }
    found
}

/// "one" and "ein" are a number only where they stand alone, or before another number: "one or two".
fn weak_ones(tokens: &mut [Token], pack: &Pack) {
    let numbers = &pack.numbers;
    let words = tokens.iter().filter(|token| !matches!(token, Token::Sign(_))).count();
    let alone = words <= 2 && !tokens.iter().any(|token| is(token, &pack.words.not) || figured(token));
    for at in 0..tokens.len() {
        let joins = phrase(tokens, at + 1, &numbers.of).or_else(|| phrase(tokens, at + 1, &numbers.range));
        let joins = joins.and_then(|length| tokens.get(at + 1 + length)).is_some_and(figured);
        if is(&tokens[at], &numbers.weak)
            && (alone || joins || phrase(tokens, at + 1, &numbers.percent).is_some())
        {
            tokens[at] = Token::Number(1.0);
        }
    }
}

fn is(token: &Token, list: &[String]) -> bool {
    matches!(token, Token::Word(word) if list.contains(word))
}

const fn figured(token: &Token) -> bool {
    matches!(token, Token::Number(_))
}

fn tokens(said: &str, pack: &Pack) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), said);
    // Where the last token is a number word that a unit may follow.
    let mut tens: Option<i64> = None;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = digits(rest);
            let negative = matches!(tokens.last(), Some(Token::Sign('-' | '−'))) && tokens.len() < 2;
            let value = rest[..length].replace(',', ".").parse().unwrap_or(f64::MAX);
            if negative {
                tokens.pop();
            }
            tokens.push(Token::Number(if negative { -value } else { value }));
            tens = None;
            length
        } else if first == '½' {
            match tokens.last_mut() {
                Some(Token::Number(value)) => *value += 0.5,
                _ => tokens.push(Token::Number(0.5)),
            }
            first.len_utf8()
        } else if first.is_alphabetic() {
            let length = rest.find(|c: char| !c.is_alphabetic() && c != '\'').unwrap_or(rest.len());
            let word = rest[..length].to_lowercase();
            tens = push_word(&mut tokens, word, tens, pack);
            length
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
                tens = tens.filter(|_| first == '-');
            }
            first.len_utf8()
        };
        rest = &rest[length..];
        if tokens.len() >= MOST_TOKENS {
            break;
        }
    }
    weak_ones(&mut tokens, pack);
    tokens
}

/// Adds a word, as a number where it is one. Gives the number if a unit may follow it.
fn push_word(tokens: &mut Vec<Token>, word: String, tens: Option<i64>, pack: &Pack) -> Option<i64> {
    let numbers = &pack.numbers;
    let value = numbers.words.get(&word).copied();
    if let (Some(tens), Some(unit)) = (tens, value)
        && numbers.joins(tens, unit)
    {
        tokens.truncate(tokens.len() - usize::from(tokens.last() == Some(&Token::Sign('-'))));
        tokens.pop();
        #[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
        tokens.push(Token::Number((tens + unit) as f64));
        return None;
    }
    if numbers.weak.contains(&word) {
        tokens.push(Token::Word(word));
        return None;
    }
    let half = || {
        let whole = numbers.half.iter().find_map(|half| word.strip_suffix(half.as_str()))?;
        numbers.words.get(whole).copied()
    };
    #[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
    let number = value.map(|value| value as f64).or_else(|| half().map(|value| value as f64 + 0.5));
    tokens.push(number.map_or(Token::Word(word), Token::Number));
    value
}

/// The length of "7", "7,5" or "7.5" at the start.
fn digits(text: &str) -> usize {
    let run = |from: usize| {
        text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |length| from + length)
    };
    let whole = run(0);
    let point = text[whole..].starts_with(['.', ',']);
    let part = if point { run(whole + 1) } else { whole };
    if part > whole + 1 { part } else { whole }
}

fn figure(tokens: &[Token], at: usize) -> Option<f64> {
    match tokens.get(at) {
        Some(Token::Number(value)) => Some(*value),
        _ => None,
    }
}

fn word(tokens: &[Token], at: usize) -> Option<&str> {
    match tokens.get(at) {
        Some(Token::Word(word)) => Some(word),
        _ => None,
    }
}

fn phrase(tokens: &[Token], at: usize, phrases: &[String]) -> Option<usize> {
    let length = |phrase: &String| {
        let parts: Vec<&str> = phrase.split(' ').collect();
        let same = parts.iter().enumerate().all(|(index, part)| word(tokens, at + index) == Some(*part));
        same.then_some(parts.len())
    };
    phrases.iter().filter_map(length).max()
}

//! Which time a cue speaks of: "last week", "im März", "vor zwei Wochen", "in May 2023".

use alliance_core::safety::Timestamp;

use super::{
    date::{DAY, Date, month, weekday},
    words::Words,
};

/// A time that a cue names, in days since 1970-01-01, both ends in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    from: i64,
    to: i64,
}

/// How a moment lies to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    Within,
    /// A little before, or somewhat after: what happened in March may be told in April.
    Near,
    Apart,
}

impl Span {
    const fn days(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    fn month(year: i64, month: i64) -> Self {
        Self::days(Date::new(year, month, 1).days(), Date::new(year, month + 1, 1).days() - 1)
    }

    fn year(year: i64) -> Self {
        Self::days(Date::new(year, 1, 1).days(), Date::new(year, 12, 31).days())
    }

    /// Noon of the day in its middle.
    pub(crate) fn middle(self) -> Timestamp {
        Timestamp::from_millis((self.from + self.to).div_euclid(2) * DAY + DAY / 2)
    }

    pub(crate) fn place(self, moment: Timestamp) -> Lies {
        let day = moment.as_millis().div_euclid(DAY);
        let slack = ((self.to - self.from) / 4).clamp(1, 30);
        if (self.from..=self.to).contains(&day) {
            Lies::Within
        } else if (self.from - slack..=self.to + 2 * slack).contains(&day) {
            Lies::Near
        } else {
            Lies::Apart
        }
    }
}

/// The first time that words speak of, and which words do. Without a present moment only what names a year.
pub(crate) fn find(words: &[&str], now: Option<Timestamp>) -> Option<(Span, std::ops::Range<usize>)> {
    let today = now.map(|now| now.as_millis().div_euclid(DAY));
    (0..words.len()).find_map(|start| {
        let rest = words.get(start..)?;
        let before = start.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let found = dated(rest, before, today).or_else(|| relative(rest, before, today?));
        found.map(|(span, length)| (span, start..start + length))
    })
}

/// When what a text tells happened, where it says so: not later than it was said.
pub(crate) fn happened(text: &str, said: Timestamp) -> Option<Timestamp> {
    let words = Words::of(text);
    let words: Vec<&str> = words.iter().map(|word| word.letters).collect();
    let (span, _) = find(&words, Some(said))?;
    Some(span.middle().min(said)).filter(|_| span.from.saturating_mul(DAY) <= said.as_millis())
}

/// A month, perhaps with a day and a year, or a year.
fn dated(words: &[&str], before: &str, today: Option<i64>) -> Option<(Span, usize)> {
    let first = *words.first()?;
    let second = words.get(1).copied().unwrap_or_default();
    if let Some(year) = year(first) {
        return Some((Span::year(year), 1));
    }
    // "8 May" and "8. Mai"; "May 8".
    let (named, day, length) = if let (Some(day), Some(named)) = (day(first), month(second)) {
        (named, Some(day), 2)
    } else {
        let named = month(first)?;
        let led = matches!(
            before,
            "in" | "im"
                | "of"
                | "since"
                | "last"
                | "this"
                | "seit"
                | "letzten"
                | "vergangenen"
                | "vorigen"
                | "anfang"
                | "ende"
                | "mitte"
                | "early"
                | "late"
                | "mid"
                | "during"
                | "until"
                | "bis"
        );
        let day = day(second);
        // "may", "march" and a few short forms are words like others, unless something leads to them.
        let plain = first.len() > 3 && first != "march";
        if !plain && !led && day.is_none() && year(second).is_none() {
            return None;
        }
        (named, day, if day.is_some() { 2 } else { 1 })
    };
    let (year, length) = match words.get(length).and_then(|word| year(word)) {
        Some(year) => (year, length + 1),
        None => {
            let today = Date::from_days(today?);
            (if named > today.month { today.year - 1 } else { today.year }, length)
        }
    };
    let span = day.map_or_else(
        || Span::month(year, named),
        |day| Span::days(Date::new(year, named, day).days(), Date::new(year, named, day).days()),
    );
    Some((span, length))
}

fn relative(words: &[&str], before: &str, today: i64) -> Option<(Span, usize)> {
    let first = *words.first()?;
    let ago = |days: i64| Span::days(today - days, today - days);
    match first {
        "yesterday" | "gestern" => return Some((ago(1), 1)),
        "vorgestern" => return Some((ago(2), 1)),
        "recently" | "lately" | "neulich" | "kurzlich" | "letztens" => {
            return Some((Span::days(today - 21, today - 1), 1));
        }
        "other" if words.get(1) == Some(&"day") => return Some((Span::days(today - 14, today - 1), 2)),
        _ => {}
    }
    if is_last(first) {
        let span = last(words.get(1)?, today)?;
        return Some((span, 2));
    }
    if let Some(day) = weekday(first).filter(|_| matches!(before, "on" | "am")) {
        return Some((weekday_before(day, today), 1));
    }
    // "two weeks ago", "a couple of days ago", "vor zwei Wochen", "vor ein paar Tagen".
    let german = first == "vor";
    let mut at = usize::from(german);
    let mut count = number(words.get(at)?)?;
    at += 1;
    while let Some(more) = words.get(at).filter(|word| matches!(**word, "couple" | "few" | "of" | "paar")) {
        count = number(more).unwrap_or(count);
        at += 1;
    }
    let unit = unit(words.get(at)?)?;
    at += 1;
    if !german {
        words.get(at).filter(|word| **word == "ago")?;
        at += 1;
    }
    let days = count * unit;
    let slack = (days / 4).max(unit / 2);
    Some((Span::days(today - days - slack, today - (days - slack).max(0)), at))
}

/// The last week, month, weekend, … before today.
fn last(word: &str, today: i64) -> Option<Span> {
    let date = Date::from_days(today);
    let of_week = weekday_of(today);
    if let Some(month) = month(word) {
        let year = if month >= date.month { date.year - 1 } else { date.year };
        return Some(Span::month(year, month));
    }
    if let Some(day) = weekday(word) {
        return Some(weekday_before(day, today));
    }
    let season = |first: i64| {
        let year = if date.month > first + 2 || first == 12 { date.year } else { date.year - 1 };
        let year = if first == 12 { year - 1 } else { year };
        Span::days(Date::new(year, first, 1).days(), Date::new(year, first + 3, 1).days() - 1)
    };
    Some(match word {
        "week" | "woche" => Span::days(today - of_week - 7, today - of_week - 1),
        "weekend" | "wochenende" => {
            let saturday = today - of_week - 2;
            Span::days(saturday, saturday + 1)
        }
        "month" | "monat" => Span::month(date.year, date.month - 1),
        "year" | "jahr" => Span::year(date.year - 1),
        "night" | "evening" | "nacht" | "abend" => Span::days(today - 1, today),
        "spring" | "fruhling" | "fruhjahr" => season(3),
        "summer" | "sommer" => season(6),
        "autumn" | "fall" | "herbst" => season(9),
        "winter" => season(12),
        _ => return None,
    })
}

fn is_last(word: &str) -> bool {
    matches!(word, "last" | "previous")
        || ["letzte", "vorige", "vergangene"].iter().any(|stem| {
            word.strip_prefix(stem).is_some_and(|ending| matches!(ending, "" | "n" | "r" | "s" | "m"))
        })
}

/// 0 for a Monday. 1970-01-01 was a Thursday.
const fn weekday_of(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn weekday_before(weekday: i64, today: i64) -> Span {
    let back = (weekday_of(today) - weekday - 1).rem_euclid(7) + 1;
    Span::days(today - back, today - back)
}

fn year(word: &str) -> Option<i64> {
    (word.len() == 4).then(|| word.parse().ok())?.filter(|year| (1900..2100).contains(year))
}

fn day(word: &str) -> Option<i64> {
    let digits = word.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let ending = word.get(digits.len()..).unwrap_or_default();
    let is_day = digits.len() <= 2 && matches!(ending, "" | "st" | "nd" | "rd" | "th");
    is_day.then(|| digits.parse().ok())?.filter(|day| (1..=31).contains(day))
}

fn number(word: &str) -> Option<i64> {
    const WORDS: [&[&str]; 10] = [
        &["a", "an", "one", "ein", "eine", "einem", "einer", "einen"],
        &["two", "couple", "zwei"],
        &["three", "few", "drei", "paar"],
        &["four", "several", "vier", "einigen"],
        &["five", "funf"],
        &["six", "sechs"],
        &["seven", "sieben"],
        &["eight", "acht"],
        &["nine", "neun"],
        &["ten", "zehn"],
    ];
    let named = (1..).zip(WORDS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number);
    named.or_else(|| word.parse().ok().filter(|number| (1..1000).contains(number)))
}

/// How many days a unit has.
fn unit(word: &str) -> Option<i64> {
    match word {
        "day" | "days" | "tag" | "tage" | "tagen" => Some(1),
        "week" | "weeks" | "woche" | "wochen" => Some(7),
        "month" | "months" | "monat" | "monate" | "monaten" => Some(30),
        "year" | "years" | "jahr" | "jahre" | "jahren" => Some(365),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::words::Words, *};

    type Ymd = (i64, i64, i64);

    /// On Thursday, 2026-11-26.
    fn spoken(text: &str) -> Option<(Ymd, Ymd)> {
        let words = Words::of(text);
        let words: Vec<&str> = words.iter().map(|word| word.letters).collect();
        let now = Timestamp::from_millis(Date::new(2026, 11, 26).days() * DAY + DAY / 2);
        let date = |day| {
            let date = Date::from_days(day);
            (date.year, date.month, date.day)
        };
        find(&words, Some(now)).map(|(span, _)| (date(span.from), date(span.to)))
    }

    fn one(year: i64, month: i64, day: i64) -> Option<(Ymd, Ymd)> {
        Some(((year, month, day), (year, month, day)))
    }

    #[test]
    fn times_are_found_in_both_languages() {
        let week = Some(((2026, 11, 16), (2026, 11, 22)));
        assert_eq!((spoken("what I said last week"), spoken("Was war letzte Woche?")), (week, week));
        assert_eq!((spoken("yesterday, at work"), spoken("gestern")), (one(2026, 11, 25), one(2026, 11, 25)));
        let march = Some(((2026, 3, 1), (2026, 3, 31)));
        assert_eq!((spoken("in March"), spoken("im März")), (march, march));
        assert_eq!(spoken("in December"), Some(((2025, 12, 1), (2025, 12, 31))));
        assert_eq!((spoken("8 May 2023"), spoken("May 8, 2023")), (one(2023, 5, 8), one(2023, 5, 8)));
        assert_eq!(spoken("am 8. Mai"), one(2026, 5, 8));
        assert_eq!(spoken("back in 2021"), Some(((2021, 1, 1), (2021, 12, 31))));
        let weeks = Some(((2026, 11, 9), (2026, 11, 15)));
        assert_eq!((spoken("two weeks ago"), spoken("vor zwei Wochen")), (weeks, weeks));
        assert_eq!(spoken("vor ein paar Tagen"), spoken("a few days ago"));
        assert_eq!((spoken("on Monday"), spoken("am Montag")), (one(2026, 11, 23), one(2026, 11, 23)));
        assert_eq!(spoken("last Thursday"), one(2026, 11, 19));
        assert_eq!(spoken("letzten Sommer"), Some(((2026, 6, 1), (2026, 8, 31))));
        assert_eq!(spoken("last winter"), Some(((2025, 12, 1), (2026, 2, 28))));
        assert_eq!(spoken("last weekend"), Some(((2026, 11, 21), (2026, 11, 22))));
    }

    #[test]
    fn other_words_are_no_times() {
        for text in
            ["I may march on", "the last thing", "vor dem Haus", "two weeks", "vor zwei Leuten", "", "a"]
        {
            assert_eq!(spoken(text), None, "{text}");
        }
        let words = ["last", "week"];
        assert!(find(&words, None).is_none() && find(&["2021"], None).is_some());
    }

    #[test]
    fn what_lies_a_little_beside_is_near() {
        let span = Span::month(2026, 3);
        let at = |month, day| Timestamp::from_millis(Date::new(2026, month, day).days() * DAY);
        assert_eq!(span.place(at(3, 31)), Lies::Within);
        assert_eq!((span.place(at(4, 10)), span.place(at(2, 25))), (Lies::Near, Lies::Near));
        assert_eq!((span.place(at(5, 1)), span.place(at(1, 1))), (Lies::Apart, Lies::Apart));
    }
}

//! Phone numbers as they are compared: by their digits, national and international forms apart.

use std::collections::BTreeSet;

/// Numbers with fewer digits exist in one country only and have no international form.
const SHORTEST_INTERNATIONAL: usize = 7;

/// How a country's numbers are written from abroad and inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialing {
    pub(crate) calling_code: String,
    pub(crate) trunk: Option<String>,
}

/// A set of phone numbers, compared by digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    national: BTreeSet<String>,
    international: BTreeSet<String>,
}

impl Numbers {
    /// Adds a number in every form it is commonly written in. What is no number adds nothing.
    pub(crate) fn insert(&mut self, number: &str, dialing: Option<&Dialing>) {
        let Some(Dialed { international, digits }) = dialed(number) else { return };
        if international {
            let national = dialing.and_then(|d| Some((d, digits.strip_prefix(&d.calling_code)?)));
            if let Some((dialing, rest)) = national {
                self.national.insert(format!("{}{rest}", dialing.trunk.as_deref().unwrap_or_default()));
            }
            self.international.insert(digits);
            return;
        }
        if let Some(Dialing { calling_code, trunk }) = dialing {
            let significant = match trunk {
                Some(trunk) => digits.strip_prefix(trunk.as_str()),
                None => Some(digits.as_str()),
            };
            if let Some(significant) = significant.filter(|_| digits.len() >= SHORTEST_INTERNATIONAL) {
                self.international.insert(format!("{calling_code}{significant}"));
                if calling_code == "1" {
                    self.national.insert(significant.to_owned());
                }
            }
        }
        self.national.insert(digits);
    }

    /// Whether `number` is one of these. Anything that is not wholly a phone number is not.
    pub(crate) fn contains(&self, number: &str) -> bool {
        let Some(Dialed { international, digits }) = dialed(number) else { return false };
        if international {
            return self.international.contains(&digits);
        }
        self.national.contains(&digits)
            || digits.strip_prefix("00").is_some_and(|rest| self.international.contains(rest))
    }
}

/// Whether `text` reads as a phone number.
pub(crate) fn is_number(text: &str) -> bool {
    dialed(text).is_some()
}

struct Dialed {
    international: bool,
    digits: String,
}

/// The digits of `number`, with a leading star kept: `*` in front makes another number.
fn dialed(number: &str) -> Option<Dialed> {
    let number = number.trim();
    let (international, rest) = match number.strip_prefix(['+', '\u{FF0B}']) {
        Some(rest) => (true, rest.replacen("(0)", "", 1)),
        None => (false, number.to_owned()),
    };
    let mut digits = String::with_capacity(rest.len());
    for c in rest.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '\u{FF10}'..='\u{FF19}' => digits.extend(char::from_digit(u32::from(c) - 0xFF10, 10)),
            '*' if digits.is_empty() && !international => digits.push(c),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    (2..=15).contains(&count).then_some(Dialed { international, digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(listed: &[&str], calling_code: &str, trunk: Option<&str>) -> Numbers {
        let dialing = Dialing { calling_code: calling_code.into(), trunk: trunk.map(Into::into) };
        let mut numbers = Numbers::default();
        listed.iter().for_each(|n| numbers.insert(n, Some(&dialing)));
        numbers
    }

    #[test]
    fn forms_of_one_number_are_equal() {
        let set = numbers(&["0555 1234567"], "49", Some("0"));
        for form in [
            "05551234567",
            "0555/123 45 67",
            "(0555) 123-45-67",
            "+49 555 1234567",
            "+49 (0)555 1234567",
            "0049 555 1234567",
            "\u{FF10}555\u{2013}1234567",
        ] {
            assert!(set.contains(form), "{form}");
        }
        for other in
            ["555 1234567", "+43 555 1234567", "05551234568", "0555123456", "0555 1234567 x", "", "+"]
        {
            assert!(!set.contains(other), "{other}");
        }
    }

    #[test]
    fn a_short_number_has_no_international_form() {
        let set = numbers(&["555"], "47", None);
        assert!(set.contains("5 5 5"));
        assert!(!set.contains("+47 555"));
        assert!(!set.contains("0047555"));
        assert!(!set.contains("5555"));
    }

    #[test]
    fn an_emergency_number_of_noughts_is_not_read_as_a_prefix() {
        assert!(numbers(&["000"], "61", Some("0")).contains("000"));
    }

    #[test]
    fn a_star_is_part_of_the_number() {
        let set = numbers(&["*555"], "56", None);
        assert!(set.contains("*555"));
        assert!(!set.contains("555"));
    }

    #[test]
    fn north_american_numbers_go_with_and_without_the_one() {
        let set = numbers(&["1-555-555-0100"], "1", Some("1"));
        for form in ["(555) 555-0100", "1 555 555 0100", "+1 555 555 0100"] {
            assert!(set.contains(form), "{form}");
        }
    }

    #[test]
    fn a_number_listed_internationally_is_found_nationally() {
        assert!(numbers(&["+49 555 1234567"], "49", Some("0")).contains("0555 1234567"));
    }
}

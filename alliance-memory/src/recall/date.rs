//! Days of the calendar, in UTC: what a month is called, and which day a moment belongs to.

pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: i64,
    /// 1 to 31.
    pub(crate) day: i64,
}

impl Date {
    /// From days since 1970-01-01, after H. Hinnant, "chrono-compatible low-level date algorithms".
    pub(crate) const fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        Self { year: year + era * 400 + (month <= 2) as i64, month, day }
    }

    /// Days since 1970-01-01. A month beyond 12 or below 1 counts into the next or last year.
    pub(crate) const fn days(self) -> i64 {
        let year = self.year + (self.month - 1).div_euclid(12);
        let month = (self.month - 1).rem_euclid(12) + 1;
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * shifted + 2) / 5 + self.day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    pub(crate) const fn new(year: i64, month: i64, day: i64) -> Self {
        Self { year, month, day }
    }
}

/// The month that a word names in either language, 1 to 12.
pub(crate) fn month(word: &str) -> Option<i64> {
    const MONTHS: [&[&str]; 12] = [
        &["january", "januar", "janner", "jan"],
        &["february", "februar", "feb"],
        &["march", "marz"],
        &["april", "apr"],
        &["may", "mai"],
        &["june", "juni"],
        &["july", "juli"],
        &["august", "aug"],
        &["september", "sept", "sep"],
        &["october", "oktober", "oct", "okt"],
        &["november", "nov"],
        &["december", "dezember", "dec", "dez"],
    ];
    (1..).zip(MONTHS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number)
}

/// The day of the week that a word names in either language, from Monday, 0, to Sunday, 6.
pub(crate) fn weekday(word: &str) -> Option<i64> {
    const DAYS: [&[&str]; 7] = [
        &["monday", "montag"],
        &["tuesday", "dienstag"],
        &["wednesday", "mittwoch"],
        &["thursday", "donnerstag"],
        &["friday", "freitag"],
        &["saturday", "samstag", "sonnabend"],
        &["sunday", "sonntag"],
    ];
    (0..).zip(DAYS).find(|(_, names)| names.contains(&word)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for (days, date) in
            [(0, (1970, 1, 1)), (-1, (1969, 12, 31)), (11_016, (2000, 2, 29)), (20_783, (2026, 11, 26))]
        {
            let date = Date::new(date.0, date.1, date.2);
            assert_eq!((Date::from_days(days), date.days()), (date, days));
        }
        for days in (-800_000..800_000).step_by(17) {
            assert_eq!(Date::from_days(days).days(), days);
        }
        assert_eq!(Date::new(2026, 14, 1).days(), Date::new(2027, 2, 1).days());
        assert_eq!(Date::new(2026, -1, 1).days(), Date::new(2025, 11, 1).days());
    }

    #[test]
    fn months_and_days_are_known_in_both_languages() {
        assert_eq!((month("march"), month("marz"), month("moon")), (Some(3), Some(3), None));
        assert_eq!((weekday("sunday"), weekday("sonntag"), weekday("day")), (Some(6), Some(6), None));
    }
}

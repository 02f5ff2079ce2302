//! How long a provider asks to wait: RFC 9110, section 10.2.3.

use std::time::Duration;

use alliance_core::clock::Clock;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::failure::LONGEST_WAIT;

/// The wait that a header names, in seconds or as a date. A date counts from the provider's own, where it sends one,
/// so that two clocks need not agree.
pub(crate) fn wait(headers: &HeaderMap, clock: &dyn Clock) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = http_date(text)?;
        let theirs = headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(http_date);
        let now = theirs.unwrap_or_else(|| clock.now().as_millis().div_euclid(1000));
        Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
    };
    Some(wait.min(LONGEST_WAIT))
}

/// Seconds since 1970 of a date like `Sun, 06 Nov 1994 08:49:37 GMT`. The two older forms are not read.
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = text.split_once(", ")?.1.strip_suffix(" GMT")?;
    let mut words = rest.split(' ');
    let mut next = || words.next();
    let day = number(next()?, 2)?;
    let name = next()?;
    let month = i64::try_from(MONTHS.iter().position(|month| *month == name)?).ok()? + 1;
    let year = number(next()?, 4)?;
    let mut clock = next()?.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    let plain = next().is_none() && clock.next().is_none() && (1..=31).contains(&day);
    (plain && hour < 24 && minute < 60 && second <= 60)
        .then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since 1970-01-01 in the Gregorian calendar: Howard Hinnant's `days_from_civil`.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use alliance_core::{clock::Timestamp, testing::ManualClock};

    use super::*;

    const AT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn waits(after: &str, date: Option<&str>) -> Option<u64> {
        let clock = ManualClock::at(Timestamp::from_millis(784_111_777_000 - 5_000));
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        wait(&headers, &clock).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates() {
        assert_eq!(http_date(AT), Some(784_111_777));
        assert_eq!(http_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(waits("7", None), Some(7));
        assert_eq!(waits(AT, Some("Sun, 06 Nov 1994 08:49:30 GMT")), Some(7));
        assert_eq!(waits(AT, Some("Sun, 06 Nov 1994 08:50:30 GMT")), Some(0));
        assert_eq!(waits(AT, None), Some(5));
        assert_eq!(waits("99999999999999999999999", None), Some(86_400));
    }

    #[test]
    fn what_is_neither_is_no_wait() {
        for text in ["", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(waits(text, None), None, "{text}");
        }
    }
}

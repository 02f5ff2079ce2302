//! The command `/forget`: what is meant, whether the person is sure where it is much, and what went.

use alliance::{
    clock::{Clock, SystemClock, Timestamp},
    export::Document,
    memory::RecallTerms,
    record::RecordKind,
    store::{ErasureReceipt, Forget, Topic},
};
use futures::executor::block_on;
use serde_json::json;

use crate::{
    command::{Kind, What},
    talk::{Outcome, Talk},
    texts::fill,
};

/// A day.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

impl Talk {
    /// Erases, and says how much. What is more than one thing of the list is erased once the person said that they
    /// are sure, with the next line.
    pub(crate) fn forget(&mut self, what: What, sure: Option<Forget>) -> Outcome {
        let texts = &self.texts.memory;
        let meant = match what {
            What::Unsaid => return Ok(self.screen.say("forget", &texts.forget)?),
            What::Item(number) => return self.forget_item(number),
            What::Session => return self.forget_session(),
            What::Sure => match sure {
                Some(what) => return self.forget_all_of(&what),
                None => return Ok(self.screen.say("forget", &texts.forget)?),
            },
            What::Since(day) => match since(&day) {
                Some(from) => Forget::Between(from, SystemClock.now().after(DAY)),
                None => return Ok(self.screen.say("error", &texts.no_day)?),
            },
            What::About(words) => match Topic::new(&words, RecallTerms) {
                Some(topic) => Forget::About(topic),
                None => return Ok(self.screen.say("error", &texts.no_topic)?),
            },
            What::Kind(kind) => Forget::Kind(of(kind)),
            What::All => Forget::Everything,
        };
        let read = block_on(self.parts.soon(self.parts.agent.export(self.session.user())));
        let Some(Ok(document)) = read else {
            // Everything can be erased also where it cannot be read any more.
            if meant == Forget::Everything {
                return self.ask_whether_sure(meant, None);
            }
            return Ok(self.screen.say("error", &texts.unreachable)?);
        };
        match count(&document, &meant) {
            0 if meant != Forget::Everything => Ok(self.screen.say("forget", &texts.nothing_meant)?),
            some => self.ask_whether_sure(meant, Some(some)),
        }
    }

    fn ask_whether_sure(&mut self, meant: Forget, count: Option<usize>) -> Outcome {
        let texts = &self.texts.memory;
        let text = match &meant {
            Forget::Everything => &texts.sure_all,
            Forget::Kind(RecordKind::SafetyPlan | RecordKind::Risk) => &texts.sure_safety,
            _ => &texts.sure,
        };
        let shown = count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let text = fill(text, &[("count", &shown)]);
        self.sure = Some(meant);
        Ok(self.screen.tell("sure", &text, json!({ "count": count }))?)
    }

    fn forget_item(&mut self, number: usize) -> Outcome {
        let texts = &self.texts.memory;
        let Some(listed) = &mut self.listed else {
            return Ok(self.screen.say("error", &texts.look_first)?);
        };
        let found = number.checked_sub(1).and_then(|place| listed.get_mut(place));
        let number = number.to_string();
        // The other numbers stay what they are until the list is shown again.
        let Some(records) = found.filter(|records| !records.is_empty()) else {
            return Ok(self.screen.say("error", &fill(&texts.no_item, &[("number", &number)]))?);
        };
        let records = std::mem::take(records);
        match self.erase(&Forget::Records(records.clone())) {
            Some(receipt) => self.erased(&self.texts.memory.erased_item.clone(), &number, &receipt, false),
            None => {
                let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let listed = self.listed.as_mut().zip(place);
                if let Some(slot) = listed.and_then(|(listed, place)| listed.get_mut(place)) {
                    *slot = records;
                }
                self.not_erased()
            }
        }
    }

    fn forget_session(&mut self) -> Outcome {
        let ran = self.session.position().is_some();
        let Some(receipt) = self.erase(&Forget::Session(self.session.id())) else { return self.not_erased() };
        self.listed = None;
        self.erased(&self.texts.memory.erased_session.clone(), "", &receipt, ran)
    }

    fn forget_all_of(&mut self, what: &Forget) -> Outcome {
        let ran = self.session.position().is_some();
        let Some(receipt) = self.erase(what) else { return self.not_erased() };
        self.listed = None;
        let texts = &self.texts.memory;
        let text = if *what == Forget::Everything { &texts.erased_all } else { &texts.erased };
        self.erased(&text.clone(), "", &receipt, ran)
    }

    pub(crate) fn erase(&self, what: &Forget) -> Option<ErasureReceipt> {
        block_on(self.parts.soon(self.parts.agent.forget(self.session.user(), what)))?.ok()
    }

    /// What was erased. `ran` says that an exercise was open before.
    fn erased(&mut self, text: &str, number: &str, receipt: &ErasureReceipt, ran: bool) -> Outcome {
        let total = receipt.total();
        let mut said = fill(text, &[("number", number), ("count", &total.to_string())]);
        if ran && self.session.position().is_none() {
            self.in_exercise.clear();
            said = format!("{said}\n{}", self.texts.memory.exercise_ended);
        }
        Ok(self.screen.tell("forgotten", &said, json!({ "total": total, "erased": receipt.erased }))?)
    }

    pub(crate) fn not_erased(&mut self) -> Outcome {
        Ok(self.screen.say("error", &self.texts.memory.not_erased)?)
    }
}

const fn of(kind: Kind) -> RecordKind {
    match kind {
        Kind::Notes => RecordKind::Episode,
        Kind::Facts => RecordKind::Fact,
        Kind::Exercises => RecordKind::Progress,
        Kind::Questionnaires => RecordKind::Measurement,
        Kind::Plan => RecordKind::SafetyPlan,
        Kind::Levels => RecordKind::Risk,
    }
}

/// How many records are meant by themselves; what was made from them goes too.
fn count(document: &Document, what: &Forget) -> usize {
    document.records().iter().filter(|record| what.means(record)).count()
}

/// The beginning of a day, in UTC, as the list shows days: `2026-11-26`, `26.11.2026`, today or yesterday.
fn since(day: &str) -> Option<Timestamp> {
    let now = SystemClock.now();
    let written = |at: Timestamp| at.to_string().split('T').next().unwrap_or_default().to_owned();
    let day = match day {
        "today" | "heute" => written(now),
        "yesterday" | "gestern" => {
            written(Timestamp::from_millis(now.as_millis() - i64::try_from(DAY.as_millis()).ok()?))
        }
        other => match other.trim_end_matches('.').split('.').collect::<Vec<_>>().as_slice() {
            [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
            _ => other.to_owned(),
        },
    };
    format!("{day}T00:00:00Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let day = Timestamp::from_millis(1_795_651_200_000);
        assert_eq!(day.to_string(), "2026-11-26T00:00:00Z");
        for text in ["2026-11-26", "26.11.2026", "26.11.2026."] {
            assert_eq!(since(text), Some(day), "{text}");
        }
        assert_eq!(since("1.2.2026"), since("2026-02-01"));
        assert!(since("today") > since("yesterday") && since("heute") == since("today"));
        for text in ["", "sometime", "2026-13-01", "31.02.2026", "26-11-2026"] {
            assert_eq!(since(text), None, "{text}");
        }
    }
}

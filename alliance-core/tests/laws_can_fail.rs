//! Every law fails for a part that breaks its clause: a law that cannot fail says nothing.
#![cfg(feature = "testing")]

mod common;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use alliance_core::{
    backend::{BackendError, BackendErrorKind, Chunk, ChunkStream, LlmBackend, StopReason},
    consolidate::{Cited, ConsolidateError, Consolidator, Memories, Transcript},
    host::{Embedder, HostError},
    id::{RecordId, TurnId},
    prompt::Prompt,
    record::{FactRecord, SummaryPoint},
    testing::laws::{backend, consolidate, embedder, protocol, store},
};
use common::{
    Flaw, PlainStore,
    protocol::{Quirk, Worry},
};
use futures::{StreamExt as _, stream};

/// Words of the doubles and the laws that no message may show.
const WORDS: [&str; 4] = ["episode", "quillwort", "sorrowful", "nervous"];

/// The clause that a law says is broken, if it says so.
fn broken(law: impl FnOnce()) -> Option<String> {
    let message = catch_unwind(AssertUnwindSafe(law)).err()?.downcast::<String>();
    let message = message.map_or_else(|_| String::new(), |message| *message);
    assert!(WORDS.iter().all(|word| !message.contains(word)), "a message holds no words");
    let (clause, expected) = message.split_once(": ").unwrap_or_default();
    assert!(!clause.is_empty() && !expected.is_empty(), "a message names the clause and what was expected");
    clause.split(' ').next().map(str::to_owned)
}

fn broken_by_store(make: impl Fn() -> PlainStore) -> Vec<String> {
    let laws: [&dyn Fn(); 11] = [
        &|| store::m1_all_or_nothing(&make),
        &|| store::m2_once(&make),
        &|| store::m3_ordered(&make),
        &|| store::m4_keeps_people_apart(&make),
        &|| store::m5_forgets_completely(&make),
        &|| store::m5_forgets_what_is_meant_and_no_more(&make),
        &|| store::m6_bounded(&make),
        &|| store::m7_expectations_hold(&make),
        &|| store::m8_a_handle_exists_no_later_than_its_record(&make),
        &|| store::m9_a_snapshot_does_not_outlast_its_sources(&make),
        &|| store::m10_a_claim_is_one_holders(&make),
    ];
    laws.into_iter().filter_map(broken).collect()
}

#[test]
fn each_flaw_of_a_store_breaks_its_clause_and_no_other() {
    assert_eq!(broken_by_store(PlainStore::default), [""; 0]);
    let flaws: [(Flaw, &[&str]); 31] = [
        (Flaw::WritesOneByOne, &["M1"]),
        (Flaw::HandlesEarly, &["M1"]),
        (Flaw::HeadForRepeats, &["M2"]),
        (Flaw::ChecksIdsLast, &["M2"]),
        (Flaw::SkipsEmptyBatches, &["M2"]),
        (Flaw::OrdersByTime, &["M3"]),
        (Flaw::ForgetsForAll, &["M4"]),
        (Flaw::SharesHandles, &["M4"]),
        (Flaw::ListsForAll, &["M4"]),
        // Both laws of M5 look at these.
        (Flaw::KeepsDerived, &["M5", "M5"]),
        (Flaw::KeepsHandles, &["M5", "M5"]),
        (Flaw::BringsBack, &["M5", "M5"]),
        (Flaw::BringsBackAfterEverything, &["M5", "M5"]),
        (Flaw::TakesDerived, &["M5"]),
        (Flaw::TakesNamed, &["M5"]),
        (Flaw::TakesWhatLasts, &["M5"]),
        (Flaw::PassesTopicsOver, &["M5"]),
        (Flaw::ChecksErasedLast, &["M5"]),
        (Flaw::IgnoresLimit, &["M6"]),
        (Flaw::NextOfNothing, &["M6"]),
        (Flaw::IgnoresExpect, &["M7"]),
        // Two commits are not one: whoever breaks M8 this way breaks M1 as well.
        (Flaw::HandlesLate, &["M1", "M8"]),
        (Flaw::KeepsSnapshots, &["M9"]),
        (Flaw::KeepsSnapshotsThroughDecisions, &["M9"]),
        (Flaw::TakesLateSnapshots, &["M9"]),
        (Flaw::MixesSnapshotsUp, &["M9"]),
        (Flaw::IgnoresClaims, &["M10"]),
        (Flaw::ClaimsForEver, &["M10"]),
        // Who hides what was only looked at hides it from every law that looks twice.
        (Flaw::ClaimsUnasked, &["M4", "M5", "M5", "M6", "M8", "M10"]),
        (Flaw::BelievesClocks, &["M10"]),
        (Flaw::ClaimsLate, &["M10"]),
    ];
    for (flaw, clauses) in flaws {
        assert_eq!(broken_by_store(|| PlainStore::with(flaw)), clauses, "{flaw:?}");
    }
}

#[test]
fn a_store_that_loses_what_it_took_breaks_m1() {
    let lose = |_| PlainStore::default();
    let law = || store::m1_durable_after_reopening(PlainStore::default, lose);
    assert_eq!(broken(law).as_deref(), Some("M1"));
}

#[test]
fn a_store_that_brings_back_what_was_erased_breaks_m5() {
    // An older copy of the store: erasing changed the new one only.
    let law = || {
        store::m5_forgets_completely_after_reopening(PlainStore::default, |store| {
            drop(store);
            PlainStore::default()
        });
    };
    assert_eq!(broken(law).as_deref(), Some("M5"));
}

/// Makes a summary of the first turn, with a flaw.
#[derive(Clone, Copy)]
enum Noter {
    Sound,
    CitesNothing,
    CitesAnother,
    TakesTheUnknownsPlace,
    WritesWithoutEnd,
    WritesTooMuch,
    Invents,
    Tells,
    TellsInErrors,
}

impl std::fmt::Debug for Noter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Tells) { "Noter(Marzipanella)" } else { "Noter" })
    }
}

#[async_trait::async_trait]
impl Consolidator for Noter {
    async fn consolidate(&self, transcript: &Transcript) -> Result<Memories, ConsolidateError> {
        let nobody = TurnId::new(uuid::Uuid::max());
        let mut made = Memories::none();
        let Some(first) = transcript.turns.first() else {
            if matches!(self, Self::Invents) {
                made.summary.push(SummaryPoint::new("something", vec![nobody]));
            }
            return Ok(made);
        };
        let point = |turns| SummaryPoint::new("a talk", turns);
        match self {
            Self::CitesNothing => made.summary.push(point(Vec::new())),
            Self::CitesAnother => made.summary.push(point(vec![nobody])),
            Self::TakesTheUnknownsPlace => {
                let mut fact = FactRecord::new("you", "live in", "a house");
                fact.supersedes = Some(RecordId::new(uuid::Uuid::max()));
                made.facts.push(Cited::new(fact, vec![first.turn]));
            }
            Self::WritesWithoutEnd => {
                made.summary.push(SummaryPoint::new("a".repeat(2_000), vec![first.turn]))
            }
            Self::WritesTooMuch => made.summary.extend((0..65).map(|_| point(vec![first.turn]))),
            Self::TellsInErrors => return Err(ConsolidateError::unavailable(first.said.to_string())),
            Self::Sound | Self::Invents | Self::Tells => made.summary.push(point(vec![first.turn])),
        }
        Ok(made)
    }
}

#[test]
fn each_flaw_of_a_consolidator_breaks_its_clause() {
    let broken_by = |noter: Noter| -> Vec<String> {
        let laws: [&dyn Fn(); 4] = [
            &|| consolidate::c1_cites(|| noter),
            &|| consolidate::c2_bounded(|| noter),
            &|| consolidate::c3_nothing_from_nothing(|| noter),
            &|| consolidate::c4_keeps_quiet(|| noter),
        ];
        laws.into_iter().filter_map(broken).collect()
    };
    let flaws: [(Noter, &[&str]); 9] = [
        (Noter::Sound, &[]),
        (Noter::CitesNothing, &["C1"]),
        (Noter::CitesAnother, &["C1"]),
        (Noter::TakesTheUnknownsPlace, &["C1"]),
        (Noter::WritesWithoutEnd, &["C2"]),
        (Noter::WritesTooMuch, &["C2"]),
        (Noter::Invents, &["C3"]),
        (Noter::Tells, &["C4"]),
        (Noter::TellsInErrors, &["C4"]),
    ];
    for (noter, clauses) in flaws {
        assert_eq!(broken_by(noter), clauses);
    }
}

#[derive(Clone, Copy, Debug)]
enum Odd {
    EndsTwice,
    WordsAfterTheEnd,
    NeverEnds,
    StaysBusy,
    StopsShort,
    SpeaksTheError,
    ShowsThePrompt,
    ShowsTheReply,
    LogsThePrompt,
    QuotesInTheError,
}

struct OddBackend {
    odd: Odd,
    busy: Arc<AtomicBool>,
    last: Mutex<String>,
}

impl OddBackend {
    fn new(odd: Odd) -> Self {
        Self { odd, busy: Arc::default(), last: Mutex::default() }
    }

    fn last(&self) -> MutexGuard<'_, String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for OddBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.odd {
            Odd::ShowsThePrompt => f.write_str(&self.last()),
            Odd::ShowsTheReply => f.write_str("OddBackend(That sounds sorrowful indeed.)"),
            _ => f.write_str("OddBackend"),
        }
    }
}

#[async_trait::async_trait]
impl LlmBackend for OddBackend {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        prompt.person().clone_into(&mut self.last());
        let words = || Ok(Chunk::Words("That sounds sorrowful indeed.".to_owned()));
        let end = || Ok(Chunk::End { stop: StopReason::Complete, usage: None });
        let odd_prompt = prompt.person().contains("{name}");
        let items = match self.odd {
            Odd::EndsTwice => vec![words(), end(), end()],
            Odd::WordsAfterTheEnd => vec![words(), end(), words()],
            Odd::NeverEnds => return Ok(stream::repeat_with(words).boxed()),
            Odd::StopsShort if odd_prompt => vec![words()],
            Odd::SpeaksTheError => vec![Ok(Chunk::Words("503 upstream".to_owned())), end()],
            Odd::QuotesInTheError => {
                let source = format!("cannot answer {}", prompt.person());
                return Err(BackendError::new(BackendErrorKind::Rejected).source(source));
            }
            Odd::LogsThePrompt => {
                tracing::info!(said = prompt.person(), "prompt");
                vec![words(), end()]
            }
            Odd::StaysBusy => {
                if self.busy.swap(true, Ordering::SeqCst) {
                    return Err(BackendError::new(BackendErrorKind::Unavailable));
                }
                let busy = Arc::clone(&self.busy);
                let free = stream::once(async move {
                    busy.store(false, Ordering::SeqCst);
                    Ok(Chunk::End { stop: StopReason::Complete, usage: None })
                });
                return Ok(stream::iter([words()]).chain(free).boxed());
            }
            _ => vec![words(), end()],
        };
        Ok(stream::iter(items).boxed())
    }
}

#[test]
fn each_oddity_of_a_backend_breaks_its_clause_and_no_other() {
    let odds = [
        (Odd::EndsTwice, "B1"),
        (Odd::WordsAfterTheEnd, "B1"),
        (Odd::StaysBusy, "B2"),
        (Odd::StopsShort, "B3"),
        (Odd::ShowsThePrompt, "B4"),
        (Odd::ShowsTheReply, "B4"),
        (Odd::LogsThePrompt, "B4"),
    ];
    for (odd, clause) in odds {
        let make = || OddBackend::new(odd);
        let laws: [(&str, &dyn Fn()); 4] = [
            ("B1", &|| backend::b1_ends_once(make)),
            ("B2", &|| backend::b2_cancel_by_drop(make)),
            ("B3", &|| backend::b3_says_what_is_wrong(make)),
            ("B4", &|| backend::b4_keeps_quiet(make)),
        ];
        for (law, run) in laws {
            // Every law needs whole replies, so a stream that ends wrongly shows in more than one.
            if law == clause {
                assert_eq!(broken(run).as_deref(), Some(clause), "{odd:?}");
            } else if clause != "B1" {
                assert_eq!(broken(run), None, "{odd:?} under {law}");
            }
        }
    }
}

#[test]
fn a_stream_that_never_ends_breaks_b1() {
    let law = || backend::b1_ends_once(|| OddBackend::new(Odd::NeverEnds));
    assert_eq!(broken(law).as_deref(), Some("B1"));
}

#[test]
fn a_failure_that_is_told_as_a_reply_breaks_b3() {
    let law = || backend::b3_says_what_is_wrong_when_failing(|| OddBackend::new(Odd::SpeaksTheError));
    assert_eq!(broken(law).as_deref(), Some("B3"));
}

#[test]
fn an_error_that_quotes_breaks_b4() {
    let law = || backend::b4_keeps_quiet_when_failing(|| OddBackend::new(Odd::QuotesInTheError));
    assert_eq!(broken(law).as_deref(), Some("B4"));
}

#[test]
fn each_quirk_of_a_protocol_breaks_its_clause() {
    assert_eq!(broken(|| protocol::p4_plain_data(Worry::correct)), None);
    let quirks = [
        (Quirk::Counts, "P1"),
        (Quirk::Remembers, "P1"),
        (Quirk::Panics, "P2"),
        (Quirk::NeverStops, "P3"),
        (Quirk::TakesAnyForm, "P2"),
        (Quirk::LacksGerman, "P4"),
        (Quirk::OpenSlot, "P4"),
        (Quirk::FixedWithSlot, "P4"),
        (Quirk::OtherName, "P4"),
    ];
    for (quirk, clause) in quirks {
        let make = || Worry::with(quirk);
        let laws: [(&str, &dyn Fn()); 4] = [
            ("P1", &|| protocol::p1_pure(make)),
            ("P2", &|| protocol::p2_total(make)),
            ("P3", &|| protocol::p3_can_end(make)),
            ("P4", &|| protocol::p4_plain_data(make)),
        ];
        for (law, run) in laws {
            if law == clause {
                assert_eq!(broken(run).as_deref(), Some(clause), "{quirk:?}");
            } else if matches!(quirk, Quirk::NeverStops | Quirk::LacksGerman) {
                // What is not pure, or panics, shows in every law that walks.
                assert_eq!(broken(run), None, "{quirk:?} under {law}");
            }
        }
    }
}

/// Embeds a text by its length; `fault` is what is wrong with it.
#[derive(Debug)]
struct ByLength {
    fault: &'static str,
}

#[async_trait::async_trait]
impl Embedder for ByLength {
    fn dimensions(&self) -> usize {
        if self.fault == "no entries" { 0 } else { 2 }
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, HostError> {
        let mut vectors: Vec<_> = texts.iter().map(|text| vec![text.len() as f32, 1.0]).collect();
        match self.fault {
            "no entries" => vectors.iter_mut().for_each(Vec::clear),
            "one is short" => vectors.iter_mut().take(1).for_each(|vector| vector.truncate(1)),
            "no number" => vectors.iter_mut().flatten().for_each(|entry| *entry = f32::NAN),
            "another order" => vectors.reverse(),
            "the last is missing" => drop(vectors.pop()),
            _ => {}
        }
        Ok(vectors)
    }
}

#[test]
fn each_fault_of_an_embedder_breaks_its_clause() {
    let faults = [
        ("", None),
        ("no entries", Some("V1")),
        ("one is short", Some("V1")),
        ("no number", Some("V1")),
        ("another order", Some("V2")),
        ("the last is missing", Some("V2")),
    ];
    for (fault, clause) in faults {
        let make = || ByLength { fault };
        let laws: [&dyn Fn(); 2] = [&|| embedder::v1_same_length(make), &|| embedder::v2_one_for_each(make)];
        let found: Vec<_> = laws.into_iter().filter_map(broken).collect();
        assert_eq!(found.first().map(String::as_str), clause, "{fault}");
    }
}

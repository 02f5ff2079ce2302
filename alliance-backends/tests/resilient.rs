//! When [`Resilient`] tries again, how long it waits, where it falls back to, and when it gives up.
#![cfg(feature = "resilient")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alliance_backends::{Deadlines, Fallback, Resilient, Tries};
use alliance_core::{
    backend::{BackendError, BackendErrorKind as Kind, Chunk, ChunkStream, LlmBackend, StopReason, Usage},
    prompt::Prompt,
    testing::{ManualTimer, ScriptedBackend, Step, poll_once, prompt, prompt_with, screened},
};
use futures::StreamExt as _;

mod laws {
    use alliance_backends::Resilient;
    use alliance_core::{backend::BackendErrorKind, testing::ScriptedBackend};

    alliance_core::llm_backend_laws!(
        || Resilient::new(ScriptedBackend::new().always("I hear you.")),
        failing: || Resilient::new(ScriptedBackend::new().always_fail(BackendErrorKind::Rejected)),
    );
}

const MS: Duration = Duration::from_millis(1);

/// Is refused with a wait, so many times.
#[derive(Debug)]
struct Limited(Mutex<u32>, Duration);

#[async_trait::async_trait]
impl LlmBackend for Limited {
    async fn generate(&self, prompt: Prompt) -> Result<ChunkStream, BackendError> {
        {
            let mut left = self.0.lock().unwrap();
            if *left > 0 {
                *left -= 1;
                return Err(BackendError::new(Kind::RateLimited).retry_after(self.1));
            }
        }
        ScriptedBackend::replies(["At last."]).generate(prompt).await
    }
}

/// What came of a prompt, with every wait on the way to it, in milliseconds.
#[derive(Debug, PartialEq)]
struct Came {
    words: String,
    end: Result<Option<Usage>, Kind>,
    waits: Vec<u128>,
}

/// Runs it, moving on the time whenever nothing else happens.
fn run(backend: Resilient, prompt: Prompt) -> Came {
    let timer = ManualTimer::new();
    let backend = backend.timer(timer.clone()).seed(7);
    let mut waits = Vec::new();
    let mut running = Box::pin(async {
        let mut words = String::new();
        let mut stream = match backend.generate(prompt).await {
            Ok(stream) => stream,
            Err(error) => return (words, Err(error.kind)),
        };
        while let Some(item) = stream.next().await {
            match item {
                Ok(Chunk::Words(more)) => words.push_str(&more),
                Ok(Chunk::End { usage, .. }) => {
                    assert!(stream.next().await.is_none());
                    return (words, Ok(usage));
                }
                Err(error) => {
                    assert!(stream.next().await.is_none());
                    return (words, Err(error.kind));
                }
                _ => {}
            }
        }
        panic!("a stream without an end")
    });
    loop {
        if let Some((words, end)) = poll_once(&mut running) {
            drop(running);
            assert_eq!(timer.sleeping(), 0, "nobody waits for what is over");
            return Came { words, end, waits };
        }
        waits.push(timer.next_due().unwrap().as_millis());
        timer.advance_to_next();
    }
}

fn came(words: &str, end: Result<Option<Usage>, Kind>) -> Came {
    Came { words: words.to_owned(), end, waits: Vec::new() }
}

fn calls(calls: u32) -> Option<Usage> {
    let call = Usage::of_call(0, 0);
    Some((1..calls).fold(call, |usage, _| usage.plus(call)))
}

#[test]
fn what_works_costs_no_wait() {
    let scripted = ScriptedBackend::replies(["I hear you."]);
    assert_eq!(run(Resilient::new(scripted.clone()), prompt("hello")), came("I hear you.", Ok(None)));
    assert_eq!(scripted.calls(), 1);
}

#[test]
fn what_may_get_better_is_tried_again_and_counted() {
    for kind in [Kind::Unavailable, Kind::RateLimited, Kind::Malformed] {
        let scripted = ScriptedBackend::new().fail_before(kind).fail_before(kind).reply("At last.");
        let came = run(Resilient::new(scripted.clone()), prompt("hello"));
        assert_eq!((&*came.words, came.end), ("At last.", Ok(calls(3))));
        assert_eq!(scripted.calls(), 3);
        assert!(came.waits[0] <= 250 && came.waits[1] <= 500, "{:?}", came.waits);
    }
    let scripted = ScriptedBackend::new().always_fail(Kind::Unavailable);
    let came = run(Resilient::new(scripted.clone()), prompt("hello"));
    assert_eq!((came.end, came.waits.len(), scripted.calls()), (Err(Kind::Unavailable), 2, 3));
}

#[test]
fn waits_double_up_to_a_bound_and_are_spread() {
    let mut tries = Tries::default();
    tries.attempts = 12;
    let waits = |seed| {
        let scripted = ScriptedBackend::new().always_fail(Kind::Unavailable);
        let timer = ManualTimer::new();
        let backend = Resilient::new(scripted).tries(tries).timer(timer.clone()).seed(seed);
        let mut running = backend.generate(prompt("hello"));
        let mut waits = Vec::new();
        while poll_once(&mut running).is_none() {
            waits.push(timer.next_due().unwrap());
            timer.advance_to_next();
        }
        waits
    };
    let many: Vec<_> = (0..400).map(waits).collect();
    for attempt in 0..11 {
        let bound = (250 * MS * (1 << attempt)).min(4000 * MS);
        let all: Vec<Duration> = many.iter().map(|waits| waits[attempt]).collect();
        assert!(all.iter().all(|wait| *wait <= bound));
        let mean = all.iter().sum::<Duration>() / 400;
        assert!(mean > bound.mul_f64(0.42) && mean < bound.mul_f64(0.58), "{attempt}: {mean:?} of {bound:?}");
        assert!(
            all.iter().any(|wait| *wait < bound / 10) && all.iter().any(|wait| *wait > bound.mul_f64(0.9))
        );
    }
}

#[test]
fn what_is_refused_is_not_tried_again() {
    let scripted = ScriptedBackend::new().fail_before(Kind::Rejected).reply("never");
    assert_eq!(run(Resilient::new(scripted.clone()), prompt("hello")), came("", Err(Kind::Rejected)));
    assert_eq!(scripted.calls(), 1);
}

#[test]
fn a_provider_that_asks_for_a_wait_gets_it() {
    let limited = |times, wait| Resilient::new(Limited(Mutex::new(times), wait));
    let waited = run(limited(2, 3000 * MS), prompt("hello"));
    assert_eq!(waited.words, "At last.");
    // No less than that, and not all at the same time.
    let [first, second] = waited.waits[..] else { panic!("{:?}", waited.waits) };
    assert!((3001..=3250).contains(&first) && (3001..=3500).contains(&second), "{first} and {second}");
    let waited = run(limited(1, MS), prompt("hello"));
    assert!(waited.waits[0] >= 1 && waited.waits[0] <= 251);
    // One that nobody would wait for ends the tries, and the caller is told how long.
    assert_eq!(run(limited(1, 60_000 * MS), prompt("hello")), came("", Err(Kind::RateLimited)));
    let error = futures::executor::block_on(limited(1, 60_000 * MS).generate(prompt("hello"))).err().unwrap();
    assert_eq!(error.retry_after, Some(60_000 * MS));
    // With somebody else to ask, nobody waits.
    let fallback = Fallback::to(ScriptedBackend::replies(["Instead."]));
    let came = run(limited(9, 60_000 * MS).with_fallback(fallback), prompt("hello"));
    assert_eq!((&*came.words, came.waits.len()), ("Instead.", 0));
}

#[test]
fn after_the_first_words_nothing_is_tried_again() {
    let scripted = ScriptedBackend::replies(["So far."]).then_fail(Kind::Unavailable).reply("never");
    let fallback = Fallback::to(ScriptedBackend::replies(["never"]));
    let backend = Resilient::new(scripted.clone()).with_fallback(fallback);
    assert_eq!(run(backend, prompt("hello")), came("So far.", Err(Kind::Unavailable)));
    assert_eq!(scripted.calls(), 1);
    // A stream that just stops stays what it is: nothing is made up.
    let cut = Resilient::new(ScriptedBackend::replies(["So far."]).then_cut());
    let items: Vec<_> = futures::executor::block_on(async {
        cut.generate(prompt("hello")).await.unwrap().collect::<Vec<_>>().await
    });
    assert_eq!(items.len(), 1);
}

#[test]
fn an_error_before_the_first_words_of_a_stream_is_tried_again() {
    let scripted = ScriptedBackend::new()
        .steps([Step::Words(String::new()), Step::Fail(Kind::Unavailable)])
        .steps([Step::End(StopReason::Complete)])
        .reply("At last.");
    let came = run(Resilient::new(scripted.clone()), prompt("hello"));
    assert_eq!((&*came.words, scripted.calls()), ("At last.", 3));
}

#[test]
fn an_end_that_comes_again_is_not_tried_again() {
    for stop in [StopReason::Filtered, StopReason::Length] {
        let scripted = ScriptedBackend::new().steps([Step::End(stop)]).reply("never");
        let fallback = ScriptedBackend::replies(["never"]);
        let backend = Resilient::new(scripted.clone()).with_fallback(Fallback::to(fallback.clone()));
        let items: Vec<_> = futures::executor::block_on(async {
            backend.generate(prompt("hello")).await.unwrap().map(Result::unwrap).collect().await
        });
        assert_eq!(items, [Chunk::End { stop, usage: None }]);
        assert_eq!((scripted.calls(), fallback.calls()), (1, 0));
    }
    // What it cost is told, with the tries before it.
    let filtered = Chunk::End { stop: StopReason::Filtered, usage: Some(Usage::of_call(11, 7)) };
    let backend = Resilient::new(ScriptedBackend::new().fail_before(Kind::Rejected).always_hang())
        .with_fallback(Fallback::to(Ends(filtered)));
    let cost = Usage::of_call(11, 7).plus(Usage::of_call(0, 0));
    assert_eq!(run(backend, prompt("hello")), came("", Ok(Some(cost))));
}

/// Says nothing, and ends so.
#[derive(Debug)]
struct Ends(Chunk);

#[async_trait::async_trait]
impl LlmBackend for Ends {
    async fn generate(&self, _prompt: Prompt) -> Result<ChunkStream, BackendError> {
        Ok(futures::stream::iter([Ok(self.0.clone())]).boxed())
    }
}

#[test]
fn nothing_is_an_answer_where_it_may_be_left_out() {
    let scripted = ScriptedBackend::new().steps([Step::End(StopReason::Complete)]);
    let asked = prompt_with("hello", alliance_core::prompt::PromptBuilder::reflection_only);
    assert_eq!(run(Resilient::new(scripted), asked), came("", Ok(None)));
}

#[test]
fn every_deadline_holds() {
    let one = || {
        let mut tries = Tries::default();
        tries.attempts = 1;
        tries
    };
    let waits = |backend: ScriptedBackend| run(Resilient::new(backend).tries(one()), prompt("hello")).waits;
    // No stream; no first words; no more words; words without end.
    assert_eq!(waits(ScriptedBackend::new().hang()), [10_000]);
    let none = ScriptedBackend::new().steps([Step::Words(String::new()), Step::Hang]);
    assert_eq!(waits(none), [14_000]);
    assert_eq!(waits(ScriptedBackend::replies(["So far."]).then_hang()), [8_000]);
    let mut deadlines = Deadlines::default();
    deadlines.between_words = Duration::from_secs(100);
    let slow = ScriptedBackend::replies(["So far."]).then_hang();
    let came = run(Resilient::new(slow).tries(one()).deadlines(deadlines), prompt("hello"));
    assert_eq!((came.end, came.waits), (Err(Kind::TimedOut), vec![25_000]));
}

#[test]
fn who_is_too_slow_is_not_asked_again_where_there_is_somebody_else() {
    let slow = ScriptedBackend::new().always_hang();
    let fallback = Fallback::to(ScriptedBackend::replies(["Instead."]));
    let came = run(Resilient::new(slow.clone()).with_fallback(fallback), prompt("hello"));
    assert_eq!((&*came.words, came.end, came.waits), ("Instead.", Ok(calls(2)), vec![10_000]));
    assert_eq!((slow.calls(), slow.running()), (1, 0), "the first is stopped");
    let came = run(Resilient::new(slow.clone()), prompt("hello"));
    assert_eq!((came.end, slow.calls()), (Err(Kind::TimedOut), 4));
}

#[test]
fn the_prompt_is_cut_to_the_smallest_limit_of_the_chain() {
    let first = ScriptedBackend::new().always_fail(Kind::Rejected);
    let second = ScriptedBackend::replies(["Instead."]);
    let backend = Resilient::new(first.clone())
        .prompt_tokens(1000)
        .with_fallback(Fallback::to(second.clone()).prompt_tokens(30));
    let long = "word ".repeat(20);
    let asked = prompt_with("now", |builder| {
        builder.instruction("rules").exchange(screened(&long), vec![]).exchange(screened("before"), vec![])
    });
    assert_eq!(asked.parts().len(), 4);
    assert_eq!(run(backend, asked).words, "Instead.");
    for seen in [first.prompts(), second.prompts()] {
        let parts: Vec<&str> = seen[0].parts().iter().map(|part| &*part.text).collect();
        assert_eq!(parts, ["rules", "before", "now"]);
    }
}

#[test]
fn who_cannot_read_what_is_never_cut_is_left_out() {
    let long = "word ".repeat(20);
    let asked = || {
        prompt_with(&long, |builder| {
            builder.instruction("rules").safety_plan(screened("my plan")).exchange(screened("before"), vec![])
        })
    };
    // Down, and nobody beside it who could: that is what is told, and it is tried again as if alone.
    let small = ScriptedBackend::new().always_fail(Kind::Rejected);
    let chain = |first: ScriptedBackend| {
        Resilient::new(first).with_fallback(Fallback::to(small.clone()).prompt_tokens(30))
    };
    let down = run(chain(ScriptedBackend::new().always_fail(Kind::Unavailable)), asked());
    assert_eq!(down.end, Err(Kind::Unavailable));
    let slow = ScriptedBackend::new().hang().reply("At last.");
    assert_eq!(run(chain(slow), asked()).words, "At last.");
    // Whoever can read it gets all of it, and not what the other would have had.
    let large = ScriptedBackend::replies(["I hear you."]);
    assert_eq!(run(chain(large.clone()), asked()).words, "I hear you.");
    assert_eq!((large.prompts()[0].parts().len(), small.calls()), (4, 0));
    // Nobody can: asking later would be the same.
    let nobody = Resilient::new(small.clone()).prompt_tokens(30);
    assert_eq!(run(nobody, asked()), came("", Err(Kind::Rejected)));
    assert_eq!(small.calls(), 0);
}

#[test]
fn of_several_failures_the_one_that_may_pass_is_told() {
    let failing = |kind| ScriptedBackend::new().always_fail(kind);
    for (first, second, told) in [
        (Kind::Unavailable, Kind::Rejected, Kind::Unavailable),
        (Kind::Rejected, Kind::Unavailable, Kind::Unavailable),
        (Kind::Malformed, Kind::RateLimited, Kind::RateLimited),
        (Kind::Rejected, Kind::Rejected, Kind::Rejected),
    ] {
        let backend = Resilient::new(failing(first)).with_fallback(Fallback::to(failing(second)));
        assert_eq!(run(backend, prompt("hello")).end, Err(told));
    }
}

#[test]
fn dropping_it_stops_the_attempt_and_the_waiting() {
    let slow = ScriptedBackend::new().fail_before(Kind::Unavailable).always_hang();
    let timer = ManualTimer::new();
    let backend = Arc::new(Resilient::new(slow.clone()).timer(timer.clone()));
    let mut running = backend.generate(prompt("hello"));
    assert!(poll_once(&mut running).is_none());
    assert_eq!((slow.calls(), timer.sleeping()), (1, 1), "it waits before the next try");
    timer.advance_to_next();
    assert!(poll_once(&mut running).is_none());
    assert_eq!((slow.calls(), slow.running()), (2, 1));
    drop(running);
    assert_eq!((slow.running(), timer.sleeping()), (0, 0));
}

//! What the listener says, by properties: it never advises, repeats itself or asks too much.

mod data;
mod grammar;
mod table;

use alliance_core::{
    backend::{Chunk, LlmBackend as _},
    prompt::{Prompt, PromptBuilder},
    safety::{ClearedText, CrisisPlan, Locale, SafetyLayer, ScreenContext, Screening, Standing},
    token::ByteEstimate,
};
use futures::{StreamExt as _, executor::block_on};

use super::Reflective;

/// A conversation with the listener, through a real safety layer.
pub(super) struct Talk {
    layer: SafetyLayer,
    locale: Locale,
    exchanges: Vec<(Screening, Vec<ClearedText>)>,
    /// What was shown.
    pub(super) replies: Vec<String>,
}

impl Talk {
    pub(super) fn new(layer: &SafetyLayer, locale: Locale) -> Self {
        Self { layer: layer.clone(), locale, exchanges: Vec::new(), replies: Vec::new() }
    }

    pub(super) fn prompt(&self, text: &str, memories: &[&str]) -> Prompt {
        self.builder(text, memories).build(&ByteEstimate)
    }

    fn builder(&self, text: &str, memories: &[&str]) -> PromptBuilder {
        let mut prompt = Prompt::answering(&self.screen(text)).instruction("Listen.");
        for memory in memories {
            prompt = prompt.memory(self.screen(memory));
        }
        for (said, shown) in &self.exchanges {
            prompt = prompt.exchange(said.clone(), shown.clone());
        }
        prompt
    }

    pub(super) fn say(&mut self, text: &str) -> String {
        let reply = reply(self.prompt(text, &[]));
        self.hear(text, reply)
    }

    /// As inside an exercise: fixed words follow the reply.
    pub(super) fn reflect(&mut self, text: &str) -> String {
        let reply = reply(self.builder(text, &[]).reflection_only().build(&ByteEstimate));
        self.hear(text, reply)
    }

    fn hear(&mut self, text: &str, reply: String) -> String {
        let screening = self.screen(text);
        let mut review = self.layer.review(&screening);
        review.push(&reply);
        review.close();
        let shown: Vec<ClearedText> =
            std::iter::from_fn(|| review.next_release()).map(|release| release.shown().clone()).collect();
        self.replies.push(shown.iter().map(ClearedText::as_str).collect());
        self.exchanges.push((screening, shown));
        reply
    }

    pub(super) fn screen(&self, text: &str) -> Screening {
        self.layer.screen(text, &ScreenContext::new(Standing::default(), self.locale))
    }
}

pub(super) fn layer() -> SafetyLayer {
    SafetyLayer::new(CrisisPlan::built_in()).unwrap()
}

/// All words of a reply, after checking that the stream ends once.
pub(super) fn reply(prompt: Prompt) -> String {
    let chunks: Vec<Chunk> = block_on(async {
        Reflective::new().generate(prompt).await.unwrap().map(Result::unwrap).collect().await
    });
    let (end, words) = chunks.split_last().unwrap();
    assert!(matches!(end, Chunk::End { usage: None, .. }));
    let words = words.iter().map(|chunk| match chunk {
        Chunk::Words(words) => words.as_str(),
        _ => panic!("the end comes last"),
    });
    words.collect()
}

/// One answer to one message.
pub(super) fn answer(layer: &SafetyLayer, text: &str) -> String {
    Talk::new(layer, Locale::En).say(text)
}

/// Words that a listener does not use: advice, diagnosis, promises, English and German.
const FORBIDDEN: &[&str] = &[
    "you should",
    "try to",
    "you need to",
    "you must",
    "you have to ",
    "have you tried",
    "why don't you",
    "i suggest",
    "i recommend",
    "i'd suggest",
    "it would help to",
    "make sure",
    "you could",
    "you ought",
    "my advice",
    "consider ",
    "disorder",
    "depression",
    "you are depressed",
    "bipolar",
    "symptom",
    "diagnos",
    "adhd",
    "ptsd",
    "burnout",
    "syndrome",
    "i promise",
    "everything will be",
    "it will get better",
    "will be fine",
    "always be here",
    "never leave",
    "i love",
    "i understand exactly",
    "i know how you feel",
    "you're right that you",
    "du solltest",
    "du musst unbedingt",
    "versuch ",
    "depression",
    "ich verspreche",
    "alles wird gut",
    "störung",
    "!",
];

/// Checks what holds for every reply to every message.
pub(super) fn check(message: &str, reply: &str) {
    let lower = reply.to_lowercase();
    for marker in FORBIDDEN {
        // To say that one cannot name an illness is no diagnosis.
        let denied =
            *marker == "diagnos" && (lower.contains("can't diagnose") || message.contains("qualified"));
        assert!(denied || !lower.contains(marker), "{marker:?} in {reply:?}");
    }
    let count = reply.split_whitespace().count();
    assert!((1..=60).contains(&count), "{count} words: {reply:?}");
    assert!(reply.matches('?').count() <= 1, "two questions at once: {reply:?}");
    assert!(!reply.contains(['{', '}']), "a slot is left open: {reply:?}");
    assert!(longest_shared(message, reply) <= 5, "{message:?} is echoed: {reply:?}");
}

/// The longest run of words that both share, counted another way than the listener does.
fn longest_shared(message: &str, reply: &str) -> usize {
    let split = |text: &str| -> Vec<String> {
        let words = text.split_whitespace();
        words
            .map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase())
            .collect()
    };
    let (message, reply) = (split(message), split(reply));
    let mut longest = 0;
    for from in 0..message.len() {
        for at in 0..reply.len() {
            let run =
                message[from..].iter().zip(&reply[at..]).take_while(|(one, other)| one == other).count();
            longest = longest.max(run);
        }
    }
    longest
}

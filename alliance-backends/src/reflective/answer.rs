//! Puts a reply together: a reflection, and then a question, a word of support, or room to go on.

use alliance_core::prompt::Prompt;

use super::{
    book::{Book, Phrase, Pool, Rule},
    entry::{Kind, Then},
    hear::{Heard, Hit, Language},
    past::Past,
    word::{seed, shares_run, words},
};

/// Questions in a row, over all replies.
const QUESTIONS_IN_A_ROW: usize = 2;

/// Words in a row that a reply may share with the message that it answers.
const SHARED_WORDS: usize = 5;

/// Tries before one of the last words is said.
const TRIES: u64 = 6;

/// Replies between two summaries, and messages that one looks back on.
const SUMMARY_EVERY: usize = 5;

/// Words from which on a message is long.
const LONG: usize = 70;

/// Answers what the person says now.
pub(crate) fn answer(book: &Book, prompt: &Prompt) -> String {
    let past = Past::of(prompt);
    let heard = Heard::of(book, prompt.person());
    let turns = past.messages.len() as u64;
    for salt in 0..TRIES {
        let composer = Composer { book, past: &past, heard: &heard, seed: seed(heard.text, &[turns, salt]) };
        let reply = composer.compose();
        if !past.said(&reply) && !shares_run(&words(&reply, usize::MAX), &heard.words, SHARED_WORDS) {
            return reply;
        }
    }
    let composer = Composer { book, past: &past, heard: &heard, seed: seed(heard.text, &[turns]) };
    composer.least_recent(&book.talk.last, &Slots::default())
}

struct Composer<'a> {
    book: &'a Book,
    past: &'a Past<'a>,
    heard: &'a Heard<'a>,
    seed: u64,
}

/// What a phrase can be filled with.
#[derive(Debug, Default)]
struct Slots {
    who: Option<String>,
    feeling: Option<String>,
    topic: Option<String>,
    list: Option<String>,
}

impl Composer<'_> {
    fn compose(&self) -> String {
        let act = if self.heard.words.is_empty() {
            self.book.rule("wordless")
        } else {
            match self.heard.language {
                Language::Foreign => self.book.rule("foreign"),
                Language::OtherShipped => self.book.rule("other_shipped"),
                Language::Own => self.heard.act(),
            }
        };
        match act {
            Some(act) => self.act(act),
            None => self.listen(),
        }
    }

    /// Answers a greeting, a question to the agent, a short answer.
    fn act(&self, act: &Rule) -> String {
        let slots = Slots::default();
        let mut reply = match self.pick(&act.say, "say", &slots) {
            Some(reply) => reply,
            None if act.then == Then::Carry => self.least_recent(&self.book.talk.invite, &slots),
            None => self.least_recent(&act.say, &slots),
        };
        let question = match act.then {
            Then::Nothing => None,
            Then::Carry => self.may_ask(80, 40).then(|| self.carried()).flatten(),
            Then::Ask => self.may_ask(100, 100).then(|| self.pick(&act.ask, "ask", &slots)).flatten(),
            Then::Sometimes => self.may_ask(60, 30).then(|| self.pick(&act.ask, "ask", &slots)).flatten(),
        };
        join(&mut reply, question);
        reply
    }

    /// Takes up what the person speaks of.
    fn listen(&self) -> String {
        let themes: Vec<Hit<'_>> = self.heard.themes().collect();
        let primary = themes.first().copied();
        let mut reply = self.reflection(&themes);
        if let Some(remembered) = self.remembered() {
            join(&mut reply, Some(remembered));
        } else if let Some(summary) = self.summary() {
            join(&mut reply, Some(summary));
            let ask = self.may_ask(100, 100);
            join(
                &mut reply,
                ask.then(|| self.pick(&self.book.talk.summary_ask, "check", &Slots::default())).flatten(),
            );
            return reply;
        }
        let then = primary.map_or(Then::Sometimes, |hit| hit.rule.then);
        let ask = match then {
            Then::Nothing => return reply,
            Then::Ask => self.may_ask(100, 70),
            Then::Sometimes | Then::Carry => self.may_ask(75, 35),
        };
        let rules: Vec<&Rule> = themes.iter().map(|hit| hit.rule).collect();
        let question = ask.then(|| self.question(&rules)).flatten();
        if question.is_some() {
            join(&mut reply, question);
        } else if self.roll("close") < 75 {
            let heavy = primary.is_some_and(|hit| {
                !hit.rule.light && matches!(hit.rule.kind, Kind::Feeling | Kind::Event | Kind::Thought)
            });
            let pool = if heavy { &self.book.talk.support } else { &self.book.talk.invite };
            join(&mut reply, self.pick(pool, "close", &Slots::default()));
        }
        reply
    }

    fn reflection(&self, themes: &[Hit<'_>]) -> String {
        let (talk, slots) = (&self.book.talk, self.slots(themes));
        let primary = themes.first();
        let mut pools: Vec<&Pool> = Vec::new();
        let again = self.past.messages.first().is_some_and(|before| self.heard.is_again(before));
        if again {
            pools.push(&talk.repeated);
        }
        match primary {
            Some(hit) if hit.of_other => pools.push(&talk.other_feels),
            Some(hit) => {
                let mixes =
                    slots.feeling.is_some() && slots.topic.is_some() && hit.rule.kind <= Kind::Feeling;
                if mixes && self.roll("mix") < 50 {
                    pools.push(&talk.feeling_topic);
                } else if slots.who.is_some() && hit.rule.kind <= Kind::Topic && self.roll("who") < 45 {
                    pools.push(&talk.who);
                }
            }
            None if slots.who.is_some() => pools.push(&talk.who),
            None if self.heard.words.len() > LONG => pools.push(&talk.long),
            None => {}
        }
        pools.extend(themes.iter().filter(|hit| !hit.of_other).map(|hit| &hit.rule.say));
        pools.push(&talk.reflect);
        pools.push(&talk.invite);
        pools
            .into_iter()
            .find_map(|pool| self.pick(pool, "reflect", &slots))
            .unwrap_or_else(|| self.least_recent(&talk.reflect, &slots))
    }

    fn slots(&self, themes: &[Hit<'_>]) -> Slots {
        let noun = |kind: Kind| {
            let mut fitting = themes.iter().filter(|hit| hit.rule.kind == kind);
            fitting.find_map(|hit| hit.rule.noun.clone().map(|noun| (noun, hit.of_other)))
        };
        let named = self.heard.named_near(themes.first().map_or(0, |hit| hit.at));
        let alive = named.filter(|named| named.alive).map(|named| self.yours(named.word));
        Slots {
            feeling: noun(Kind::Feeling).filter(|(_, of_other)| !of_other).map(|(noun, _)| noun),
            topic: alive.or_else(|| noun(Kind::Topic).map(|(noun, _)| noun)),
            // Of a feeling that somebody else has, only a living being can be the owner.
            who: named
                .filter(|named| named.alive || themes.first().is_none_or(|hit| !hit.of_other))
                .map(|named| self.yours(named.word)),
            list: None,
        }
    }

    fn yours(&self, word: &str) -> String {
        format!("{} {}", self.book.yours, word.to_lowercase())
    }

    /// A memory is taken up only where it says `my sister` and so does the message.
    fn remembered(&self) -> Option<String> {
        if self.past.memories.is_empty() || self.past.lately(&self.book.talk.remembered, usize::MAX) {
            return None;
        }
        let named = self.heard.named.iter().find(|named| {
            named.alive
                && self.past.memories.iter().any(|memory| {
                    let of_memory = Heard::of(self.book, memory);
                    of_memory.named.iter().any(|known| known.word.eq_ignore_ascii_case(named.word))
                })
        })?;
        let slots = Slots { who: Some(self.yours(named.word)), ..Slots::default() };
        self.pick(&self.book.talk.remembered, "memory", &slots)
    }

    /// Every few turns, what the person spoke of: three things at least, oldest first.
    fn summary(&self) -> Option<String> {
        let earlier = self.past.messages.get(..SUMMARY_EVERY - 1)?;
        if self.past.lately(&self.book.talk.summary, SUMMARY_EVERY) {
            return None;
        }
        let mut nouns: Vec<String> = Vec::new();
        let earlier: Vec<Heard<'_>> =
            earlier.iter().rev().map(|message| Heard::of(self.book, message)).collect();
        for heard in earlier.iter().chain([self.heard]).filter(|heard| heard.language == Language::Own) {
            let named = heard.named.iter().find(|named| named.alive).map(|named| self.yours(named.word));
            // `your sister` says more than `your family`.
            let telling = |hit: &Hit<'_>| !hit.of_other && (named.is_none() || hit.rule.kind != Kind::Topic);
            let theme = heard.themes().filter(telling).find_map(|hit| hit.rule.noun.clone());
            for noun in theme.into_iter().chain(named) {
                if !nouns.contains(&noun) {
                    nouns.push(noun);
                }
            }
        }
        if nouns.len() < 3 {
            return None;
        }
        let last = nouns.split_off(nouns.len().min(4) - 1).swap_remove(0);
        let list = format!("{} {} {last}", nouns.join(", "), self.book.and);
        self.pick(&self.book.talk.summary, "summary", &Slots { list: Some(list), ..Slots::default() })
    }

    /// A question about these rules, or an open one.
    fn question(&self, rules: &[&Rule]) -> Option<String> {
        let slots = Slots::default();
        let own = rules.first().filter(|_| self.roll("own") < 75).map(|rule| &rule.ask);
        own.into_iter()
            .chain([self.open_questions(rules.first().copied())])
            .chain(rules.iter().map(|rule| &rule.ask))
            .find_map(|pool| self.pick(pool, "ask", &slots))
    }

    /// Open questions that fit what was said: those about weighty things only where there is one.
    fn open_questions(&self, rule: Option<&Rule>) -> &Pool {
        let weighty = rule.is_some_and(|rule| !rule.light && rule.kind > Kind::Topic);
        if weighty { &self.book.talk.ask } else { &self.book.talk.ask_open }
    }

    /// A question about what the person spoke of last. None where they closed the subject, or spoke of nothing yet.
    fn carried(&self) -> Option<String> {
        let slots = Slots::default();
        for message in self.past.messages.iter().take(3) {
            let heard = Heard::of(self.book, message);
            if heard.act().is_some_and(|act| act.then == Then::Nothing) {
                return None;
            }
            if let Some(hit) = heard.themes().find(|hit| !hit.of_other) {
                let open = self.open_questions(Some(hit.rule));
                return [&hit.rule.ask, open].into_iter().find_map(|pool| self.pick(pool, "carry", &slots));
            }
        }
        None
    }

    /// Whether to ask now, in percent: where the last reply asked nothing, and where it did.
    fn may_ask(&self, fresh: u64, again: u64) -> bool {
        let chance = match self.past.questions_in_a_row() {
            0 => fresh,
            asked if asked < QUESTIONS_IN_A_ROW => again,
            _ => 0,
        };
        self.roll("turn") < chance
    }

    /// A number below 100, the same for the same message, turn and purpose.
    fn roll(&self, purpose: &str) -> u64 {
        seed(purpose, &[self.seed]) % 100
    }

    /// A phrase that is in none of the last replies and can be filled in.
    fn pick(&self, pool: &Pool, purpose: &str, slots: &Slots) -> Option<String> {
        let start = usize::try_from(seed(purpose, &[self.seed]) % pool.len().max(1) as u64).unwrap_or(0);
        let (before, after) = pool.split_at_checked(start)?;
        let mut turned = after.iter().chain(before);
        turned.find_map(|phrase| filled(phrase, slots).filter(|_| !self.past.holds(phrase)))
    }

    /// The phrase that was not said for longest.
    fn least_recent(&self, pool: &Pool, slots: &Slots) -> String {
        let best = pool
            .iter()
            .filter(|phrase| filled(phrase, slots).is_some())
            .max_by_key(|phrase| (self.past.age(phrase), seed(&phrase.text, &[self.seed])));
        best.and_then(|phrase| filled(phrase, slots)).unwrap_or_default()
    }
}

impl Heard<'_> {
    /// Whether it is the message before once more.
    fn is_again(&self, before: &str) -> bool {
        let known = words(before, self.words.len() + 1);
        self.words.len() > 2
            && known.len() == self.words.len()
            && known.iter().zip(&self.words).all(|(one, other)| one.hash == other.hash)
    }
}

/// The text of a phrase; none where it needs what is not there.
fn filled(phrase: &Phrase, slots: &Slots) -> Option<String> {
    if !phrase.slots {
        return Some(phrase.text.clone());
    }
    let mut text = phrase.text.clone();
    let values =
        [("who", &slots.who), ("feeling", &slots.feeling), ("topic", &slots.topic), ("list", &slots.list)];
    for (name, value) in values {
        let place = format!("{{{name}}}");
        let capital = format!("{{{}}}", capitalized(name));
        if !text.contains(&place) && !text.contains(&capital) {
            continue;
        }
        let value = value.as_ref()?;
        text = text.replace(&place, value).replace(&capital, &capitalized(value));
    }
    Some(text)
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn join(reply: &mut String, more: Option<String>) {
    if let Some(more) = more {
        if !reply.is_empty() {
            reply.push(' ');
        }
        reply.push_str(&more);
    }
}

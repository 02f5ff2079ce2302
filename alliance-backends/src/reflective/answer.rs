//! Puts a reply together: a reflection, and then a question, a word of support, or room to go on.

use alliance_core::prompt::Prompt;

use super::{
    book::{Book, Name, Phrase, Pool, Rule},
    entry::{Kind, Then},
    hear::{Heard, Hit, Language},
    past::Past,
    slots::{Slots, list, spoken_of},
    word::{seed, shares_run, words},
};

/// Questions in a row, over all replies.
const QUESTIONS_IN_A_ROW: usize = 2;

/// Words in a row that a reply may share with the message that it answers.
pub(crate) const SHARED_WORDS: usize = 5;

/// Tries before one of the last words is said.
const TRIES: u64 = 6;

/// Replies between two summaries, and messages that one looks back on.
const SUMMARY_EVERY: usize = 5;

/// Messages in which what weighs on the person is looked for.
const NEAR: usize = 2;

/// The lowest rank of what goes on weighing on the messages after it.
const WEIGHTY: u8 = 8;

/// Words of a message after which a nod can be enough, and how often it is, in percent.
const FEW: usize = 4;
const NODS: u64 = 50;

/// How often, in percent, a feeling is named together with what it is about.
const MIXED: u64 = 15;

/// The lowest rank of a signal that says more than a clause that is turned round.
const TELLING: u8 = 4;

/// Words from which on a message is long. Where a clause is turned round, it is looked for before that.
const LONG: usize = 70;

/// Answers what the person says now.
pub(crate) fn answer<'p>(book: &'p Book, prompt: &'p Prompt) -> String {
    let past = Past::of(prompt);
    let heard = Heard::of(book, prompt.person());
    let turns = past.messages.len() as u64;
    let single = prompt.reflection_only();
    for salt in 0..TRIES {
        let seed = seed(heard.text, &[turns, salt]);
        let mut reply = Composer { book, past: &past, heard: &heard, single, seed }.compose();
        if single {
            reply = one_reflection(&reply);
            if reply.is_empty() {
                // The fixed words that follow say more than a word that fits anything.
                return reply;
            }
        }
        if !past.said(&reply) && !shares_run(&words(&reply, usize::MAX), &heard.words, SHARED_WORDS) {
            return reply;
        }
    }
    let composer = Composer { book, past: &past, heard: &heard, single, seed: seed(heard.text, &[turns]) };
    if single { String::new() } else { composer.least_recent(&book.talk.last, &Slots::default()) }
}

struct Composer<'c, 'p> {
    book: &'p Book,
    past: &'c Past<'p>,
    heard: &'c Heard<'p>,
    /// One sentence that asks nothing, because fixed words follow.
    single: bool,
    seed: u64,
}

impl<'p> Composer<'_, 'p> {
    fn compose(&self) -> String {
        let act = if self.heard.words.is_empty() {
            self.book.rule("wordless")
        } else {
            match self.heard.language {
                Language::Foreign => self.book.rule("foreign"),
                Language::OtherShipped => self.book.rule("other_shipped"),
                Language::Own => self.heard.act().or_else(|| self.asked()),
            }
        };
        match act {
            Some(act) => self.act(act),
            None if self.single => self.reflection(&self.heard.themes().collect::<Vec<_>>()),
            None => self.listen(),
        }
    }

    /// A question to the program that no rule knows, and that tells nothing about the person.
    fn asked(&self) -> Option<&Rule> {
        let to_it =
            self.heard.asks() && self.heard.words.iter().any(|word| self.book.agent.contains(&word.hash));
        let tells = self.heard.themes().any(|hit| hit.rule.kind > Kind::Topic && !hit.of_other);
        (to_it && !tells).then(|| self.book.rule("asked_agent")).flatten()
    }

    /// Answers a greeting, a question to the agent, a short answer.
    fn act(&self, act: &Rule) -> String {
        let slots = Slots::default();
        if self.single {
            // A short answer to fixed words is taken up by the fixed words that follow.
            let said = (act.then != Then::Carry).then(|| self.pick(&act.say, "say", &slots));
            return said.flatten().unwrap_or_default();
        }
        let in_its_light = if self.past.asked() { &act.after_ask } else { &act.after_say };
        let pools = [in_its_light, &act.say].into_iter().skip(usize::from(self.past.is_new()));
        let said = pools.into_iter().find_map(|pool| self.pick(pool, "say", &slots));
        let mut reply = said.unwrap_or_else(|| self.least_recent(&act.say, &slots));
        join(&mut reply, self.pick(&act.also, "also", &slots));
        let question = match act.then {
            Then::Nothing => None,
            Then::Carry => self.may_ask(35, 10).then(|| self.carried()).flatten(),
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
            let slots = Slots::default();
            join(&mut reply, ask.then(|| self.pick(&self.book.talk.summary_ask, "check", &slots)).flatten());
            return reply;
        }
        let then = primary.map_or(Then::Sometimes, |hit| hit.rule.then);
        let ask = match then {
            Then::Nothing => return reply,
            Then::Ask => self.may_ask(100, 70),
            // What no rule knows is not left with a bare nod.
            Then::Sometimes | Then::Carry if primary.is_none() => self.may_ask(75, 45),
            Then::Sometimes | Then::Carry => self.may_ask(65, 25),
        };
        let rules: Vec<&Rule> = themes.iter().filter(|hit| !hit.of_other).map(|hit| hit.rule).collect();
        let question = ask.then(|| self.question(&rules)).flatten();
        let close = question.or_else(|| self.close(primary));
        join(&mut reply, close);
        reply
    }

    /// Sometimes a word of support after something heavy, or room to go on, in place of a question.
    fn close(&self, primary: Option<Hit<'_>>) -> Option<String> {
        let talk = &self.book.talk;
        let (pool, chance) = match primary {
            Some(hit) if hit.of_other => return None,
            Some(hit) if !hit.rule.light && (hit.rule.lasting || is_inner(hit.rule)) => (&talk.support, 40),
            Some(_) => (&talk.invite, 12),
            None => (&talk.invite, 45),
        };
        (self.roll("close") < chance).then(|| self.pick(pool, "close", &Slots::default())).flatten()
    }

    fn reflection(&self, themes: &[Hit<'p>]) -> String {
        let talk = &self.book.talk;
        let slots = self.slots(themes);
        if self.single {
            return self.safe(themes).and_then(|pool| self.pick(pool, "reflect", &slots)).unwrap_or_default();
        }
        self.pools(themes, &slots)
            .into_iter()
            .chain([&talk.reflect])
            .find_map(|pool| self.pick(pool, "reflect", &slots))
            .unwrap_or_else(|| self.least_recent(&talk.reflect, &slots))
    }

    /// What the phrases can be filled with. A clause is turned round only where nothing weighs more.
    fn slots(&self, themes: &[Hit<'_>]) -> Slots {
        let mut slots = Slots::of(self.heard, themes);
        if !self.single && is_light(themes) && !telling(themes) {
            let turn = self.book.turn.of(self.book, self.heard, LONG);
            slots.turn = turn.map(|turn| Name { dative: turn.clone(), nominative: turn });
        }
        slots
    }

    /// Before fixed words: the feeling, or what lasts. Nothing where neither was heard.
    fn safe(&self, themes: &[Hit<'p>]) -> Option<&'p Pool> {
        let first = themes.first().filter(|hit| !hit.of_other).map(|hit| hit.rule)?;
        (is_inner(first) || first.lasting).then_some(&first.say)
    }

    /// What may be said, the most fitting first.
    fn pools(&self, themes: &[Hit<'p>], slots: &Slots) -> Vec<&'p Pool> {
        let talk = &self.book.talk;
        let light = is_light(themes);
        let own = |fits: fn(Kind) -> bool| {
            let mine = themes.iter().filter(move |hit| !hit.of_other && fits(hit.rule.kind));
            mine.map(|hit| &hit.rule.say)
        };
        let signals = || own(|kind| kind == Kind::Signal);
        let mut pools: Vec<&Pool> = Vec::new();
        if self.past.messages.first().is_some_and(|before| self.heard.is_again(before)) {
            pools.push(&talk.repeated);
        }
        if !light && themes.first().is_some_and(|hit| hit.of_other) {
            pools.push(&talk.other_feels);
        } else if light {
            pools.extend(self.heard.asks().then(|| self.book.rule("asked")).flatten().map(|rule| &rule.say));
            match self.roll("order") {
                _ if telling(themes) => pools.extend(signals()),
                0..70 => pools.extend([&talk.turned].into_iter().chain(signals())),
                70..80 if slots.named_alive => pools.push(&talk.who),
                80..90 => pools.extend(own(|kind| kind == Kind::Topic)),
                _ => pools.extend(signals().chain([&talk.turned])),
            }
        } else if themes.first().is_some_and(|hit| hit.rule.kind == Kind::Feeling && !hit.rule.light)
            && slots.topic.is_some()
            && self.roll("mix") < MIXED
        {
            pools.push(&talk.feeling_topic);
        }
        pools.extend(own(|kind| kind > Kind::Topic));
        pools.extend(signals());
        if themes.is_empty() && self.context() {
            pools.push(&talk.context);
        }
        if themes.is_empty() && self.heard.words.len() <= FEW && self.roll("nod") < NODS {
            pools.push(&talk.nod);
        }
        if self.heard.words.len() > LONG {
            pools.push(&talk.long);
        }
        pools
    }

    /// A memory is taken up only where it says `my sister` and so does the message.
    fn remembered(&self) -> Option<String> {
        if self.past.memories.is_empty() || self.past.lately(&self.book.talk.remembered, usize::MAX) {
            return None;
        }
        let named = self.heard.named.iter().find(|named| {
            named.alive
                && self.past.memories.iter().any(|memory| {
                    Heard::of(self.book, memory).named.iter().any(|known| known.name == named.name)
                })
        })?;
        let slots = Slots { who: Some(named.name.clone()), ..Slots::default() };
        self.pick(&self.book.talk.remembered, "memory", &slots)
    }

    /// Every few turns, what the person spoke of: three things at least, oldest first.
    fn summary(&self) -> Option<String> {
        // By the count as well: review may have taken one back.
        let due = (self.past.messages.len() + 1).is_multiple_of(SUMMARY_EVERY);
        if !due || self.past.lately(&self.book.talk.summary, SUMMARY_EVERY) {
            return None;
        }
        let earlier = self.past.heard(self.book, SUMMARY_EVERY - 1).rev();
        let mut names = spoken_of(earlier.chain([self.heard]));
        names.truncate(4);
        if names.len() < 3 {
            return None;
        }
        let slots = Slots { list: list(self.book, names), ..Slots::default() };
        self.pick(&self.book.talk.summary, "summary", &slots)
    }

    /// Whether something weighs on the person that they spoke of just before and did not close.
    fn context(&self) -> bool {
        for heard in self.past.heard(self.book, NEAR) {
            if heard.act().is_some_and(|act| act.then == Then::Nothing) {
                return false;
            }
            if heard.themes().any(|hit| hit.rule.lasting && hit.rule.rank >= WEIGHTY && !hit.of_other) {
                return true;
            }
        }
        false
    }

    /// A question about these rules, or an open one.
    fn question(&self, rules: &[&Rule]) -> Option<String> {
        let slots = Slots::default();
        let own = rules.first().filter(|rule| rule.light || self.roll("own") < 70).map(|rule| &rule.ask);
        // Whoever asks is asked back, where there is nothing heavy.
        let back = own.is_none().then(|| self.book.rule("asked")).flatten().filter(|_| self.heard.asks());
        own.into_iter()
            .chain(back.map(|rule| &rule.ask))
            .chain([self.open_questions(rules.first().copied())])
            .chain(rules.first().map(|rule| &rule.ask))
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
        for heard in self.past.heard(self.book, 3) {
            if heard.act().is_some_and(|act| act.then == Then::Nothing) {
                return None;
            }
            let heavy = |hit: &Hit<'_>| !hit.of_other && !hit.rule.light && hit.rule.kind > Kind::Topic;
            if let Some(hit) = heard.themes().find(heavy) {
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
        let mut turned = after.iter().chain(before).filter(|phrase| !self.single || phrase.is_single());
        turned.find_map(|phrase| slots.fill(phrase).filter(|text| !self.past.holds(phrase, text)))
    }

    /// The phrase that was not said for longest.
    fn least_recent(&self, pool: &Pool, slots: &Slots) -> String {
        let best = pool
            .iter()
            .filter(|phrase| slots.fill(phrase).is_some())
            .max_by_key(|phrase| (self.past.age(phrase), seed(&phrase.text, &[self.seed])));
        best.and_then(|phrase| slots.fill(phrase)).unwrap_or_default()
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

    /// Whether it ends with a question.
    fn asks(&self) -> bool {
        self.text.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '?').ends_with('?')
    }
}

impl Phrase {
    /// Whether it is one sentence.
    fn is_single(&self) -> bool {
        self.text.matches(['.', '?']).count() == 1
    }
}

/// The first sentence that asks nothing. Fixed words follow, and they ask one question at a time.
fn one_reflection(reply: &str) -> String {
    let mut sentences = reply.split_inclusive(['.', '?']).filter(|sentence| !sentence.ends_with('?'));
    sentences.next().unwrap_or_default().trim().to_owned()
}

/// Whether it is a feeling, or a way of seeing oneself.
const fn is_inner(rule: &Rule) -> bool {
    matches!(rule.kind, Kind::Feeling | Kind::Thought)
}

/// Whether nothing in it weighs much.
fn is_light(themes: &[Hit<'_>]) -> bool {
    themes.first().is_none_or(|hit| hit.rule.kind <= Kind::Topic) || cheer_of_others(themes)
}

/// Whether a signal in it says more than a clause that is turned round.
fn telling(themes: &[Hit<'_>]) -> bool {
    themes.iter().any(|hit| hit.rule.kind == Kind::Signal && hit.rule.rank >= TELLING)
}

/// Whether it is about somebody else, who is fine.
fn cheer_of_others(themes: &[Hit<'_>]) -> bool {
    themes.first().is_some_and(|hit| hit.of_other && hit.rule.light)
}

fn join(reply: &mut String, more: Option<String>) {
    if let Some(more) = more {
        if !reply.is_empty() {
            reply.push(' ');
        }
        reply.push_str(&more);
    }
}

//! The data files as they are written.

use serde::Deserialize;

/// One file. The parts of a language may be spread over several.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Who has read it: `none yet` until a clinician has.
    #[serde(rename = "reviewed_by")]
    pub(crate) _reviewed_by: String,
    pub(crate) words: Option<Words>,
    pub(crate) talk: Option<Talk>,
    pub(crate) turn: Option<TurnWords>,
    #[serde(default)]
    pub(crate) rule: Vec<RuleEntry>,
}

/// Small words that the rules need to know about.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// Turns a feeling into its absence.
    pub(crate) negations: Vec<String>,
    /// The person themselves, as the one who feels.
    pub(crate) me: Vec<String>,
    /// Somebody else, as the one who feels.
    pub(crate) them: Vec<String>,
    /// The program that is spoken to.
    pub(crate) agent: Vec<String>,
    /// `my`.
    pub(crate) mine: Vec<String>,
    /// What stands in for `my` in a reply.
    pub(crate) yours: String,
    /// People and animals that may follow `my`.
    pub(crate) people: Vec<Noun>,
    /// Things that may follow `my`.
    pub(crate) things: Vec<Noun>,
    /// People who are named without `my` as well: `mum`.
    pub(crate) bare: Vec<String>,
    /// What stands before a person who is not the speaker's: `his`, `the`.
    pub(crate) not_mine: Vec<String>,
    /// Turns no feeling into its absence where it follows a negation: `only`.
    pub(crate) not_only: Vec<String>,
    /// Begins a new thought without a comma: `because`.
    pub(crate) joins: Vec<String>,
    /// `and`, between the last two of a list.
    pub(crate) and: String,
    /// Everyday words of this language.
    pub(crate) own: Vec<String>,
    /// Everyday words of the other shipped language that this one does not have.
    pub(crate) other_shipped: Vec<String>,
    /// Everyday words of languages that are not shipped, and that neither shipped one has.
    pub(crate) foreign: Vec<String>,
}

/// A word for a reply: `mum`, or what it is called when it is the person's, with its dative.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Noun {
    /// The word alone: the language has no cases.
    Word(String),
    /// Nominative and dative, each with `your`, and the words that are heard: the last one of each where none
    /// are given.
    Cases(Vec<String>),
}

/// How a short clause about oneself is turned round.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TurnWords {
    /// `I` and `I'm`, and what they become.
    pub(crate) subjects: Vec<[String; 2]>,
    /// Words for oneself, and what they become.
    pub(crate) flips: Vec<[String; 2]>,
    /// The verb after `I`: what it becomes, or one word where it stays the same.
    pub(crate) verbs: Vec<String>,
    /// The verb after `my mother`, which stays.
    pub(crate) third: Vec<String>,
    /// Left out before the clause.
    pub(crate) dropped: Vec<String>,
    /// Kept before the clause.
    pub(crate) kept: Vec<String>,
    /// Whether `I` follows the verb after a kept word.
    pub(crate) inverted: bool,
    /// Whether nouns have capitals: what has none is not repeated.
    pub(crate) noun_capitals: bool,
    /// Comes before a noun.
    pub(crate) articles: Vec<String>,
    /// Put after the verb and the small words that cling to it. May be empty.
    pub(crate) inserted: String,
    /// Small words that cling to the verb.
    pub(crate) clings: Vec<String>,
    /// The clause ends before these.
    pub(crate) cuts: Vec<String>,
    /// A clause with one of these is left alone.
    pub(crate) blocks: Vec<String>,
}

/// Phrases that fit many messages. `{who}`, `{feeling}`, `{topic}`, `{list}` are filled in; with a capital
/// letter they begin a sentence, and with `_dat` they are in the dative.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Talk {
    /// Reflections for a message that no rule knows.
    pub(crate) reflect: Vec<String>,
    /// After hardly more than a word or two that no rule knows.
    pub(crate) nod: Vec<String>,
    /// Open questions about something that has weight.
    pub(crate) ask: Vec<String>,
    /// Open questions about anything at all.
    pub(crate) ask_open: Vec<String>,
    /// After something heavy, in place of a question.
    pub(crate) support: Vec<String>,
    /// Leaves room, in place of a question.
    pub(crate) invite: Vec<String>,
    /// Names `{who}`.
    pub(crate) who: Vec<String>,
    /// A `{feeling}` and a `{topic}` together.
    pub(crate) feeling_topic: Vec<String>,
    /// A `{feeling}` that somebody else has.
    pub(crate) other_feels: Vec<String>,
    /// The same message again.
    pub(crate) repeated: Vec<String>,
    /// A long message.
    pub(crate) long: Vec<String>,
    /// A memory names `{who}` too.
    pub(crate) remembered: Vec<String>,
    /// Sums up a `{list}`.
    pub(crate) summary: Vec<String>,
    /// Asks whether the summary is right.
    pub(crate) summary_ask: Vec<String>,
    /// A clause of the person's, turned round, as `{turn}`.
    pub(crate) turned: Vec<String>,
    /// For a message that no rule knows, soon after something that weighs on the person.
    pub(crate) context: Vec<String>,
    /// Said when everything else was said or cannot be: at most five words each.
    pub(crate) last: Vec<String>,
}

/// A rule: what is heard, and what may be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleEntry {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// Among rules of one kind the higher one wins. 0 where it is left out.
    #[serde(default)]
    pub(crate) rank: u8,
    /// The phrases that it hears.
    #[serde(default)]
    pub(crate) hears: Vec<String>,
    /// Where one of these is heard too, the rule hears nothing.
    #[serde(default)]
    pub(crate) unless: Vec<String>,
    /// How many words a message may hold beside them. Any number where it is left out.
    pub(crate) spare: Option<usize>,
    /// Whether it counts in a message of any length where it is the last thing said.
    #[serde(default)]
    pub(crate) closing: bool,
    /// What it is called in a summary.
    pub(crate) noun: Option<String>,
    /// The same in the dative. As `noun` where it is left out.
    pub(crate) noun_dat: Option<String>,
    /// Whether it is something pleasant.
    #[serde(default)]
    pub(crate) light: bool,
    /// Whether an event counts only where it is not negated, as feelings do, and is told apart from that of others.
    #[serde(default)]
    pub(crate) felt: bool,
    /// Whether an event goes on weighing, so that fragments right after it are heard in its light.
    #[serde(default)]
    pub(crate) lasting: bool,
    /// After the words, what to do about a question.
    #[serde(default)]
    pub(crate) then: Then,
    /// What may be said. No questions.
    #[serde(default)]
    pub(crate) say: Vec<String>,
    /// What may be said instead where the reply before asked something.
    #[serde(default)]
    pub(crate) after_ask: Vec<String>,
    /// What may be said instead where the reply before asked nothing.
    #[serde(default)]
    pub(crate) after_say: Vec<String>,
    /// Said after it, in the other language.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// What may be asked after it. One question each.
    #[serde(default)]
    pub(crate) ask: Vec<String>,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Something in how it is said: a wish, a contrast, a question.
    Signal,
    /// An area of life.
    Topic,
    /// A feeling. Does not count where it is negated, and is told apart from feelings of others.
    Feeling,
    /// Something that happened.
    Event,
    /// A way of seeing oneself or the world. It is never repeated as if it were so.
    Thought,
    /// Something that is done with words: a greeting, a question to the agent. Wins over all others.
    Act,
}

/// What follows a rule's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    /// Sometimes a question, its own or an open one.
    #[default]
    Sometimes,
    /// A question wherever one is allowed.
    Ask,
    /// A question about what the person spoke of before, where one is allowed.
    Carry,
    /// Nothing.
    Nothing,
}

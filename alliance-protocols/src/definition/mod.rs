//! The definition format: one TOML file a protocol. What it means is in the crate's README.

mod at;
mod fault;

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

pub(crate) use at::At;
pub use fault::{DefinitionError, Fault};
pub(crate) use fault::{Faults, closest};

/// A map whose keys know where they stand.
pub(crate) type Keyed<T> = BTreeMap<At<String>, T>;

/// The version of the format that this crate reads.
pub(crate) const FORMAT: u32 = 1;

/// A protocol as a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Protocol"))]
pub(crate) struct File {
    /// The version of this format: 1.
    pub(crate) format: At<u32>,
    /// Its name: small letters, digits and underscores.
    pub(crate) id: At<String>,
    /// The version of this definition, from 1.
    pub(crate) version: At<u32>,
    /// The clinician who read it, or "none yet".
    pub(crate) reviewed_by: At<String>,
    /// Where the method comes from.
    pub(crate) sources: At<Vec<String>>,
    /// Whether it may be offered in the day after a crisis.
    #[serde(default)]
    pub(crate) calm: bool,
    /// "suspend": the engine leaves every state on a sign of danger. There is no other value.
    pub(crate) crisis: Option<At<String>>,
    /// The state where it begins.
    pub(crate) start: At<String>,
    /// What it is called, a few words without a full stop, in every language.
    pub(crate) title: At<Keyed<At<String>>>,
    /// What it is for, one or two sentences, in every language.
    pub(crate) why: At<Keyed<At<String>>>,
    /// What a person may call it, in every language.
    #[serde(default)]
    pub(crate) names: Keyed<Vec<String>>,
    /// How long it may take.
    pub(crate) budget: Budget,
    /// What is gathered.
    #[serde(default)]
    pub(crate) slots: Keyed<Slot>,
    /// Ratings whose difference matters.
    #[serde(default)]
    pub(crate) compare: Vec<Compare>,
    /// For whom it is not.
    #[serde(default)]
    pub(crate) contraindications: Vec<Against>,
    /// What is remembered when it came to its end.
    #[serde(default)]
    pub(crate) memory: Vec<Memory>,
    /// The states.
    pub(crate) states: Vec<State>,
    /// The texts by key and language.
    #[serde(default)]
    pub(crate) texts: Keyed<Keyed<At<String>>>,
}

/// How long a protocol may take.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Budget {
    /// It cannot be completed in fewer turns of the person.
    pub(crate) min_turns: At<u32>,
    /// After so many turns of the person it is parked.
    pub(crate) max_turns: At<u32>,
    /// After so many minutes it is parked.
    pub(crate) max_minutes: At<u32>,
}

/// Something that is gathered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Slot {
    /// What kind of answer it takes.
    #[serde(rename = "type")]
    pub(crate) kind: At<SlotKind>,
    /// The lowest rating or number.
    pub(crate) min: Option<At<i64>>,
    /// The highest rating or number.
    pub(crate) max: Option<At<i64>>,
    /// How many items a list has at least before it goes on. Default: 1.
    pub(crate) min_items: Option<At<u32>>,
    /// How many items a list has at most. Default: 12.
    pub(crate) max_items: Option<At<u32>>,
    /// Where an answer to a list is cut into items. Default: at commas, "and" and line breaks.
    #[serde(default)]
    pub(crate) split: Split,
    /// Whether "nothing" is an answer to it that leaves it empty. For text and lists.
    #[serde(default)]
    pub(crate) may_stay_empty: bool,
    /// Whether every path to a completed end asks for it.
    #[serde(default)]
    pub(crate) required: bool,
    /// How private it is.
    #[serde(default)]
    pub(crate) sensitivity: Sensitivity,
    /// Slots that it rests on: when one of them is corrected, this one is asked again.
    #[serde(default)]
    pub(crate) depends_on: Vec<At<String>>,
    /// Which way is better for the person: halves and ranges are rounded to the other side.
    pub(crate) better: Option<At<Better>>,
    /// What a person may call it when they correct it, in every language.
    #[serde(default)]
    pub(crate) names: Keyed<Vec<String>>,
    /// The choices, and the words that mean each in every language. The first words are shown.
    #[serde(default)]
    pub(crate) choices: Keyed<Keyed<At<Vec<String>>>>,
    /// The choice that is taken wherever its words are among those that were said.
    pub(crate) wins: Option<At<String>>,
}

/// What kind of answer a slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum SlotKind {
    /// A whole number on a scale, always echoed back.
    Rating,
    /// A whole number.
    Number,
    /// The person's own words.
    Text,
    /// Several items in the person's own words.
    List,
    /// Yes or no.
    YesNo,
    /// One of the choices.
    Choice,
}

impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rating => "rating",
            Self::Number => "number",
            Self::Text => "text",
            Self::List => "list",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
        })
    }
}

/// How private a slot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Sensitivity {
    /// Says little: a rating, a choice.
    Low,
    /// Personal. The default.
    #[default]
    Personal,
    /// Very personal: never part of what is remembered.
    High,
}

/// Which way is better for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Better {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// Where an answer to a list is cut into items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Split {
    /// At commas, stops, "and" and line breaks: things.
    #[default]
    Items,
    /// At line breaks and semicolons only: sentences.
    Lines,
}

/// Two ratings whose difference matters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Compare {
    /// The rating before.
    pub(crate) before: At<String>,
    /// The rating after.
    pub(crate) after: At<String>,
    /// Which way is better.
    pub(crate) better: Better,
    /// The state that follows where it got worse by three tenths of the scale. Without it the protocol is parked.
    pub(crate) go: Option<At<String>>,
}

/// Something that speaks against a protocol.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Against {
    /// What speaks against it.
    pub(crate) flag: At<String>,
    /// What happens then: "refuse", "clinician" or { protocol = "id" }.
    pub(crate) then: Then,
}

/// What happens in place of a protocol that something speaks against.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Then {
    /// It does not begin.
    Refuse,
    /// It does not begin, and a clinician is named.
    Clinician,
    /// Another one begins.
    Protocol(At<String>),
}

/// Something that is remembered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Memory {
    /// What kind of memory; the kind decides which consent it needs.
    pub(crate) kind: At<MemoryKind>,
    /// The text of an episode, or the value of a fact.
    pub(crate) text: Option<At<String>>,
    /// The text that says whom or what a fact is about.
    pub(crate) subject: Option<At<String>>,
    /// The text that says what is said of it.
    pub(crate) predicate: Option<At<String>>,
    /// The state that asked the instrument.
    pub(crate) state: Option<At<String>>,
    /// Slots that have to be filled.
    #[serde(default)]
    pub(crate) slots: Vec<At<String>>,
    /// For how many days at most.
    pub(crate) ttl_days: Option<At<u32>>,
}

/// What kind of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum MemoryKind {
    /// Something that happened.
    Episode,
    /// Something that stays true.
    Fact,
    /// Answers to an instrument.
    Measurement,
}

/// A state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct State {
    /// Its name.
    pub(crate) id: At<String>,
    /// Who writes its words.
    pub(crate) kind: At<Kind>,
    /// The text that is said. Default: the one of the state's name.
    pub(crate) say: Option<At<String>>,
    /// The text in place of `say` where a slot that `say` names is empty.
    pub(crate) bare: Option<At<String>>,
    /// The slot that the answer fills.
    pub(crate) asks: Option<At<String>>,
    /// Who reads the answer: rules, or a model too where they read nothing and the agent has one for it. Default: rules.
    #[serde(default)]
    pub(crate) extract: Option<At<Extract>>,
    /// The text that helps when the person asks a second time.
    pub(crate) help: Option<At<String>>,
    /// The text that says what this step is for. Default: the protocol's.
    pub(crate) why: Option<At<String>>,
    /// What the model's words should achieve.
    pub(crate) aim: Option<At<String>>,
    /// The text in place of the model's words. Default: a short sign of listening.
    pub(crate) fallback: Option<At<String>>,
    /// After how many seconds a timer goes on.
    pub(crate) after_seconds: Option<At<u32>>,
    /// The instrument of a measure.
    pub(crate) instrument: Option<At<String>>,
    /// The protocol that a child state hands over to.
    pub(crate) run: Option<At<String>>,
    /// How often it may be entered.
    pub(crate) max_visits: Option<At<u32>>,
    /// How the protocol ends here.
    pub(crate) end: Option<At<End>>,
    /// Where it goes on; the first whose guard holds. The last has no guard.
    #[serde(default)]
    pub(crate) on: Vec<Edge>,
}

/// Who reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Extract {
    /// Rules only.
    Rule,
    /// Rules first; a model where they read nothing.
    Both,
}

/// Who writes the words of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum Kind {
    /// A fixed text, word for word.
    Fixed,
    /// A text with slots.
    Templated,
    /// A model, for an aim; a text follows.
    Model,
    /// A fixed text, and time.
    Timer,
    /// An instrument, item by item.
    Measure,
    /// Another protocol.
    Child,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed => "fixed",
            Self::Templated => "templated",
            Self::Model => "model",
            Self::Timer => "timer",
            Self::Measure => "measure",
            Self::Child => "child",
        })
    }
}

/// How a protocol ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) enum End {
    /// It came to its end.
    Completed,
    /// The person did not want it.
    Declined,
    /// It stopped before its end.
    Parked,
}

/// A way from one state to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Edge {
    /// The guard.
    pub(crate) when: Option<At<String>>,
    /// The state that it goes to.
    pub(crate) go: At<String>,
    /// Slots that are emptied on the way, so that they are asked anew.
    #[serde(default)]
    pub(crate) clear: Vec<At<String>>,
    /// Whether the crisis plan asks directly about thoughts of suicide here. The state's own question waits a turn.
    pub(crate) probe: Option<At<bool>>,
    /// Whether the person is shown here whom they can talk to, with the services of their place.
    pub(crate) people: Option<At<bool>>,
}

/// The JSON Schema of the format, for editors.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

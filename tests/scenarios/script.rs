//! The form of a scenario: a head, then turns, each with what is expected of it.

use alliance::{
    consent::Purpose,
    record::TurnOutcome,
    safety::{Locale, Region, RiskLevel},
};

/// A whole session.
#[derive(Debug)]
pub struct Scenario {
    pub locale: Locale,
    pub region: Option<Region>,
    pub backend: Backend,
    pub consent: Vec<Purpose>,
    pub turns: Vec<Turn>,
}

/// Who finds the words where no fixed ones are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The listener made of rules.
    Reflective,
    /// A model that says what the scenario has it say.
    Scripted,
    /// A model that fails every time.
    Broken,
}

/// One turn and what is expected of it.
#[derive(Debug)]
pub struct Turn {
    pub line: usize,
    pub entry: Entry,
    /// What a scripted model says.
    pub model: Option<String>,
    pub expected: Vec<(usize, Expected)>,
}

#[derive(Debug)]
pub enum Entry {
    Said(String),
    /// The host begins a protocol.
    Start(String),
    /// The person calls for help without words.
    Sos,
    /// The clock goes on by this many minutes.
    Wait(u64),
}

#[derive(Debug)]
pub enum Expected {
    /// The level of these words alone.
    Level(RiskLevel),
    /// The level that stands after them.
    Standing(RiskLevel),
    /// The protocol and its step; none where it is `-`.
    Step(Option<(String, String)>),
    Release(TurnOutcome),
    /// Whether review dropped something.
    Withheld,
    Shows(String),
    Hides(String),
    /// Nothing is shown.
    Silent,
    /// So many questions at most.
    Questions(usize),
}

impl Scenario {
    /// Reads a scenario. A fault begins with its line.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut scenario = Self {
            locale: Locale::En,
            region: None,
            backend: Backend::Reflective,
            consent: vec![Purpose::Conversation],
            turns: Vec::new(),
        };
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once(':').unwrap_or((line, ""));
            scenario.take(number, key.trim(), value.trim()).map_err(|fault| format!("{number}: {fault}"))?;
        }
        Ok(scenario)
    }

    fn take(&mut self, line: usize, key: &str, value: &str) -> Result<(), String> {
        let entry = match key {
            "locale" => return set(&mut self.locale, value.parse().ok(), "`locale` takes en or de"),
            "region" => {
                let region = value.parse().map(Some).ok();
                return set(&mut self.region, region, "`region` takes a country such as US");
            }
            "backend" => {
                let backend = match value {
                    "reflective" => Some(Backend::Reflective),
                    "scripted" => Some(Backend::Scripted),
                    "broken" => Some(Backend::Broken),
                    _ => None,
                };
                return set(&mut self.backend, backend, "`backend` takes reflective, scripted or broken");
            }
            "consent" => {
                let known = |name: &str| Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == name);
                let names = value.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "none"));
                return set(
                    &mut self.consent,
                    names.map(known).collect(),
                    "`consent` takes names of purposes",
                );
            }
            "said" => Entry::Said(value.to_owned()),
            "start" => Entry::Start(value.to_owned()),
            "sos" => Entry::Sos,
            "wait" => Entry::Wait(value.parse().map_err(|_| "`wait` takes minutes")?),
            _ => return self.expect(line, key, value),
        };
        self.turns.push(Turn { line, entry, model: None, expected: Vec::new() });
        Ok(())
    }

    fn expect(&mut self, line: usize, key: &str, value: &str) -> Result<(), String> {
        let level = || {
            let levels = [RiskLevel::None, RiskLevel::Low, RiskLevel::Moderate, RiskLevel::High];
            let found = levels.into_iter().find(|level| level.as_str() == value);
            found.ok_or_else(|| format!("`{key}` takes none, low, moderate or high"))
        };
        let quoted = || value.trim_matches('"').to_owned();
        let expected = match key {
            "level" => Expected::Level(level()?),
            "standing" => Expected::Standing(level()?),
            "step" if value == "-" => Expected::Step(None),
            "step" => {
                let (protocol, step) =
                    value.split_once(' ').ok_or("`step` takes a protocol and a step, or -")?;
                Expected::Step(Some((protocol.to_owned(), step.trim().to_owned())))
            }
            "release" => Expected::Release(match value {
                "whole" => TurnOutcome::Whole,
                "fallback" => TurnOutcome::Fallback,
                "crisis" => TurnOutcome::Crisis,
                "interrupted" => TurnOutcome::Interrupted,
                _ => return Err("`release` takes whole, fallback, crisis or interrupted".into()),
            }),
            "withheld" => Expected::Withheld,
            "shows" => Expected::Shows(quoted()),
            "hides" => Expected::Hides(quoted()),
            "silent" => Expected::Silent,
            "questions" => Expected::Questions(value.parse().map_err(|_| "`questions` takes a number")?),
            "model" => {
                let turn = self.turns.last_mut().ok_or("`model` stands before anything is said")?;
                turn.model = Some(value.to_owned());
                return Ok(());
            }
            _ => return Err(format!("`{key}` is not known")),
        };
        let turn = self.turns.last_mut().ok_or_else(|| format!("`{key}` stands before anything is said"))?;
        turn.expected.push((line, expected));
        Ok(())
    }
}

fn set<T>(place: &mut T, value: Option<T>, fault: &str) -> Result<(), String> {
    *place = value.ok_or(fault)?;
    Ok(())
}

//! Whether a protocol may begin now.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use alliance_safety::{RiskLevel, Standing, Timestamp};

use crate::{
    agent::{LoadedProtocol, Parts},
    protocol::{Flag, Instead, ProtocolId},
    turn::Setup,
};

/// How long after a crisis only calm protocols begin. A proposal; no clinician has reviewed it.
pub(crate) const CALM_ONLY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a protocol does not begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is none of this name.
    Unknown,
    /// The standing level is moderate or more, or a question of the crisis plan is open.
    NotNow,
    /// The last day held a crisis, and it is not calm.
    OnlyCalm { until: Timestamp },
    /// Something that is known of the person speaks against it.
    NotSuited { flag: Flag },
    /// The same, and a clinician can look at it with them.
    SeeClinician { flag: Flag },
    /// There is no room above what runs.
    TooMany,
}

/// The newest version of every protocol.
pub(crate) fn newest(parts: &Parts) -> impl Iterator<Item = (&ProtocolId, &LoadedProtocol)> {
    let mut newest: BTreeMap<&str, (&ProtocolId, &LoadedProtocol)> = BTreeMap::new();
    // Ids are in the order of their versions, so that later ones take the place of earlier ones.
    for (id, loaded) in &parts.protocols {
        newest.insert(id.name(), (id, loaded));
    }
    newest.into_values()
}

/// Whether nothing that is known of the person speaks against a protocol.
pub(crate) fn suits(flags: &BTreeSet<Flag>, loaded: &LoadedProtocol) -> bool {
    loaded.about.contraindications.iter().all(|against| !flags.contains(&against.flag))
}

/// The newest version of a protocol, or of the one that takes its place, if it may begin now.
pub(crate) fn allowed<'a>(setup: &'a Setup, name: &str, room: bool) -> Result<&'a LoadedProtocol, Refusal> {
    let asker =
        Asker { parts: &setup.parts, flags: &setup.flags, unsettled: setup.unsettled, now: setup.at, room };
    asker.allowed(name)
}

/// What decides whether a protocol may begin.
pub(crate) struct Asker<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) flags: &'a BTreeSet<Flag>,
    /// When a sign of moderate or more stood last.
    pub(crate) unsettled: Option<Timestamp>,
    pub(crate) now: Timestamp,
    pub(crate) room: bool,
}

impl<'a> Asker<'a> {
    /// The same, with what stands in the way outside any turn.
    pub(crate) fn allowed_outside(
        &self,
        name: &str,
        standing: &Standing,
    ) -> Result<&'a LoadedProtocol, Refusal> {
        if standing.level() >= RiskLevel::Moderate || standing.asked().is_some() {
            return Err(Refusal::NotNow);
        }
        self.allowed(name)
    }

    fn allowed(&self, name: &str) -> Result<&'a LoadedProtocol, Refusal> {
        let mut name = name;
        // A protocol may name another in its place; two that name each other refuse both.
        for _ in 0..3 {
            let loaded = newest(self.parts).find(|(id, _)| id.name() == name);
            let (_, loaded) = loaded.ok_or(Refusal::Unknown)?;
            let until = self.unsettled.map(|at| at.after(CALM_ONLY)).filter(|until| *until > self.now);
            if let (Some(until), false) = (until, loaded.about.calm) {
                return Err(Refusal::OnlyCalm { until });
            }
            let mut against = loaded.about.contraindications.iter();
            match against.find(|against| self.flags.contains(&against.flag)) {
                None if self.room => return Ok(loaded),
                None => return Err(Refusal::TooMany),
                Some(against) => match &against.instead {
                    Instead::Refuse => return Err(Refusal::NotSuited { flag: against.flag }),
                    Instead::Clinician => return Err(Refusal::SeeClinician { flag: against.flag }),
                    Instead::Protocol(other) => name = other,
                },
            }
        }
        Err(Refusal::Unknown)
    }
}

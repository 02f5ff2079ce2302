//! What the person agreed to, and the one place that checks it.

use std::collections::BTreeSet;

use alliance_safety::{RiskLevel, Standing};
use serde::{Deserialize, Serialize};

use crate::{
    id::{RecordId, UserId},
    record::{Body, ConsentChoice, ConsentRecord, Record, RecordKind},
    store::{Forget, Handle, MemoryStore, Revision, Selection, StoreError},
};

/// What a record is kept for. Each is agreed to on its own; all are off until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Purpose {
    /// Keeping the conversation itself, so that it can go on another day.
    Conversation,
    /// Remembering what happened.
    Episodic,
    /// Remembering what stays true.
    LongTerm,
    /// Adapting style to scores and preferences.
    Profile,
    /// Keeping answers to questionnaires.
    Measures,
    /// Handing anything to somebody else.
    Sharing,
    /// Use in research.
    Research,
}

impl Purpose {
    /// All purposes, in the order in which they are asked.
    pub const ALL: [Self; 7] = [
        Self::Conversation,
        Self::Episodic,
        Self::LongTerm,
        Self::Profile,
        Self::Measures,
        Self::Sharing,
        Self::Research,
    ];

    /// The name as written, for example `long_term`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Episodic => "episodic",
            Self::LongTerm => "long_term",
            Self::Profile => "profile",
            Self::Measures => "measures",
            Self::Sharing => "sharing",
            Self::Research => "research",
        }
    }
}

/// A write that the person did not agree to. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no consent to `{}`, which a record of kind `{}` needs", purpose.as_str(), kind.as_str())]
#[non_exhaustive]
pub struct ConsentError {
    /// What was not agreed to.
    pub purpose: Purpose,
    /// The kind of the record that needs it.
    pub kind: RecordKind,
}

/// What is live now, folded from the person's decisions in order. Empty until the first yes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentLedger {
    live: BTreeSet<Purpose>,
}

/// The ledger of somebody who agreed to nothing.
pub(crate) static NOTHING: ConsentLedger = ConsentLedger { live: BTreeSet::new() };

impl ConsentLedger {
    /// The ledger after `decisions`, oldest first.
    #[must_use]
    pub fn folded<'a>(decisions: impl IntoIterator<Item = &'a ConsentRecord>) -> Self {
        let mut ledger = Self::default();
        for decision in decisions {
            ledger.apply(decision);
        }
        ledger
    }

    /// Takes in a decision.
    pub fn apply(&mut self, decision: &ConsentRecord) {
        match decision.choice {
            ConsentChoice::Given => self.live.insert(decision.purpose),
            ConsentChoice::Withdrawn => self.live.remove(&decision.purpose),
        };
    }

    /// What a person agreed to, by their log.
    ///
    /// # Errors
    ///
    /// A store that cannot be read.
    pub async fn read(store: &dyn MemoryStore, user: UserId) -> Result<Self, StoreError> {
        Ok(Self::read_at(store, user).await?.0)
    }

    /// The same, with the head of the log.
    pub(crate) async fn read_at(
        store: &dyn MemoryStore,
        user: UserId,
    ) -> Result<(Self, Revision), StoreError> {
        let mut ledger = Self::default();
        let mut after = Revision::ZERO;
        loop {
            let page = store.read(user, &Selection::all().kinds([RecordKind::Consent]).after(after)).await?;
            for stored in &page.records {
                if let Body::Consent(decision) = &stored.record.body {
                    ledger.apply(decision);
                }
            }
            match page.next {
                Some(next) if next > after => after = next,
                _ => return Ok((ledger, page.revision)),
            }
        }
    }

    /// Whether `purpose` is agreed to now.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        self.live.contains(&purpose)
    }

    /// Turns a draft into a batch that a store takes. The one place that checks consent, and the only
    /// constructor of [`Batch`]. A yes inside the draft counts for the records after it. A handle to a record
    /// that is not in the draft is left out.
    ///
    /// # Errors
    ///
    /// [`ConsentError`] names the first record whose purpose is not agreed to.
    pub fn admit(&self, draft: Draft) -> Result<Batch, ConsentError> {
        let mut ledger = self.clone();
        for record in &draft.records {
            if let Body::Consent(decision) = &record.body {
                ledger.apply(decision);
            }
            match record.purpose() {
                Some(purpose) if !ledger.allows(purpose) => {
                    return Err(ConsentError { purpose, kind: record.kind() });
                }
                _ => {}
            }
        }
        Ok(draft.into_batch())
    }

    /// Leaves out of a draft what the person did not agree to keep, with its handles, and admits the rest.
    /// `None` where no record is left, unless the draft held none and closes handles only.
    #[must_use]
    pub fn admit_permitted(&self, draft: Draft) -> Option<Batch> {
        self.permitted(draft).map(Draft::into_batch)
    }

    /// The draft that [`admit_permitted`](Self::admit_permitted) would admit now.
    pub(crate) fn permitted(&self, mut draft: Draft) -> Option<Draft> {
        let only_closes = draft.records.is_empty() && !draft.closes.is_empty();
        draft.records.retain(|record| record.purpose().is_none_or(|purpose| self.allows(purpose)));
        (only_closes || !draft.records.is_empty()).then_some(draft)
    }
}

/// Records on their way to a store, before consent was checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    records: Vec<Record>,
    opens: Vec<Handle>,
    closes: Vec<RecordId>,
}

impl Draft {
    /// An empty draft.
    #[must_use]
    pub const fn new() -> Self {
        Self { records: Vec::new(), opens: Vec::new(), closes: Vec::new() }
    }

    /// Adds a record. One that outlasts the words it came from ([`RecordKind::outlasts_words`]) is written without
    /// its sources, unless it says what came of a notice.
    #[must_use]
    pub fn record(mut self, record: Record) -> Self {
        self.records.push(record);
        self
    }

    /// Adds a handle to one of its records, before or after the record. It takes effect only together with
    /// that record: to another one it is left out of the batch, so no handle points at nothing.
    #[must_use]
    pub fn open(mut self, handle: Handle) -> Self {
        self.opens.push(handle);
        self
    }

    /// Lifts the standing that the draft records to one that was reached beside it. While moderate or more stands,
    /// protocols are set aside whatever the turn made of them.
    pub(crate) fn raise_to(&mut self, standing: &Standing) {
        for record in &mut self.records {
            if let Body::Progress(progress) = &mut record.body
                && standing.level() >= RiskLevel::Moderate
            {
                progress.suspend();
                record.derived_from.clear();
            }
            if let Body::Risk(risk) = &mut record.body
                && risk.standing.level() < standing.level()
            {
                risk.standing = risk.standing.merged(standing);
            }
        }
    }

    /// Whether a record of this kind is in it.
    pub(crate) fn holds(&self, kind: &RecordKind) -> bool {
        self.records.iter().any(|record| record.kind() == *kind)
    }

    /// The ids of its records.
    pub(crate) fn ids(&self) -> Vec<RecordId> {
        self.records.iter().map(|record| record.id).collect()
    }

    /// The record of this id.
    pub(crate) fn find(&self, id: RecordId) -> Option<&Record> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The decisions in it, in order.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = &ConsentRecord> {
        self.records.iter().filter_map(|record| match &record.body {
            Body::Consent(decision) => Some(decision),
            _ => None,
        })
    }

    /// Lets go of a yes that was taken back before it was written.
    pub(crate) fn retract(&mut self, purpose: Purpose) {
        self.records.retain(|record| {
            !matches!(&record.body, Body::Consent(decision) if decision.purpose == purpose
                && decision.choice == ConsentChoice::Given)
        });
    }

    /// Closes the handle of an earlier record: it is dealt with.
    #[must_use]
    pub fn close(mut self, record: RecordId) -> Self {
        self.closes.push(record);
        self
    }

    /// Lets go of what is meant, before it was written.
    pub(crate) fn forget(&mut self, what: &Forget) {
        self.records.retain(|record| !what.means(record));
    }

    /// What outlasts the words of a conversation, with its handles and without what came from elsewhere. `None` where
    /// there is nothing of the kind.
    pub(crate) fn lasting(&self) -> Option<Self> {
        let mut lasting = self.clone();
        lasting.records.retain(|record| record.kind().outlasts_words());
        (!lasting.records.is_empty()).then_some(lasting)
    }

    /// The same handles closed, and nothing else.
    pub(crate) fn closing_only(self) -> Self {
        Self { closes: self.closes, ..Self::new() }
    }

    fn into_batch(mut self) -> Batch {
        let Self { records, opens, .. } = &mut self;
        for record in records.iter_mut() {
            // What outlasts the words that it came from does not go with them. What came of a notice goes with it.
            if record.kind().outlasts_words() && record.kind() != RecordKind::Outbox {
                record.derived_from.clear();
            }
        }
        opens.retain(|handle| records.iter().any(|record| record.id == handle.record));
        Batch(self)
    }
}

/// Records that the person agreed to keep, to be written all or not at all. Only
/// [`ConsentLedger::admit`] makes one, so a store need not know about consent.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch(Draft);

impl Batch {
    /// The records, in order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.0.records
    }

    /// The handles that come to exist no later than the records, each to one of them.
    #[must_use]
    pub fn opens(&self) -> &[Handle] {
        &self.0.opens
    }

    /// The records whose handles are dealt with once this is written.
    #[must_use]
    pub fn closes(&self) -> &[RecordId] {
        &self.0.closes
    }

    /// Takes the batch apart.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Record>, Vec<Handle>, Vec<RecordId>) {
        (self.0.records, self.0.opens, self.0.closes)
    }
}

#[cfg(test)]
mod tests {
    use alliance_safety::{Category, Locale, Timestamp};
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::{SessionId, TurnId},
        record::{OutboxRecord, TurnAcceptedRecord},
        store::HandleKind,
    };

    fn id(number: u128) -> RecordId {
        RecordId::new(Uuid::from_u128(number))
    }

    fn said(number: u128) -> Record {
        let turn = TurnAcceptedRecord::new("hello", Locale::En, RiskLevel::None);
        Record::new(id(number), Timestamp::UNIX_EPOCH, Body::TurnAccepted(turn))
    }

    /// Kept without anybody's consent.
    fn item(number: u128) -> Record {
        let (session, turn) = (SessionId::new(Uuid::nil()), TurnId::new(Uuid::nil()));
        let item = OutboxRecord::pending(session, turn, RiskLevel::High, Category::Sos);
        Record::new(id(number), Timestamp::UNIX_EPOCH, Body::Outbox(item))
    }

    fn handle(number: u128) -> Handle {
        Handle::new(UserId::from_name("ann"), id(number), HandleKind::Outbox, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_handle_opens_with_its_record_only() {
        let draft = || Draft::new().open(handle(1)).record(item(1)).open(handle(2));
        let ledger = ConsentLedger::default();
        assert_eq!(ledger.admit(draft()).unwrap().opens(), [handle(1)]);
        let permitted = ledger.admit_permitted(draft().record(said(2))).unwrap();
        assert_eq!((permitted.records(), permitted.opens()), (&[item(1)][..], &[handle(1)][..]));
    }

    #[test]
    fn closing_needs_no_consent_and_no_record() {
        let ledger = ConsentLedger::default();
        let closing = ledger.admit_permitted(Draft::new().close(id(1))).unwrap();
        assert_eq!((closing.records(), closing.closes()), (&[][..], &[id(1)][..]));
        // Without consent nothing is written of a turn, so nothing of it is open.
        let turn = || Draft::new().record(said(2)).close(id(1));
        assert!(ledger.admit_permitted(turn()).is_none());
        assert_eq!(ledger.admit_permitted(turn().closing_only()), Some(closing));
        assert!(ledger.admit_permitted(Draft::new()).is_none());
    }
}

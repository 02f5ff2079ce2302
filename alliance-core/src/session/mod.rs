//! One conversation with one person.

mod conversation;
mod correct;
mod erasure;
mod protocols;
mod shared;
mod writing;

use std::{fmt, sync::Arc};

use alliance_safety::{AuditHead, ClearedText, Locale, PlanText, Region, RiskLevel, Screening, Standing};

pub(crate) use conversation::{Conversation, Exchange, Remembered};
pub use correct::CorrectError;
pub use protocols::{Offer, Position, ProtocolError};
pub(crate) use shared::Shared;

use crate::{
    agent::{Agent, Consolidation, WhenBusy},
    consent::{Draft, Purpose},
    dialogue::{self, Entry, Line},
    id::{RecordId, SessionId, TurnId, UserId},
    message::{HumanText, Message, MessageError},
    record::{Body, ConsentChoice, ConsentRecord, Holder, Record, RiskRecord, TurnEndedRecord, TurnOutcome},
    store::StoreErrorKind,
    turn::{Setup, Turn},
};

/// One conversation with one person. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Session(Arc<Shared>);

/// A turn that cannot begin. Nothing was stored and nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TurnError {
    /// The message cannot be a turn.
    #[error("the message cannot be a turn")]
    Message(#[from] MessageError),
    /// Another turn runs, and the host chose not to wait.
    #[error("a turn is running already")]
    Busy {
        /// The running turn, where it is known.
        turn: Option<TurnId>,
    },
}

impl Session {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    pub(crate) const fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    /// The person.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.0.user
    }

    /// Whether the store could not be read when it opened. Such a session keeps nothing and holds back every
    /// reply as a whole, because neither consent nor the standing level is known.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.0.conversation().standing_unknown
    }

    /// The level that stands.
    #[must_use]
    pub fn standing(&self) -> RiskLevel {
        self.0.conversation().standing.level()
    }

    /// Sets the language and the place of this session. They hold from the next words on.
    pub fn locate(&self, locale: Locale, region: Option<Region>) {
        {
            let mut conversation = self.0.conversation();
            conversation.locale = locale;
            conversation.region = region;
        }
        self.0.refresh_directory(region);
    }

    /// What to show before anything else: what the agent is and is not, that nobody is told where that is so,
    /// how it is since a heavy last session, the offer to go on from a turn that was cut off, and where a protocol
    /// stood.
    #[must_use]
    pub fn opening(&self) -> Vec<ClearedText> {
        let (locale, region, check_in) = {
            let conversation = self.0.conversation();
            (conversation.locale, conversation.region, conversation.standing.check_in_due())
        };
        let opened = self.0.opened();
        let parts = &self.0.parts;
        let mut texts = vec![if opened.resumed { PlanText::DisclosureAgain } else { PlanText::Disclosure }];
        texts.extend(parts.escalation.sink().is_none().then_some(PlanText::NobodyIsTold));
        texts.extend(check_in.then_some(PlanText::CheckIn));
        texts.extend((!opened.interrupted.is_empty()).then_some(PlanText::InterruptedOffer));
        let resources = self.0.resources(region);
        let plan = texts.into_iter().map(|text| parts.safety.plan_text(text, locale, &resources));
        // Nothing comes between the question after a heavy session and its answer.
        let remembered = if check_in { None } else { self.remembered() };
        plan.chain(remembered).chain(self.reopened()).collect()
    }

    /// That the agent remembers the last time, in the person's words.
    fn remembered(&self) -> Option<ClearedText> {
        let spoken = {
            let conversation = self.0.conversation();
            if !conversation.ledger.allows(Purpose::Conversation) || conversation.remembered.spoken.is_empty()
            {
                return None;
            }
            conversation.remembered.spoken.clone()
        };
        let screening = self.unspoken();
        let list: Vec<String> =
            spoken.iter().map(|text| dialogue::quoted(text, screening.locale())).collect();
        let parts = &self.0.parts;
        let say = |line, list: &[String]| {
            let quoted = list.join(", ");
            let said = parts.lines.say(line, &[("list", &quoted)], &parts.safety, &screening);
            // Where review would say something else in their place, they are not quoted.
            ClearedText::joined(&said).filter(|said| said.as_str().contains(&quoted))
        };
        let whole = say(Line::Remembered, &list);
        let one = || list.iter().find_map(|one| say(Line::Remembered, std::slice::from_ref(one)));
        whole.or_else(one).or_else(|| say(Line::RememberedPlain, &[]))
    }

    /// Turns that began before this session opened and never ended, and the last one where its answer was cut off, by whatever: a
    /// provider, a connection that was lost, the person. The host may offer to answer them again, as a new turn.
    #[must_use]
    pub fn interrupted(&self) -> Vec<TurnId> {
        self.0.opened().interrupted
    }

    /// Begins a turn: the person says something. Takes the session's one slot; while it is taken, waits or
    /// is refused, as the host chose.
    ///
    /// # Errors
    ///
    /// An empty or overlong message, or a busy session. Nothing was stored then.
    pub async fn turn(&self, message: impl Into<Message>) -> Result<Turn, TurnError> {
        let message = message.into();
        let given = message.turn_id();
        let text = message.check()?;
        let turn = given.unwrap_or_else(|| TurnId::new(self.0.parts.ids.next_id()));
        let screen = || {
            let context = self.0.conversation().context();
            (self.0.parts.safety.screen(text.clone(), &context), context.standing)
        };
        let slot = match self.0.slot.try_lock_owned() {
            Some(slot) => slot,
            None => {
                // A new sign of danger waits for nobody: it cuts the running turn off, as SOS does.
                let (screening, before) = screen();
                if screening.level() >= RiskLevel::Moderate {
                    self.0.interrupt();
                    let begin = Begin { turn, entry: Entry::Said, may_be_repeated: given.is_some() };
                    return Ok(self.begin(begin, screening, &before, None));
                }
                if self.0.parts.when_busy == WhenBusy::Refuse {
                    return Err(TurnError::Busy { turn: self.0.running_turn() });
                }
                self.0.slot.clone().lock_owned().await
            }
        };
        let (screening, before) = screen();
        let begin = Begin { turn, entry: Entry::Said, may_be_repeated: given.is_some() };
        Ok(self.begin(begin, screening, &before, Some(slot)))
    }

    /// The person calls for help without words: cuts off a running turn and shows whom to call. Needs no
    /// slot, no store and no model.
    pub fn sos(&self) -> Turn {
        self.0.interrupt();
        let turn = TurnId::new(self.0.parts.ids.next_id());
        let context = self.0.conversation().context();
        let screening = self.0.parts.safety.sos(&context);
        let begin = Begin { turn, entry: Entry::Said, may_be_repeated: false };
        self.begin(begin, screening, &context.standing, None)
    }

    /// Cuts off the running turn, if there is one. What was shown stands and is stored as interrupted.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Takes in a decision about consent, on a text of this version, and stores it.
    ///
    /// It counts at once, also where the store is in trouble; it is written as soon as the store is back. A yes counts
    /// for what is said after it. A no counts in every session of the person that this agent has open, and a yes there
    /// once it is stored; other processes learn of either with their next write, and erase what they wrote between a no
    /// and that.
    ///
    /// # Errors
    ///
    /// What the store says. The decision is queued then and not lost while the session lives.
    pub async fn decide(
        &self,
        purpose: Purpose,
        choice: ConsentChoice,
        text_version: &str,
        text: &str,
    ) -> Result<(), StoreErrorKind> {
        let parts = &self.0.parts;
        let others = || parts.sessions().into_iter().filter(|other| other.user == self.0.user);
        let others = || others().filter(|other| other.id != self.0.id);
        let decision = ConsentRecord::on_text(purpose, choice, text_version, text);
        let (id, now) = (RecordId::new(parts.ids.next_id()), parts.clock.now());
        let record = Record::new(id, now, Body::Consent(decision.clone())).session(self.0.id);
        if choice == ConsentChoice::Given {
            self.0.ensure_key().await;
        }
        {
            let mut conversation = self.0.conversation();
            let talked = conversation.ledger.allows(Purpose::Conversation);
            conversation.decide(&decision);
            let mut draft = Draft::new().record(record);
            let talks = conversation.ledger.allows(Purpose::Conversation);
            if talks && !talked && conversation.standing.level() > RiskLevel::None {
                // What was said before is not kept. What stands now is, as if it had been heard now.
                let risk = Body::Risk(RiskRecord::new(conversation.standing.clone(), Vec::new()));
                let risk = Record::new(RecordId::new(parts.ids.next_id()), now, risk);
                draft = draft.record(risk.session(self.0.id));
            }
            conversation.queue(draft);
        }
        if choice == ConsentChoice::Withdrawn {
            others().for_each(|other| other.conversation().decide(&decision));
        }
        self.0.flush(&[id]).await?;
        if choice == ConsentChoice::Given {
            for other in others() {
                other.ensure_key().await;
                other.conversation().decide(&decision);
            }
        }
        Ok(())
    }

    /// Whether the person agreed to `purpose`.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        self.0.conversation().ledger.allows(purpose)
    }

    /// A human takes the floor: from the next turn on the agent keeps silent, except in a crisis, also where the session
    /// is opened anew. It counts at once, and is written with the next write or by [`settle`](Self::settle).
    pub fn hand_over(&self) {
        self.0.give_floor(Holder::Human);
    }

    /// The human gives the floor back. Protocols go on where they stood. Written like [`hand_over`](Self::hand_over).
    pub fn give_back(&self) {
        self.0.give_floor(Holder::Agent);
    }

    /// Whether a human has the floor.
    #[must_use]
    pub fn human_has_floor(&self) -> bool {
        self.0.conversation().human_has_floor
    }

    /// A human reviewer lowers a standing level of high to moderate. Any other level stays as it is. The fall is
    /// audited, counts at once, and is written with the next write.
    pub fn reviewed_by_human(&self) {
        let (standing, change) = {
            let mut conversation = self.0.conversation();
            let (standing, change) = conversation.standing.reviewed_by_human();
            conversation.standing = standing.clone();
            (standing, change)
        };
        if let Some(change) = change {
            self.0.note_fall(standing, change);
        }
    }

    /// Keeps what a human said while they had the floor. Marked as theirs, and not reviewed.
    ///
    /// # Errors
    ///
    /// What the store says. The words are queued then and not lost while the session lives.
    pub async fn human_said(&self, words: &HumanText) -> Result<(), StoreErrorKind> {
        let parts = &self.0.parts;
        let (turn, now) = (TurnId::new(parts.ids.next_id()), parts.clock.now());
        let ended = TurnEndedRecord::new(words.as_str(), TurnOutcome::Human);
        let record = Record::new(crate::turn::ended_id(turn), now, Body::TurnEnded(ended));
        let id = record.id;
        self.0.queue([Draft::new().record(record.session(self.0.id).turn(turn))]);
        self.0.flush(&[id]).await
    }

    /// The end of this session's audit chain, to be kept elsewhere: with it a cut chain can be told from a
    /// whole one. Entries go to the host's audit sink.
    #[must_use]
    pub fn audit_head(&self) -> AuditHead {
        self.0.audit_head()
    }

    /// Works off what turns left behind: deliveries that went on beside a crisis reply, and writes that a
    /// store in trouble did not take. True when nothing is left to write; false once where the store refused something
    /// for good, because another process had written it otherwise or it was erased.
    pub async fn settle(&self) -> bool {
        self.0.work_off().await;
        let refused = self.0.running_turn().is_none() && self.0.conversation().take_refused();
        self.0.is_written() && !refused
    }

    /// The talk is over for now: writes what is queued and makes memories of the session, as
    /// [`Agent::run_due`](crate::agent::Agent::run_due) would some time later. Turns may follow all the same.
    ///
    /// # Errors
    ///
    /// What the store says. It is made up for by `run_due`.
    pub async fn conclude(&self) -> Result<Consolidation, StoreErrorKind> {
        self.0.flush(&[]).await?;
        let open = self.0.conversation().consolidation.map(|(record, _)| record);
        let agent = Agent::of(self.0.parts.clone());
        let done =
            agent.consolidate_closing(self.0.user, self.0.id, open).await.map_err(|error| error.kind)?;
        if done.failed.is_none() {
            let mut conversation = self.0.conversation();
            if conversation.consolidation.map(|(record, _)| record) == open {
                conversation.consolidation = None;
            }
        }
        Ok(done)
    }

    fn begin(
        &self,
        begin: Begin,
        screening: Screening,
        before: &Standing,
        slot: Option<futures::lock::OwnedMutexGuard<()>>,
    ) -> Turn {
        let shared = &self.0;
        let mut conversation = shared.conversation();
        let setup = self.setup(begin, before, &mut conversation);
        conversation.note_screening(&screening, before, setup.at);
        drop(conversation);
        Turn::new(shared.clone(), setup, screening, slot)
    }

    /// Everything that a turn depends on, as it is now.
    fn setup(&self, begin: Begin, before: &Standing, conversation: &mut Conversation) -> Setup {
        let Begin { turn, entry, may_be_repeated } = begin;
        let shared = &self.0;
        Setup {
            parts: shared.parts.clone(),
            user: shared.user,
            session: shared.id,
            turn,
            at: shared.parts.clock.now(),
            key: shared.key(),
            resources: shared.resources(conversation.region),
            left_out_before: conversation.left_out.clone(),
            standing_before: before.clone(),
            answer: may_be_repeated.then(|| conversation.answer_to(turn)).flatten(),
            exchanges: conversation.exchanges.iter().cloned().collect(),
            entry,
            stack: conversation.stack.clone(),
            ledger: conversation.ledger.clone(),
            degraded: conversation.standing_unknown,
            flags: conversation.flags.clone(),
            unsettled: conversation.unsettled,
            human_has_floor: conversation.human_has_floor,
            consolidate_at: shared.consolidate_at(conversation),
            last_time: if conversation.ledger.allows(Purpose::Conversation) {
                conversation.remembered.last_time.clone()
            } else {
                Arc::default()
            },
            safety_plan: conversation.remembered.safety_plan.clone(),
            told_later: std::mem::take(&mut conversation.told_later),
            may_be_repeated,
        }
    }
}

/// How a turn begins.
struct Begin {
    turn: TurnId,
    entry: Entry,
    /// Whether the host gave the turn its id, so that it may have been taken before.
    may_be_repeated: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! A talk in pieces that a prompt has room for.

use alliance_core::{
    consolidate::{Transcript, TranscriptTurn},
    id::RecordId,
    record::FactRecord,
    safety::Locale,
    token::{ByteEstimate, TokenCounter},
};
use serde_json::{Value, json};

use super::ModelConsolidator;

/// The tokens of what is known already, the newest first.
const KNOWN_TOKENS: usize = 1_000;

/// Turns that a model is shown at once, with what is known.
pub(super) struct Piece<'a> {
    pub(super) turns: Vec<&'a TranscriptTurn>,
    pub(super) fresh: &'a [TranscriptTurn],
    pub(super) known: &'a [(RecordId, FactRecord)],
    /// What a model reads of the turns, in their order.
    shown: Vec<Value>,
}

impl Piece<'_> {
    pub(super) fn is_fresh(&self, turn: &TranscriptTurn) -> bool {
        self.fresh.iter().any(|fresh| fresh.turn == turn.turn)
    }

    /// The language of its last turn.
    pub(super) fn locale(&self) -> Locale {
        self.turns.last().map_or(Locale::En, |turn| turn.locale)
    }

    /// What a model reads.
    pub(super) fn data(&self) -> String {
        let known: Vec<Value> =
            self.known.iter().enumerate().map(|(at, (_, fact))| known(at, fact)).collect();
        let mut left = KNOWN_TOKENS;
        let fit = known.iter().rev().take_while(|fact| take(&mut left, cost(fact))).count();
        let known = known.get(known.len() - fit..).unwrap_or_default();
        json!({ "turns": self.shown, "known": known }).to_string()
    }
}

fn known(number: usize, fact: &FactRecord) -> Value {
    json!({ "number": number, "subject": fact.subject, "predicate": fact.predicate, "value": fact.value })
}

/// The pieces, oldest first.
pub(super) fn of(transcript: &Transcript) -> Vec<Piece<'_>> {
    let piece = || Piece {
        turns: Vec::new(),
        fresh: transcript.fresh(),
        known: &transcript.known,
        shown: Vec::new(),
    };
    let mut pieces = Vec::new();
    let (mut current, mut left) = (piece(), ModelConsolidator::PIECE_TOKENS);
    for turn in &transcript.turns {
        let fresh = current.is_fresh(turn);
        let mut shown = shown(turn, current.turns.len(), fresh);
        let mut costs = cost(&shown);
        if costs > left && !current.turns.is_empty() {
            pieces.push(std::mem::replace(&mut current, piece()));
            left = ModelConsolidator::PIECE_TOKENS;
            shown = self::shown(turn, 0, fresh);
            costs = cost(&shown);
        }
        left = left.saturating_sub(costs);
        current.turns.push(turn);
        current.shown.push(shown);
    }
    if !current.turns.is_empty() {
        pieces.push(current);
    }
    pieces.drain(..pieces.len().saturating_sub(ModelConsolidator::PIECES));
    pieces
}

/// A turn as a model reads it: of a message that is longer than a piece its beginning.
fn shown(turn: &TranscriptTurn, number: usize, fresh: bool) -> Value {
    let mut said = &*turn.said;
    loop {
        let shown = json!({ "number": number, "said": said, "fresh": fresh });
        if cost(&shown) <= ModelConsolidator::PIECE_TOKENS {
            return shown;
        }
        let half = (0..=said.len() / 2).rev().find(|at| said.is_char_boundary(*at));
        said = said.get(..half.unwrap_or(0)).unwrap_or_default();
    }
}

fn cost(shown: &Value) -> usize {
    ByteEstimate.count(&shown.to_string())
}

fn take(left: &mut usize, cost: usize) -> bool {
    let fits = cost <= *left;
    *left = left.saturating_sub(cost);
    fits
}

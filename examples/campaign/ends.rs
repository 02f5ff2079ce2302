//! What must be true of turns, whatever their process went through.

use std::{collections::BTreeMap, error::Error};

use alliance::{
    id::TurnId,
    record::{Body, Record},
};

/// Whether every turn is there once, with one end or with the mark that none is known, and each that was acknowledged as it was
/// shown.
pub(crate) fn every_turn_once(
    records: &[&Record],
    acknowledged: &BTreeMap<TurnId, String>,
) -> Result<(), Box<dyn Error>> {
    let mut turns: BTreeMap<TurnId, (usize, Vec<&str>, bool)> = BTreeMap::new();
    for record in records {
        let Some(id) = record.turn else { continue };
        match &record.body {
            Body::TurnAccepted(_) => turns.entry(id).or_default().0 += 1,
            // What the turn wrote itself has a seal; without one it is noted that no end is known.
            Body::TurnEnded(ended) if ended.seal.is_some() => {
                turns.entry(id).or_default().1.push(&ended.shown)
            }
            Body::TurnEnded(_) => turns.entry(id).or_default().2 = true,
            _ => {}
        }
    }
    for (id, (accepted, ends, marked)) in &turns {
        match (accepted, ends.len(), marked) {
            (1, 1, _) | (1, 0, true) => {}
            _ => {
                return Err(
                    format!("turn {id}: {accepted} accepted, {} ended, marked {marked}", ends.len()).into()
                );
            }
        }
    }
    for (id, shown) in acknowledged {
        let held = turns.get(id).map(|(_, ends, _)| ends.first().copied());
        if held != Some(Some(shown.as_str())) {
            return Err(format!("turn {id} was acknowledged, and is not held as it was shown").into());
        }
    }
    Ok(())
}

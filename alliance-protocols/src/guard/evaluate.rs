//! What a guard comes to.

use alliance_core::protocol::{Outcome, Progress, SlotValue};

use super::{Comparison, Guard, Number};
use crate::machine::counts;

/// What a guard looks at.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) progress: &'a Progress,
    /// How the child ended that was handed over to.
    pub(crate) outcome: Option<Outcome>,
}

impl Guard {
    /// Whether it holds. Total: as deep as the guard nests, and no deeper.
    pub(crate) fn holds(&self, world: World<'_>) -> bool {
        match self {
            Self::Or(left, right) => left.holds(world) || right.holds(world),
            Self::And(left, right) => left.holds(world) && right.holds(world),
            Self::Not(inner) => !inner.holds(world),
            Self::Compare(op, left, right) => {
                left.value(world).zip(right.value(world)).is_some_and(|(left, right)| op.holds(left, right))
            }
            Self::Holds { slot, word, equal } => match world.progress.slots.get(slot) {
                Some(SlotValue::Choice(held)) => (held == word) == *equal,
                _ => false,
            },
            Self::Outcome { outcome, equal } => {
                world.outcome.is_some_and(|held| (held == *outcome) == *equal)
            }
            Self::Filled(slot) => counts::filled(world.progress, slot),
            Self::Flag(flag) => world.progress.flags.contains(flag),
            Self::Done => counts::of(world.progress, counts::DONE, "") > 0,
        }
    }
}

impl Number {
    /// Its value; none for an empty slot, or where no time is known.
    fn value(&self, world: World<'_>) -> Option<i64> {
        let progress = world.progress;
        match self {
            Self::Int(value) => Some(*value),
            Self::Slot(slot) => match progress.slots.get(slot) {
                Some(SlotValue::Number(value)) => Some(*value),
                _ => None,
            },
            Self::Count(slot) => match progress.slots.get(slot) {
                Some(SlotValue::List(items)) => i64::try_from(items.len()).ok(),
                _ => Some(0),
            },
            Self::Visits(state) => Some(i64::from(counts::of(progress, counts::VISITS, state))),
            Self::Elapsed => counts::minutes(progress),
            Self::Turns => Some(i64::from(progress.turns)),
            Self::Sum(left, right) => Some(left.value(world)?.saturating_add(right.value(world)?)),
            Self::Difference(left, right) => Some(left.value(world)?.saturating_sub(right.value(world)?)),
        }
    }
}

impl Comparison {
    const fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

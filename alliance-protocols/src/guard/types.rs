//! From a tree to a guard: names are looked up, and every part has a type.

use alliance_core::protocol::{Flag, Outcome};

use super::{
    Comparison, Guard, GuardError, Names, Number,
    parser::{Node, NodeKind},
};
use crate::definition::{SlotKind, closest};

const FUNCTIONS: [&str; 7] = ["filled", "flag", "elapsed", "turns", "count", "visits", "done"];
const OUTCOMES: [(&str, Outcome); 3] =
    [("completed", Outcome::Completed), ("declined", Outcome::Declined), ("parked", Outcome::Parked)];

/// Something that is true or false.
pub(super) fn condition(node: &Node<'_>, names: &dyn Names) -> Result<Guard, GuardError> {
    let boxed = |node: &Node<'_>| condition(node, names).map(Box::new);
    match &node.kind {
        NodeKind::Not(inner) => Ok(Guard::Not(boxed(inner)?)),
        NodeKind::Pair("or", left, right) => Ok(Guard::Or(boxed(left)?, boxed(right)?)),
        NodeKind::Pair("and", left, right) => Ok(Guard::And(boxed(left)?, boxed(right)?)),
        NodeKind::Pair("+" | "-", ..) | NodeKind::Int(_) => {
            Err(GuardError::new(node.at, "this is a number; compare it with another, for example `… >= 3`"))
        }
        NodeKind::Pair(sign, left, right) => comparison(sign, left, right, names),
        NodeKind::Name(name) => Err(GuardError::new(node.at, bare(name, names))),
        NodeKind::Call("filled", argument) => Ok(Guard::Filled(slot_of(node, *argument, names)?)),
        NodeKind::Call("done", None) => Ok(Guard::Done),
        NodeKind::Call("flag", argument) => {
            let (at, name) = given(node, "flag", *argument)?;
            name.parse().map(Guard::Flag).map_err(|_| {
                let near = closest(name, Flag::ALL.map(Flag::as_str));
                GuardError::new(at, format!("there is no flag `{name}`{near}"))
            })
        }
        NodeKind::Call(name @ ("elapsed" | "turns" | "count" | "visits"), _) => {
            let message = format!("`{name}()` is a number; compare it with another, for example `… >= 3`");
            Err(GuardError::new(node.at, message))
        }
        NodeKind::Call(name, _) => Err(no_function(node.at, name)),
    }
}

fn bare(name: &str, names: &dyn Names) -> String {
    match names.slot(name) {
        Some(SlotKind::YesNo) => format!("`{name}` is a slot; write `{name} == yes`"),
        Some(_) => format!("`{name}` is a slot; compare it, or write `filled({name})`"),
        None if name == "outcome" => "write `outcome == completed`, `declined` or `parked`".to_owned(),
        None => format!("there is no slot `{name}`{}", closest(name, names.slots())),
    }
}

fn comparison(sign: &str, left: &Node<'_>, right: &Node<'_>, names: &dyn Names) -> Result<Guard, GuardError> {
    // A word is compared with a slot or with `outcome`; which side it stands on does not matter.
    let (subject, word) = if worded(left, names) { (left, right) } else { (right, left) };
    let Some(name) = worded(subject, names).then_some(&subject.kind).and_then(NodeKind::name) else {
        let op = match sign {
            "==" => Comparison::Equal,
            "!=" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            _ => Comparison::AtLeast,
        };
        return Ok(Guard::Compare(op, number(left, names)?, number(right, names)?));
    };
    let equal = sign == "==";
    if !equal && sign != "!=" {
        return Err(GuardError::new(subject.at, format!("`{name}` has no order; use `==` or `!=`")));
    }
    let words: Vec<&str> = match names.slot(name) {
        Some(SlotKind::YesNo) => vec!["yes", "no"],
        Some(_) => names.choices(name),
        None => OUTCOMES.map(|(word, _)| word).to_vec(),
    };
    let Some(held) = word.kind.name() else {
        return Err(GuardError::new(word.at, format!("`{name}` holds a word{}", closest("", words))));
    };
    if !words.contains(&held) {
        let near = closest(held, words);
        return Err(GuardError::new(word.at, format!("`{name}` is never `{held}`{near}")));
    }
    match OUTCOMES.into_iter().find(|(known, _)| *known == held) {
        Some((_, outcome)) if names.slot(name).is_none() => Ok(Guard::Outcome { outcome, equal }),
        _ => Ok(Guard::Holds { slot: name.to_owned(), word: held.to_owned(), equal }),
    }
}

impl<'a> NodeKind<'a> {
    fn name(&self) -> Option<&'a str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// Whether a node is something that holds a word and not a number.
fn worded(node: &Node<'_>, names: &dyn Names) -> bool {
    node.kind.name().is_some_and(|name| match names.slot(name) {
        Some(kind) => matches!(kind, SlotKind::YesNo | SlotKind::Choice),
        None => name == "outcome",
    })
}

fn number(node: &Node<'_>, names: &dyn Names) -> Result<Number, GuardError> {
    let boxed = |node: &Node<'_>| number(node, names).map(Box::new);
    match &node.kind {
        NodeKind::Int(value) => Ok(Number::Int(*value)),
        NodeKind::Pair("+", left, right) => Ok(Number::Sum(boxed(left)?, boxed(right)?)),
        NodeKind::Pair("-", left, right) => Ok(Number::Difference(boxed(left)?, boxed(right)?)),
        NodeKind::Name(name) => match names.slot(name) {
            Some(SlotKind::Rating | SlotKind::Number) => Ok(Number::Slot((*name).to_owned())),
            Some(SlotKind::List) => {
                Err(GuardError::new(node.at, format!("`{name}` is a list; write `count({name})`")))
            }
            Some(_) => {
                let message = format!("`{name}` holds words and no number; write `filled({name})`");
                Err(GuardError::new(node.at, message))
            }
            None => {
                let near = closest(name, names.slots());
                Err(GuardError::new(node.at, format!("there is no slot `{name}`{near}")))
            }
        },
        NodeKind::Call("elapsed", None) => Ok(Number::Elapsed),
        NodeKind::Call("turns", None) => Ok(Number::Turns),
        NodeKind::Call("count", argument) => {
            let slot = slot_of(node, *argument, names)?;
            match names.slot(&slot) {
                Some(SlotKind::List) => Ok(Number::Count(slot)),
                _ => Err(GuardError::new(node.at, format!("`{slot}` is no list; only lists are counted"))),
            }
        }
        NodeKind::Call("visits", argument) => {
            let (at, state) = given(node, "state", *argument)?;
            if names.states().contains(&state) {
                return Ok(Number::Visits(state.to_owned()));
            }
            let near = closest(state, names.states());
            Err(GuardError::new(at, format!("there is no state `{state}`{near}")))
        }
        NodeKind::Call("filled" | "flag" | "done", _) | NodeKind::Not(_) | NodeKind::Pair(..) => {
            Err(GuardError::new(node.at, "this is true or false; a number is needed here"))
        }
        NodeKind::Call(name, _) => Err(no_function(node.at, name)),
    }
}

fn slot_of(
    node: &Node<'_>,
    argument: Option<(usize, &str)>,
    names: &dyn Names,
) -> Result<String, GuardError> {
    let (at, name) = given(node, "slot", argument)?;
    if names.slot(name).is_some() {
        return Ok(name.to_owned());
    }
    Err(GuardError::new(at, format!("there is no slot `{name}`{}", closest(name, names.slots()))))
}

fn given<'a>(
    node: &Node<'_>,
    what: &str,
    argument: Option<(usize, &'a str)>,
) -> Result<(usize, &'a str), GuardError> {
    argument.ok_or_else(|| GuardError::new(node.at, format!("the name of a {what} is missing in `(…)`")))
}

fn no_function(at: usize, name: &str) -> GuardError {
    if FUNCTIONS.contains(&name) {
        return GuardError::new(at, format!("`{name}()` takes nothing between its parentheses"));
    }
    GuardError::new(at, format!("there is no function `{name}`{}", closest(name, FUNCTIONS)))
}

//! M1–M7 against a model.

use alliance_core::store::{Expect, MemoryStore, Order, Selection};
use futures::executor::block_on;
use proptest::prelude::*;

use super::InMemoryStore;
use crate::{
    fixture::{batch, said, session, shown, user},
    model::{agrees_with_model, selection, steps},
};

proptest! {
    #[test]
    fn the_store_does_what_the_model_does(steps in steps()) {
        agrees_with_model(&InMemoryStore::new(), 0, steps)?;
    }

    #[test]
    fn pages_together_hold_everything_once(count in 0_u128..50, mut selection in selection()) {
        let store = InMemoryStore::new();
        for number in 0..count {
            let record = if number % 3 == 0 { said(number, "a") } else { shown(number, "b") };
            block_on(store.append(user(1), Expect::Any, batch([record.session(session(number % 2))]))).unwrap();
        }
        let whole = block_on(store.read(user(1), &selection.clone().limit(Selection::MAX))).unwrap();
        let mut pieces = Vec::new();
        loop {
            let page = block_on(store.read(user(1), &selection)).unwrap();
            prop_assert!(page.records.len() <= selection.limit);
            pieces.extend(page.records);
            let Some(next) = page.next else { break };
            selection = match selection.order {
                Order::OldestFirst => selection.after(next),
                Order::NewestFirst => selection.before(next),
            };
        }
        prop_assert_eq!(pieces, whole.records);
    }
}

//! M1–M7 against the model that the reference store is compared with.

use proptest::prelude::*;

use crate::{
    SqliteOptions,
    model::{agrees_with_model, steps},
    place::Place,
};

proptest! {
    // Each step waits for a disk.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_does_what_the_model_does(steps in steps()) {
        let place = Place::new();
        let store = place.open_with(SqliteOptions::default().open_people(1)).unwrap();
        agrees_with_model(&store, 0, steps)?;
    }
}

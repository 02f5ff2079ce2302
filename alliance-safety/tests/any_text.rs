//! What must hold for any text, as properties; the bodies are those of the seeded driver and of the fuzz targets.

#[path = "../examples/shared/bodies.rs"]
mod bodies;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_screened(text in "\\PC{0,160}|[a-zäöüß .,!?\"'\u{200b}\u{301}а-я]{0,160}") {
        bodies::screening(&text);
    }

    #[test]
    fn any_cut_says_the_same(
        reply in "\\PC{0,120}|([a-z]{1,6}[ .?!,\n]){0,30}",
        cuts in prop::collection::vec(any::<u8>(), 0..5),
    ) {
        bodies::review_splits(&reply, &cuts);
    }
}

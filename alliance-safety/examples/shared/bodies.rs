//! What must hold for any text: the bodies of property tests, of the seeded driver and of the fuzz targets.
#![allow(clippy::panic, reason = "a body fails by a panic")]

use std::sync::LazyLock;

use alliance_safety::{CrisisPlan, Release, SafetyLayer, ScreenContext, Screening};

/// What leaves none, low and moderate standing.
const BEFORE: [&str; 3] =
    ["I had soup for lunch.", "I feel like a burden to everyone.", "I want to kill myself."];

/// The layer that everything is tried on.
pub(crate) static LAYER: LazyLock<SafetyLayer> =
    LazyLock::new(|| match SafetyLayer::new(CrisisPlan::built_in()) {
        Ok(layer) => layer,
        Err(error) => panic!("the built-in plan loads: {error}"),
    });

static QUIET: LazyLock<Vec<Screening>> = LazyLock::new(|| {
    let quiet = |before: &&str| {
        let first = LAYER.screen(*before, &ScreenContext::default());
        let context = ScreenContext::new(first.standing().clone(), alliance_safety::Locale::En);
        LAYER.screen("It was a long week at work.", &context)
    };
    BEFORE.iter().map(quiet).collect()
});

/// Screening any text fails nowhere, points into the text, and says the same twice.
pub(crate) fn screening(text: &str) {
    let context = ScreenContext::default();
    let first = LAYER.screen(text, &context);
    assert!(first.findings().unavailable().is_empty(), "a part failed");
    assert!(first.standing().level() >= first.level(), "the standing level is below the level");
    for sign in first.findings().signs() {
        let place = sign.place().cloned().unwrap_or_default();
        assert!(text.get(place).is_some(), "a place outside of the text");
    }
    assert!(LAYER.screen(text, &context).level() == first.level(), "two levels for one text");
}

/// However a reply is cut, the same words come out with the same decisions. `cuts` says where, each by its byte in 256.
pub(crate) fn review_splits(reply: &str, cuts: &[u8]) {
    for screening in QUIET.iter() {
        let whole = released(screening, std::iter::once(reply));
        let mut places: Vec<usize> = cuts.iter().map(|&cut| reply.len() * usize::from(cut) / 256).collect();
        places.retain(|&place| reply.is_char_boundary(place));
        places.sort_unstable();
        let ends = places.iter().copied().chain([reply.len()]);
        let starts = std::iter::once(0).chain(places.iter().copied());
        let pieces = starts.zip(ends).filter_map(|(from, to)| reply.get(from..to));
        assert!(released(screening, pieces) == whole, "another outcome after another cut");
    }
}

fn released<'a>(screening: &Screening, pieces: impl Iterator<Item = &'a str>) -> Vec<Release> {
    let mut review = LAYER.review(screening);
    let mut out = Vec::new();
    for piece in pieces {
        review.push(piece);
        out.extend(std::iter::from_fn(|| review.next_release()));
    }
    review.close();
    out.extend(std::iter::from_fn(|| review.next_release()));
    out
}

//! PHQ-4 as it ships: scores, bands, cut-offs, refusals, words.
#![allow(clippy::expect_used, reason = "the helpers of tests belong to the tests")]

use alliance_measures::{
    Answers, InstrumentSpec, InstrumentWording, ItemAnswer, ItemNumber, ScoreError, Scores, Severity,
    SpecError, WordingStatus,
};
use proptest::{prelude::*, test_runner::RngSeed};

fn phq_4() -> InstrumentSpec {
    InstrumentSpec::built_in("phq-4").expect("the shipped instrument reads")
}

fn scored(answers: [u8; 4]) -> Scores {
    phq_4().score(&Answers::complete(answers)).expect("valid answers")
}

fn half(scores: &Scores, id: &str) -> f64 {
    scores.subscale(id).expect("a half of the PHQ-4").value()
}

#[test]
fn halves_take_their_own_items() {
    let scores = scored([1, 2, 3, 3]);
    assert_eq!((half(&scores, "gad-2"), half(&scores, "phq-2")), (3.0, 6.0));
    assert_eq!(scores.total().value(), 9.0);
    assert!(scores.subscale("bond").is_none() && scores.skipped().is_empty() && scores.watched().is_empty());
}

#[test]
fn bands_change_at_the_published_scores() {
    use Severity::{Mild, Minimal, Moderate, Severe};
    for (answers, word) in [
        ([0, 0, 0, 0], Minimal),
        ([1, 1, 0, 0], Minimal),
        ([1, 1, 1, 0], Mild),
        ([2, 1, 1, 1], Mild),
        ([2, 2, 1, 1], Moderate),
        ([2, 2, 2, 2], Moderate),
        ([3, 2, 2, 2], Severe),
        ([3, 3, 3, 3], Severe),
    ] {
        assert_eq!(scored(answers).severity(), Some(word), "{answers:?}");
    }
}

#[test]
fn a_half_is_positive_from_three_on() {
    for (answers, positive) in [([1, 1, 2, 1], [false, true]), ([3, 0, 0, 2], [true, false])] {
        let scores = scored(answers);
        let found =
            ["gad-2", "phq-2"].map(|id| scores.subscale(id).and_then(|s| s.reaches("positive-screen")));
        assert_eq!(found, positive.map(Some));
        assert_eq!(scores.total().reaches("positive-screen"), None, "only the halves have a cut-off");
    }
}

#[test]
fn what_cannot_be_scored_is_refused() {
    let spec = phq_4();
    let fault =
        |values: &[u8]| spec.score(&Answers::complete(values.iter().copied())).expect_err("was scored");
    assert_eq!(fault(&[1, 1, 1]), ScoreError::WrongCount { expected: 4, found: 3 });
    assert_eq!(fault(&[]), ScoreError::WrongCount { expected: 4, found: 0 });
    assert_eq!(fault(&[0, 4, 0, 9]), ScoreError::OutOfRange { item: ItemNumber::new(2), min: 0, max: 3 });
    let one = Some(ItemAnswer::new(1));
    let skipped = spec.score(&Answers::partial([one, one, None, one]));
    assert_eq!(skipped, Err(ScoreError::Missing { items: vec![ItemNumber::new(3)] }));
}

#[test]
fn stored_values_are_read_back_only_if_they_are_scores() {
    let spec = phq_4();
    let total = spec.read_total(9.0).expect("in range");
    assert_eq!(spec.severity(&total), Some(Severity::Severe));
    assert_eq!(&total, scored([3, 2, 2, 2]).total());
    for value in [-1.0, 12.5, 13.0, f64::NAN, f64::INFINITY] {
        assert_eq!(spec.read_total(value), Err(ScoreError::NotAScore), "{value}");
    }
    assert_eq!(spec.read_subscale("phq-2", 7.0), Err(ScoreError::NotAScore));
    assert_eq!(spec.read_subscale("bond", 3.0), Err(ScoreError::NoSuchSubscale));
}

#[test]
fn debug_and_errors_show_no_answer() {
    let answers = Answers::complete([3, 3, 2, 3]);
    assert_eq!(format!("{answers:?}"), "Answers(4 items)");
    let total = format!("{:?}", scored([3, 3, 2, 3]).total());
    assert!(!total.contains("11"), "{total}");
    let error = phq_4().score(&Answers::complete([0, 77, 0, 0])).expect_err("off the scale");
    assert!(!format!("{error} {error:?}").contains("77"));
}

#[test]
fn words_ship_in_two_languages_with_their_notice() {
    let spec = phq_4();
    for (tag, language, status) in
        [("en-GB", "en", WordingStatus::Original), ("de", "de", WordingStatus::UnofficialTranslation)]
    {
        let words = InstrumentWording::built_in(&spec, tag).expect("shipped");
        assert_eq!((words.language(), words.status()), (language, status));
        assert_eq!(words.notice(), "No permission required to reproduce, translate, display or distribute");
        assert_eq!((words.items().len(), words.options().len()), (4, 4));
    }
    assert!(matches!(InstrumentWording::built_in(&spec, "fr"), Err(SpecError::Unknown)));
    assert!(matches!(InstrumentSpec::built_in("wai-sr"), Err(SpecError::Unknown)));
}

#[test]
fn no_shipped_number_is_without_a_source() {
    let spec = phq_4();
    assert_eq!(spec.reviewed_by(), "none yet");
    assert!(spec.missing().source().as_str().starts_with("proposal"));
    let cut_offs = spec.subscales().iter().flat_map(|part| part.cut_offs());
    let sources: Vec<_> =
        cut_offs.map(|c| c.source()).chain(spec.bands().iter().map(|b| b.source())).collect();
    assert_eq!(sources.len(), 6);
    assert!(sources.iter().all(|source| source.as_str().contains("50(6):613-621")));
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scores_stay_in_their_bounds_and_halves_add_up(answers in prop::array::uniform4(0u8..=3)) {
        let scores = scored(answers);
        prop_assert!((0.0..=12.0).contains(&scores.total().value()));
        for part in scores.subscales() {
            prop_assert!((0.0..=6.0).contains(&part.value()));
        }
        prop_assert_eq!(half(&scores, "gad-2") + half(&scores, "phq-2"), scores.total().value());
        prop_assert!(scores.severity().is_some());
    }

    #[test]
    fn a_higher_answer_never_lowers_anything(answers in prop::array::uniform4(0u8..=3), item in 0usize..4) {
        prop_assume!(answers[item] < 3);
        let mut raised = answers;
        raised[item] += 1;
        let (before, after) = (scored(answers), scored(raised));
        prop_assert!(after.total().value() > before.total().value());
        prop_assert!(after.severity() >= before.severity());
        for (low, high) in before.subscales().iter().zip(after.subscales()) {
            prop_assert!(high.value() >= low.value());
            prop_assert!(high.reaches("positive-screen") >= low.reaches("positive-screen"));
        }
    }

    #[test]
    fn any_answers_give_scores_or_an_error(values in prop::collection::vec(prop::option::of(any::<u8>()), 0..8)) {
        let fits = values.len() == 4 && values.iter().all(|v| v.is_some_and(|v| v <= 3));
        let answers = Answers::partial(values.into_iter().map(|v| v.map(ItemAnswer::new)));
        prop_assert_eq!(phq_4().score(&answers).is_ok(), fits);
    }
}

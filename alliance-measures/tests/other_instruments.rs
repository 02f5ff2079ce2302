//! Instruments of other shapes, given as data: means, reversed and watched items, skipped items, norms, change.
#![allow(clippy::expect_used, reason = "the helpers of tests belong to the tests")]

use alliance_measures::{
    Answers, ChangeError, Citation, InstrumentSpec, ItemAnswer, ItemNumber, Norm, NormError, NormKey,
    Reliability, ReliableChangeIndex, SampleSize, ScoreError, StandardDeviation, Timing, Total, Verdict,
};

const MEANS: &str = r#"
reviewed_by = "none yet"
id = "made-up-means"
title = "Made up for tests: two subscales, means, one item reversed"
source = "made up"
items = 6
scale = { min = 1, max = 5 }
scoring = "mean"
better = "higher"
license = "made up"
reversed = [6]
missing = { at_most_per_subscale = 1, source = "made up" }
subscale = [{ id = "goal", items = [1, 3, 5] }, { id = "bond", items = [2, 4, 6] }]
"#;

const WATCHED: &str = r#"
reviewed_by = "none yet"
id = "made-up-watched"
title = "Made up for tests: multiplied sum, one watched item"
source = "made up"
items = 3
scale = { min = 0, max = 3 }
scoring = { sum_times = 4 }
better = "lower"
license = "made up"
watched = [3]
missing = { at_most_per_subscale = 0, source = "made up" }
cut_off = [{ id = "low", scale = "total", at_most = 8, source = "made up" }]
"#;

fn spec(text: &str) -> InstrumentSpec {
    InstrumentSpec::from_toml(text).expect("a valid instrument")
}

fn source() -> Citation {
    Citation::new("made up").expect("not empty")
}

fn partial(values: &[u8]) -> Answers {
    Answers::partial(values.iter().map(|v| (*v > 0).then(|| ItemAnswer::new(*v))))
}

fn rci(sd: f64, r: f64) -> ReliableChangeIndex<Total> {
    let sd = StandardDeviation::new(sd).expect("above 0");
    ReliableChangeIndex::computed(sd, Reliability::new(r).expect("below 1"), source())
}

#[test]
fn means_reverse_and_leave_out_one_item_per_subscale() {
    let spec = spec(MEANS);
    let scores = spec.score(&partial(&[5, 4, 3, 2, 0, 1])).expect("one item missing");
    let of = |id| scores.subscale(id).map(|s| s.value());
    assert_eq!((of("goal"), of("bond")), (Some(4.0), Some(11.0 / 3.0)));
    assert_eq!(scores.total().value(), 19.0 / 5.0);
    assert_eq!(scores.skipped(), [ItemNumber::new(5)]);
    assert_eq!(scores.severity(), None);

    let two_of_one = spec.score(&partial(&[5, 4, 0, 2, 0, 1]));
    assert_eq!(two_of_one, Err(ScoreError::Missing { items: vec![ItemNumber::new(3), ItemNumber::new(5)] }));
    assert!(spec.score(&partial(&[0, 0, 3, 2, 4, 1])).is_ok(), "one of each");
}

#[test]
fn a_watched_item_is_reported_and_never_skipped() {
    let spec = spec(WATCHED);
    let scores = spec.score(&Answers::complete([0, 1, 1])).expect("valid");
    assert_eq!(scores.total().value(), 8.0);
    assert_eq!(scores.total().reaches("low"), Some(true));
    assert_eq!(scores.watched(), [ItemNumber::new(3)]);
    assert!(spec.score(&Answers::complete([3, 3, 0])).expect("valid").watched().is_empty());
    assert!(matches!(spec.score(&partial(&[1, 1, 0])), Err(ScoreError::Missing { .. })));
    assert_eq!(spec.read_total(9.0), Err(ScoreError::NotAScore), "between two steps of 4");

    let lenient = WATCHED.replace("{ sum_times = 4 }", "\"mean\"").replace("subscale = 0", "subscale = 1");
    let lenient = InstrumentSpec::from_toml(&lenient.replace("at_most = 8", "at_most = 2")).expect("valid");
    assert!(lenient.score(&partial(&[0, 1, 1])).is_ok());
    assert!(matches!(lenient.score(&partial(&[1, 1, 0])), Err(ScoreError::Missing { .. })));
}

#[test]
fn reliable_change_has_the_known_answers() {
    let near = |found: f64, known: f64| assert!((found - known).abs() < 0.005, "{found} is not {known}");
    near(rci(0.72, 0.80).points(), 0.89);
    near(rci(0.72, 0.90).points(), 0.63);
    near(rci(0.81, 0.90).points(), 0.71);

    let spec = spec(MEANS);
    let at = |value| spec.read_total(value).expect("in range");
    let judge = |a, b| rci(0.81, 0.90).judge(&at(a), &at(b)).expect("one scale").verdict();
    assert_eq!(judge(3.64, 3.75), Verdict::NoReliableChange);
    assert_eq!(judge(3.0, 3.8), Verdict::Higher);
    assert_eq!(judge(3.8, 3.0), Verdict::Lower);
}

#[test]
fn a_published_index_counts_from_its_own_value_on() {
    let phq_4 = InstrumentSpec::built_in("phq-4").expect("shipped");
    let six = ReliableChangeIndex::<Total>::published(6.0, source()).expect("above 0");
    let at = |value| phq_4.read_total(value).expect("in range");
    assert_eq!(six.judge(&at(9.0), &at(3.0)).expect("one scale").verdict(), Verdict::Lower);
    assert_eq!(six.judge(&at(9.0), &at(4.0)).expect("one scale").verdict(), Verdict::NoReliableChange);
    let other = spec(MEANS).read_total(3.0).expect("in range");
    assert_eq!(six.judge(&at(9.0), &other), Err(ChangeError::OtherScale));
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    for sd in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(StandardDeviation::new(sd), Err(ChangeError::NotAStandardDeviation));
        assert!(ReliableChangeIndex::<Total>::published(sd, source()).is_err());
    }
    for r in [-0.1, 1.0, 1.5, f64::NAN] {
        assert_eq!(Reliability::new(r), Err(ChangeError::NotAReliability));
    }
    assert_eq!(SampleSize::new(0), Err(NormError::NobodyAsked));
    assert!(Citation::new("  ").is_err());
}

#[test]
fn a_norm_compares_its_own_scale_and_says_when_it_is_small() {
    let spec = spec(MEANS);
    let norm = |n, mean| {
        let n = SampleSize::new(n).expect("somebody");
        let key =
            NormKey::subscale("made up", &spec, "bond", n, Timing::Days { from: 3, to: 5 }).expect("exists");
        Norm::of_subscale(key, &spec, mean, StandardDeviation::new(0.5).ok(), source())
    };
    let few = norm(29, 4.0).expect("in range");
    assert_eq!(few.key().n().to_string(), "n = 29, small sample");
    assert_eq!(norm(30, 4.0).expect("in range").key().n().to_string(), "n = 30");
    assert!(matches!(norm(30, 5.5), Err(NormError::NotOfInstrument(_))));

    let found = few.compare(&spec.read_subscale("bond", 3.0).expect("in range")).expect("same scale");
    assert_eq!((found.difference(), found.in_sds()), (-1.0, Some(-2.0)));
    assert!(found.n().is_small());
    let goal = spec.read_subscale("goal", 3.0).expect("in range");
    assert_eq!(few.compare(&goal), Err(NormError::OtherScale));
}

//! What screening costs: 200 bytes, 2 kB, and hostile input of a message's full length.
//!
//! `cargo bench -p alliance-engine --bench screen_throughput`

use alliance::{
    message::MAX_MESSAGE,
    safety::{CrisisPlan, SafetyLayer, ScreenContext},
    testing::safety_layer,
};
use divan::{Bencher, black_box, counter::BytesCount};

fn main() {
    divan::main();
}

const ORDINARY: &str = "I had a fight with my brother on the phone, and now I cannot sleep. He says that I never listen, \
and my mother takes his side. Work was long today as well, and then the train was late by an hour again.";

fn screen(bencher: Bencher<'_, '_>, text: &str) {
    let (layer, context) = (safety_layer(), ScreenContext::default());
    bencher.counter(BytesCount::of_str(text)).bench(|| black_box(layer.screen(black_box(text), &context)));
}

#[divan::bench(sample_count = 1000)]
fn bytes_200(bencher: Bencher<'_, '_>) {
    screen(bencher, &ORDINARY[..200]);
}

#[divan::bench(sample_count = 1000)]
fn bytes_2000(bencher: Bencher<'_, '_>) {
    screen(bencher, &ORDINARY.repeat(10)[..2000]);
}

#[divan::bench(args = ["zero width", "one word", "quotes", "mixed scripts", "full stops"], sample_count = 50)]
fn hostile_message(bencher: Bencher<'_, '_>, kind: &str) {
    let unit = match kind {
        "zero width" => "a\u{200b}",
        "one word" => "abcdefgh",
        "quotes" => "\"",
        "mixed scripts" => "aа",
        _ => ".",
    };
    screen(bencher, &unit.repeat(MAX_MESSAGE / unit.len()));
}

#[divan::bench(sample_count = 20)]
fn build_the_layer() -> SafetyLayer {
    SafetyLayer::new(CrisisPlan::built_in()).unwrap_or_else(|_| safety_layer())
}

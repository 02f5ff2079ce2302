//! What an answer of the listener costs: 200 bytes, 2 kB, and 2 kB after thirty exchanges.
//!
//! `cargo bench -p alliance-backends --bench reflective`

use alliance_backends::Reflective;
use alliance_core::{
    backend::LlmBackend as _,
    prompt::Prompt,
    safety::{ClearedText, Locale, ScreenContext, Screening, Standing},
    testing::safety_layer,
    token::ByteEstimate,
};
use divan::{Bencher, black_box, counter::BytesCount};
use futures::{StreamExt as _, executor::block_on};

fn main() {
    divan::main();
}

const ENGLISH: &str = "I had a fight with my brother on the phone, and now I cannot sleep. He says that I never listen, \
and my mother takes his side. Work was long today as well, and then the train was late by an hour again.";

const GERMAN: &str = "Ich habe mich mit meinem Bruder am Telefon gestritten und kann jetzt nicht schlafen. Er sagt, \
dass ich nie zuhöre, und meine Mutter hält zu ihm. Die Arbeit war heute auch lang, und dann kam der Zug zu spät.";

/// The message in the language, cut to about this many bytes.
fn message(locale: Locale, bytes: usize) -> String {
    let text = if locale == Locale::De { GERMAN } else { ENGLISH };
    text.chars()
        .cycle()
        .scan(0, |length, c| {
            *length += c.len_utf8();
            (*length <= bytes).then_some(c)
        })
        .collect()
}

fn prompt(locale: Locale, bytes: usize, exchanges: usize) -> Prompt {
    let layer = safety_layer();
    let screen = |text: &str| layer.screen(text, &ScreenContext::new(Standing::default(), locale));
    let shown = |screening: &Screening| -> Vec<ClearedText> {
        let mut review = layer.review(screening);
        review.push("I see. How are you with that?");
        review.close();
        std::iter::from_fn(|| review.next_release()).map(|release| release.shown().clone()).collect()
    };
    let said = screen(&message(locale, bytes));
    (0..exchanges)
        .fold(Prompt::answering(&said).instruction("Listen."), |prompt, _| {
            prompt.exchange(said.clone(), shown(&said))
        })
        .build(&ByteEstimate)
}

fn answer(bencher: Bencher<'_, '_>, locale: Locale, bytes: usize, exchanges: usize) {
    let (prompt, listener) = (prompt(locale, bytes, exchanges), Reflective::new());
    bencher.counter(BytesCount::new(bytes)).with_inputs(|| prompt.clone()).bench_values(|prompt| {
        block_on(async {
            let stream = listener.generate(black_box(prompt)).await.ok()?;
            Some(stream.count().await)
        })
    });
}

#[divan::bench(args = Locale::ALL, sample_count = 1000)]
fn bytes_200(bencher: Bencher<'_, '_>, locale: Locale) {
    answer(bencher, locale, 200, 0);
}

#[divan::bench(args = Locale::ALL, sample_count = 1000)]
fn bytes_2000(bencher: Bencher<'_, '_>, locale: Locale) {
    answer(bencher, locale, 2000, 0);
}

#[divan::bench(args = Locale::ALL, sample_count = 200)]
fn bytes_2000_after_thirty_exchanges(bencher: Bencher<'_, '_>, locale: Locale) {
    answer(bencher, locale, 2000, 30);
}

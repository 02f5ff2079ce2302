//! Tries random texts on screening and on review, with a seed, needing nothing installed:
//! `cargo run --release -p alliance-safety --example fuzz -- --seed 1 --runs 100000`.
//!
//! Texts are put together from words that the rules know, words of many scripts, signs that hide words, and characters at
//! random; the bodies are those of the property tests. `--threads N` shares the runs; each thread has a seed of its own.

#[path = "shared/bodies.rs"]
mod bodies;

use std::{error::Error, io::Write, thread};

/// Pieces of texts: known words, disguises, other scripts, punctuation that opens and never closes.
const PIECES: [&str; 64] = [
    "i",
    "want",
    "to",
    "die",
    "not",
    "never",
    "kill",
    "myself",
    "you are",
    "a burden",
    "my friend",
    "said",
    "ich",
    "will",
    "nicht",
    "mehr",
    "leben",
    "sterben",
    "du bist",
    "eine last",
    "years ago",
    "tonight",
    "goodbye",
    "pills",
    "stop",
    "them",
    "no quiero",
    "vivir",
    "умереть",
    "хочу",
    "死にたい",
    "我想死",
    "өлгім",
    "ölmek",
    "k i l l",
    "k.i.l.l",
    "k1ll",
    "mys3lf",
    "kiiill",
    "ｋｉｌｌ",
    "kіll",
    "iwanttodie",
    "\u{200b}",
    "\u{301}",
    "\u{202e}",
    "\u{feff}",
    "\"",
    "“",
    "„",
    "(",
    "...",
    "?!",
    ".",
    ",",
    "\n",
    "e.g. ",
    "z. B. ",
    "Dr. ",
    "0800 000 0000",
    "👩‍👩‍👧",
    "ﷺ",
    "ǆ",
    "{name}",
    "İ",
];

fn main() -> Result<(), Box<dyn Error>> {
    let (mut seed, mut runs, mut threads) = (1_u64, 100_000_u64, 1_u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("an option needs a number")?.parse()?;
        match name.as_str() {
            "--seed" => seed = value,
            "--runs" => runs = value,
            "--threads" => threads = value.max(1),
            _ => return Err(format!("no option is called `{name}`").into()),
        }
    }
    let mut failed = false;
    thread::scope(|scope| {
        let all: Vec<_> =
            (0..threads).map(|n| scope.spawn(move || run(seed.wrapping_add(n), runs / threads))).collect();
        failed = all.into_iter().map(|one| one.join().is_err()).fold(false, |any, one| any | one);
    });
    if failed {
        return Err(format!("a body failed with seed {seed}").into());
    }
    writeln!(std::io::stdout(), "{} texts from seed {seed}, no failure", runs / threads * threads)?;
    Ok(())
}

fn run(seed: u64, runs: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut text = String::new();
    for _ in 0..runs {
        text.clear();
        for _ in 0..random.below(14) {
            random.piece(&mut text);
        }
        bodies::screening(&text);
        let cuts = [random.byte(), random.byte(), random.byte()];
        bodies::review_splits(&text, &cuts);
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    fn below(&mut self, n: u64) -> usize {
        usize::try_from(self.next() % n).unwrap_or_default()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn piece(&mut self, text: &mut String) {
        match self.below(8) {
            0 => text.extend(
                (0..self.below(6))
                    .filter_map(|_| u32::try_from(self.below(0x11_0000)).ok().and_then(char::from_u32)),
            ),
            1 => text.extend(
                (0..self.below(6))
                    .filter_map(|_| char::from_u32(32 + u32::try_from(self.below(0x500)).unwrap_or(0))),
            ),
            2 => text.push_str(&PIECES[self.below(64)].repeat(1 + self.below(4))),
            _ => text.push_str(PIECES[self.below(64)]),
        }
        if self.below(4) > 0 {
            text.push(' ');
        }
    }
}

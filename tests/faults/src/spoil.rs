//! Spoils texts from a seed: changes, cuts, doubles and mixes them.

/// One of `seeds` after some changes; among them, one of `pieces` put in. Advances `state`.
///
/// # Panics
///
/// Where there is no seed or no piece.
pub fn spoiled(state: &mut u64, seeds: &[&str], pieces: &[&str]) -> Vec<u8> {
    let mut bytes = seeds[pick(state, seeds.len())].as_bytes().to_vec();
    for _ in 0..pick(state, 6) {
        let (from, to) = (pick(state, bytes.len()), pick(state, bytes.len()));
        let (from, to) = (from.min(to), from.max(to));
        match pick(state, 6) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.extend_from_within(from..to),
            3 => {
                let other = seeds[pick(state, seeds.len())].as_bytes();
                let at = pick(state, other.len());
                bytes.splice(from..to, other[at..].iter().copied());
            }
            4 => {
                let piece = pieces[pick(state, pieces.len())];
                bytes.splice(from..from, piece.bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(from) {
                    *byte ^= 1 << pick(state, 8);
                }
            }
        }
    }
    bytes
}

fn pick(state: &mut u64, end: usize) -> usize {
    usize::try_from(roll(state) % end.max(1) as u64).unwrap_or_default()
}

/// SplitMix64.
fn roll(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

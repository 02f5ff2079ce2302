//! Lists of ascending numbers with how often each counts, a byte or two an entry.

/// Appends a number, seven bits a byte, the lowest first.
fn push_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Appends a list: how long it is, and of each entry how far it is from the one before, and its count where that is
/// not 1. Numbers ascend, and are less than 2³¹.
pub(super) fn push(bytes: &mut Vec<u8>, entries: impl ExactSizeIterator<Item = (u32, u32)>) {
    push_number(bytes, entries.len() as u32);
    let mut last = 0;
    for (number, count) in entries {
        let is_more = count != 1;
        push_number(bytes, (number - last) << 1 | u32::from(is_more));
        if is_more {
            push_number(bytes, count);
        }
        last = number;
    }
}

/// A list, read as it goes.
#[derive(Clone, Default)]
pub(super) struct List<'a> {
    rest: &'a [u8],
    left: usize,
    last: u32,
}

impl<'a> List<'a> {
    /// The list that begins at a place; empty where none does.
    pub(super) fn at(bytes: &'a [u8], start: usize) -> Self {
        let mut list = Self { rest: bytes.get(start..).unwrap_or_default(), left: 0, last: 0 };
        list.left = list.number() as usize;
        list
    }

    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.rest.split_first() {
            self.rest = rest;
            number |= u32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift >= 32 {
                break;
            }
        }
        number
    }
}

impl Iterator for List<'_> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let step = self.number();
        self.last = self.last.wrapping_add(step >> 1);
        let count = if step & 1 == 0 { 1 } else { self.number() };
        Some((self.last, count))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for List<'_> {}

#[cfg(test)]
mod tests {
    use proptest::{collection::btree_map, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn a_list_reads_as_it_was_written(
            lists in proptest::collection::vec(btree_map(0_u32..1 << 24, 1_u32..256, 0..40), 1..4),
        ) {
            let (mut bytes, mut starts) = (Vec::new(), Vec::new());
            for list in &lists {
                starts.push(bytes.len());
                push(&mut bytes, list.iter().map(|(number, count)| (*number, *count)).collect::<Vec<_>>().into_iter());
            }
            for (list, start) in lists.iter().zip(starts) {
                let read = List::at(&bytes, start);
                prop_assert_eq!(read.len(), list.len());
                prop_assert!(read.eq(list.iter().map(|(number, count)| (*number, *count))));
            }
            prop_assert_eq!(List::at(&bytes, bytes.len()).count(), 0);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40), start in 0_usize..50) {
            List::at(&bytes, start).take(1000).for_each(drop);
        }
    }
}

//! Numbers and parts one behind the other: numbers with the lowest byte first, each part behind its length.

use uuid::Uuid;

pub(super) fn length(out: &mut Vec<u8>, length: usize) {
    out.extend((length as u64).to_le_bytes());
}

pub(super) fn part(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend(bytes);
}

pub(super) fn numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    length(out, numbers.len() * 4);
    numbers.iter().for_each(|number| out.extend(number.to_le_bytes()));
}

/// What is left to read. Where too little is left, nothing is taken.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn long(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn uuid(&mut self) -> Option<Uuid> {
        self.take().map(Uuid::from_bytes)
    }

    pub(super) fn part(&mut self) -> Option<Self> {
        let length = usize::try_from(self.long()?).ok()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Self(part))
    }

    pub(super) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.part()?.0.to_vec()).ok()
    }

    pub(super) fn numbers(&mut self) -> Option<Vec<u32>> {
        let part = self.part()?;
        Some(part.0.as_chunks().0.iter().map(|number| u32::from_le_bytes(*number)).collect())
    }

    /// What is read from a part until it ends.
    pub(super) fn each<T>(mut self, read: impl Fn(&mut Self) -> Option<T>) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || read(&mut self))
    }
}

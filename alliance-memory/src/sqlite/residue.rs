//! What is left of an erased word inside a file, under its encryption: nothing. The file is written in the clear here.

use std::fs;

use alliance_core::{
    record::Record,
    store::{Forget, StoreError},
};

use super::{
    append::{Admission, admit},
    connect::FileKey,
    folder::Folder,
    index::{Entry, State},
    person::PersonFile,
};
use crate::place::{Place, episode, id, user};

const CANARY: &str = "Xylocanary";

fn push(file: &mut PersonFile, records: &[Record]) -> Result<(), StoreError> {
    let Admission::New(bytes) = admit(file, alliance_core::store::Expect::Any, records)? else {
        panic!("it is held already");
    };
    file.push(records, &bytes, &[], &[])
}

fn residue(place: &Place) -> usize {
    let files = place.files().into_iter().map(|path| fs::read(path).unwrap());
    let windows =
        |bytes: &Vec<u8>| bytes.windows(CANARY.len()).filter(|part| *part == CANARY.as_bytes()).count();
    files.map(|bytes| windows(&bytes)).sum()
}

#[test]
fn nothing_of_an_erased_word_is_left_in_free_pages_or_in_the_journal() {
    let place = Place::new();
    let (folder, _) = Folder::take(&place.people()).unwrap();
    let left = Entry { state: State::Creating, key_check: Vec::new(), head: 0, erasures: 0 };
    let mut file = PersonFile::create(&folder, user(1), &FileKey::none(), &left, &[]).unwrap();
    let mut doomed = Vec::new();
    for number in 0..40 {
        let length = [20, 900, 9000][usize::try_from(number).unwrap() % 3];
        let canary = number % 2 == 0;
        let text = if canary {
            format!("{CANARY} {}", "word ".repeat(length / 5))
        } else {
            "word ".repeat(length / 5)
        };
        push(&mut file, &[episode(number, text)]).unwrap();
        if canary {
            doomed.push(id(number));
        }
    }
    assert!(residue(&place) >= 20, "the words are there before");
    let meant = file.meant(&Forget::Records(doomed)).unwrap();
    assert_eq!(file.erase(&meant).unwrap().total(), 20);
    file.write_back().unwrap();
    assert_eq!(residue(&place), 0);
    assert_eq!(file.page(&alliance_core::store::Selection::all()).unwrap().records.len(), 20);
}

//! Keys stay, stay apart, go for good, and say what is wrong with them.

use std::{fs, path::Path};

use alliance_core::{
    host::{HostErrorKind, KeyStore},
    id::UserId,
    safety::SealKey,
};
use futures::executor::block_on;

use super::{FileKeys, MasterKey, MasterKeyError};
use crate::place::{Place, user};

fn keys(place: &Place, master: u8) -> FileKeys {
    FileKeys::open(place.path().join("keys"), MasterKey::new([master; 32])).unwrap()
}

fn key(keys: &FileKeys, user: UserId) -> SealKey {
    block_on(keys.key(user)).unwrap()
}

#[test]
fn k1_the_same_person_has_the_same_key_also_after_reopening() {
    let place = Place::new();
    let first = keys(&place, 1);
    assert!(block_on(first.held(user(1))).unwrap().is_none());
    let made = key(&first, user(1));
    assert_eq!(key(&first, user(1)), made);
    assert_eq!(block_on(keys(&place, 1).held(user(1))).unwrap(), Some(made));
}

#[test]
fn k2_no_two_people_have_the_same_key() {
    let place = Place::new();
    let keys = keys(&place, 1);
    assert_ne!(key(&keys, user(1)), key(&keys, user(2)));
}

#[test]
fn k3_a_destroyed_key_never_comes_back() {
    let place = Place::new();
    let keys = keys(&place, 1);
    let old = key(&keys, user(1));
    block_on(keys.destroy(user(1))).unwrap();
    assert!(block_on(keys.held(user(1))).unwrap().is_none());
    assert_ne!(key(&keys, user(1)), old);
    block_on(keys.destroy(user(9))).unwrap();
}

#[test]
fn a_wrong_master_key_is_refused_and_changes_nothing() {
    let place = Place::new();
    let right = key(&keys(&place, 1), user(1));
    let before: Vec<_> = place.files().iter().map(|path| fs::read(path).unwrap()).collect();
    let wrong = keys(&place, 2);
    assert_eq!(block_on(wrong.key(user(1))).unwrap_err().kind, HostErrorKind::Rejected);
    assert_eq!(block_on(wrong.held(user(1))).unwrap_err().kind, HostErrorKind::Rejected);
    let after: Vec<_> = place.files().iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!((before, key(&keys(&place, 1), user(1))), (after, right));
}

#[test]
fn a_damaged_or_foreign_key_file_is_refused() {
    let place = Place::new();
    let keys = keys(&place, 1);
    key(&keys, user(1));
    let (mine, other) = (path_of(&place, user(1)), path_of(&place, user(2)));
    let whole = fs::read(&mine).unwrap();
    fs::copy(&mine, &other).unwrap();
    assert_eq!(block_on(keys.key(user(2))).unwrap_err().kind, HostErrorKind::Rejected);
    for length in 0..whole.len() {
        fs::write(&mine, &whole[..length]).unwrap();
        assert_eq!(block_on(keys.held(user(1))).unwrap_err().kind, HostErrorKind::Rejected, "{length}");
    }
    for byte in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[byte] ^= 1;
        fs::write(&mine, flipped).unwrap();
        assert_eq!(block_on(keys.held(user(1))).unwrap_err().kind, HostErrorKind::Rejected, "{byte}");
    }
}

fn path_of(place: &Place, user: UserId) -> std::path::PathBuf {
    place.path().join("keys").join(format!("{user}.key"))
}

#[test]
fn a_master_key_is_read_from_the_file_that_was_made_for_it() {
    let place = Place::new();
    let path = place.path().join("master");
    let made = MasterKey::create_file(&path).unwrap();
    assert_eq!(*MasterKey::from_file(&path).unwrap().0, *made.0);
    assert!(matches!(MasterKey::create_file(&path), Err(MasterKeyError::Unreachable { .. })));
    for wrong in ["", "zz", &"0g".repeat(32), &"00".repeat(33)] {
        fs::write(&path, wrong).unwrap();
        assert!(matches!(MasterKey::from_file(&path), Err(MasterKeyError::Malformed)), "{wrong}");
    }
    assert!(matches!(
        MasterKey::from_file(place.path().join("none")),
        Err(MasterKeyError::Unreachable { .. })
    ));
    assert!(matches!(MasterKey::from_env("ALLIANCE_NO_SUCH_KEY"), Err(MasterKeyError::NotSet(_))));
}

#[cfg(unix)]
#[test]
fn key_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    key(&keys(&place, 1), user(1));
    let rights = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(rights(&path_of(&place, user(1))), 0o600);
    assert_eq!(rights(&place.path().join("keys")), 0o700);
    let path = place.path().join("master");
    MasterKey::create_file(&path).unwrap();
    assert_eq!(rights(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(MasterKey::from_file(&path), Err(MasterKeyError::Exposed(_))));
}

#[test]
fn debug_shows_nothing_of_a_key() {
    let place = Place::new();
    assert_eq!(format!("{:?} {:?}", keys(&place, 7), MasterKey::new([7; 32])), "FileKeys(..) MasterKey(..)");
}

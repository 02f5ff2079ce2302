use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn directory() -> Directory {
    Directory::built_in().unwrap()
}

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

fn source() -> Citation {
    Citation::new("the operator's page", "2026-01").unwrap()
}

fn line() -> CrisisService {
    CrisisService::new("A line", Need::SuicideAndCrisis).with_phone("555 0100")
}

#[test]
fn every_country_loads() {
    let directory = directory();
    assert_eq!(directory.entries().count(), 75);
    let services = || directory.entries().flat_map(DirectoryEntry::services);
    assert_eq!(services().count(), 125);
    assert_eq!(services().filter(|s| s.is_verified()).count(), 113);
    for entry in directory.entries() {
        let resources = directory.resources(Some(entry.region()), NOW);
        assert!(resources.is_known(), "{}", entry.region());
        assert!(resources.emergency().is_some_and(|n| directory.lists_number(n)), "{}", entry.region());
        assert!(resources.directories().count() >= 3);
        for phone in resources.services().flat_map(CrisisService::phones) {
            assert!(directory.lists_number(phone) && resources.lists_number(phone), "{phone}");
        }
    }
}

#[test]
fn numbers_inside_the_wording_of_a_channel_are_written_out() {
    let directory = directory();
    for service in directory.entries().flat_map(DirectoryEntry::services) {
        for number in service.channel_numbers() {
            assert!(service.other_ways().is_some_and(|how| how.contains(number)), "{}", service.name());
        }
    }
}

#[test]
fn an_entry_never_checked_is_stale() {
    assert!(directory().resources(Some(region("GB")), NOW).is_stale());
}

#[test]
fn an_entry_is_stale_one_millisecond_after_180_days() {
    let entry = DirectoryEntry::new(region("GB"), "Here").with_service(line().with_source(source()));
    let directory = directory().with_entry(entry.last_verified(NOW)).unwrap();
    let stale = |now: Timestamp| directory.resources(Some(region("GB")), now).is_stale();
    let limit = NOW.after(FRESH_FOR);
    assert!(!stale(NOW));
    assert!(!stale(limit));
    assert!(stale(limit.after(Duration::from_millis(1))));
}

#[test]
fn a_check_in_the_future_is_a_slip() {
    let entry = DirectoryEntry::new(region("GB"), "Here").with_service(line().with_source(source()));
    let directory = directory().with_entry(entry.last_verified(NOW.after(AHEAD * 2))).unwrap();
    assert!(directory.resources(Some(region("GB")), NOW).is_stale());
}

#[test]
fn an_unknown_country_has_no_number_of_its_own() {
    for region in [None, Some(region("QQ"))] {
        let resources = directory().resources(region, NOW);
        assert!(!resources.is_known() && resources.is_stale());
        assert_eq!(resources.emergency(), None);
        assert_eq!(resources.services().count(), 0);
        assert_eq!(resources.country_page(), None);
        assert!(resources.directories().count() > 0);
        assert!(resources.lists_number(resources.fallback_emergency()));
    }
}

#[test]
fn services_for_suicide_and_crisis_come_first() {
    for entry in directory().entries() {
        let needs: Vec<_> =
            directory().resources(Some(entry.region()), NOW).services().map(CrisisService::need).collect();
        assert!(needs.is_sorted_by_key(|&n| n != Need::SuicideAndCrisis), "{}", entry.region());
    }
}

#[test]
fn numbers_are_listed_in_their_forms() {
    let directory = directory();
    let german = directory.resources(Some(region("DE")), NOW);
    let phone = german.services().flat_map(CrisisService::phones).find(|n| n.starts_with('0')).unwrap();
    let abroad = format!("+49 {}", &phone[1..]);
    assert!(directory.lists_number(phone) && directory.lists_number(&abroad));
    assert!(german.lists_number(&abroad));
    assert!(!directory.resources(Some(region("KR")), NOW).lists_number(phone));
    assert!(!directory.lists_number("555 0100"));
}

#[test]
fn a_host_replaces_one_country() {
    let emergency = EmergencyNumber::new("5550").with_source(source());
    let entry = DirectoryEntry::new(region("DE"), "Here")
        .emergency(emergency)
        .with_service(line().with_source(source()));
    let before = directory();
    let after = before.clone().with_entry(entry).unwrap();
    assert_eq!(after.entries().count(), before.entries().count());
    let resources = after.resources(Some(region("DE")), NOW);
    assert_eq!(resources.emergency(), Some("5550"));
    assert!(after.lists_number("5550100") && !before.lists_number("5550100"));
}

#[test]
fn an_entry_without_source_or_date_is_refused() {
    let with = |service: CrisisService| {
        directory().with_entry(DirectoryEntry::new(region("DE"), "Here").with_service(service)).unwrap_err()
    };
    assert!(matches!(with(line()), DirectoryError::Unsourced { .. }));
    let undated = Citation { date: None, ..source() };
    assert!(matches!(with(line().with_source(undated)), DirectoryError::Undated { .. }));
    let words = line().with_phone("call us").with_source(source());
    assert!(matches!(with(words), DirectoryError::NotANumber { .. }));
    let nowhere = CrisisService::new("A line", Need::Other).with_source(source());
    assert!(matches!(with(nowhere), DirectoryError::Unreachable { .. }));
    let broken = line().hours("day\nnight").with_source(source());
    assert!(matches!(with(broken), DirectoryError::BadText { .. }));
    let emergency = DirectoryEntry::new(region("DE"), "Here").emergency(EmergencyNumber::new("5550"));
    assert!(matches!(directory().with_entry(emergency), Err(DirectoryError::Unsourced { .. })));
    for date in ["", "26", "2026-13", "2026-02-30", "soon"] {
        assert!(matches!(Citation::new("a page", date), Err(DirectoryError::NotADate { .. })), "{date}");
    }
}

#[test]
fn a_mistake_in_a_file_is_named_with_its_place() {
    let typo = BUILT_IN.replacen("\"verified\"", "\"verfied\"", 1);
    let DirectoryError::Syntax { line, column, problem } = Directory::from_json(&typo).unwrap_err() else {
        panic!("another error")
    };
    assert!(line > 100 && column > 0);
    assert!(problem.contains("verfied"), "{problem}");
    let missing = BUILT_IN.replacen("\"last_verified\": null, ", "", 1);
    assert!(matches!(Directory::from_json(&missing), Err(DirectoryError::Syntax { .. })));
    let other = BUILT_IN.replacen("crisis directory 1", "crisis directory 2", 1);
    assert!(matches!(Directory::from_json(&other), Err(DirectoryError::Format { .. })));
    let fallback = BUILT_IN.replacen("{\"number\": \"112\", \"note\"", "{\"number\": \"\", \"note\"", 1);
    assert!(matches!(Directory::from_json(&fallback), Err(DirectoryError::NoFallback)));
    let twice = BUILT_IN.replacen("\"iso\": \"US\"", "\"iso\": \"CA\"", 1);
    assert!(matches!(Directory::from_json(&twice), Err(DirectoryError::TwoEntries { .. })));
    let lost = BUILT_IN.replacen("\"sources\": [\"dennis", "\"sources\": [\"denis", 1);
    assert!(matches!(Directory::from_json(&lost), Err(DirectoryError::UnknownSource { .. })));
}

#[test]
fn debug_is_short() {
    let directory = directory();
    assert!(format!("{directory:?}").len() < 100);
    assert!(format!("{:?}", directory.resources(Some(region("DE")), NOW)).len() < 100);
}

#[test]
fn an_unverified_emergency_number_is_not_shown() {
    let unverified = BUILT_IN.replacen(
        "\"number\": \"911\", \"verified\": true",
        "\"number\": \"911\", \"verified\": false",
        1,
    );
    let directory = Directory::from_json(&unverified).unwrap();
    let resources = directory.resources(Some(region("US")), NOW);
    assert_eq!(resources.emergency(), None);
    assert!(resources.is_known() && !resources.lists_number("911"));
}

#[test]
fn no_hidden_number_is_listed_for_its_country() {
    let directory = directory();
    for entry in directory.entries() {
        let resources = directory.resources(Some(entry.region()), NOW);
        let hidden = entry.services().filter(|s| !s.is_verified()).flat_map(CrisisService::phones);
        for number in hidden {
            assert!(!resources.lists_number(number), "{} {number}", entry.region());
        }
    }
}

proptest! {
    #[test]
    fn no_unverified_number_is_ever_shown(letters in "[A-Z]{2}", index in 0..75_usize, real: bool, millis: i64) {
        let directory = directory();
        let known = directory.entries().nth(index).unwrap().region();
        let region = if real { known } else { region(&letters) };
        let resources = directory.resources(Some(region), Timestamp::from_millis(millis));
        prop_assert!(resources.services().all(CrisisService::is_verified));
        let entry = directory.entries().find(|e| e.region() == region);
        let hidden = entry.into_iter().flat_map(DirectoryEntry::services).filter(|s| !s.is_verified());
        for number in hidden.flat_map(CrisisService::phones) {
            prop_assert!(!resources.lists_number(number));
            prop_assert!(resources.services().flat_map(CrisisService::phones).all(|shown| shown != number));
            prop_assert_ne!(resources.emergency(), Some(number));
        }
    }

    #[test]
    fn any_text_is_compared_without_a_panic(text: String) {
        let _ = directory().lists_number(&text);
    }
}

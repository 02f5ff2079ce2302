//! Templates filled with the numbers of a place.

use super::texts::Texts;
use crate::directory::{CrisisService, Resources};

/// Fills `{emergency}`, `{lines}` and `{directories}` of `template`.
///
/// Every number comes from `resources`. The international directories stand beside numbers that are
/// stale and in the place of numbers that are not known; where fresh ones are shown, they fall away
/// with their paragraph.
pub(crate) fn render(template: &str, texts: &Texts, resources: &Resources) -> String {
    let filled = fill(template, |name| match name {
        "emergency" => Some(emergency(texts, resources)),
        "lines" => Some(lines(texts, resources)),
        "directories" => Some(directories(texts, resources)),
        _ => None,
    });
    let paragraphs: Vec<&str> = filled.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).collect();
    paragraphs.join("\n\n")
}

fn emergency(texts: &Texts, resources: &Resources) -> String {
    match resources.emergency() {
        Some(number) => number.to_owned(),
        None => fill(&texts.lines.emergency_unknown, |name| {
            (name == "emergency").then(|| resources.fallback_emergency().to_owned())
        }),
    }
}

fn lines(texts: &Texts, resources: &Resources) -> String {
    let lines: Vec<String> = resources.services().map(|service| line(texts, service)).collect();
    if lines.is_empty() { texts.lines.unknown_country.clone() } else { lines.join("\n") }
}

fn line(texts: &Texts, service: &CrisisService) -> String {
    let words = &texts.lines;
    let phones: Vec<&str> = service.phones().collect();
    let template = if phones.is_empty() { &words.without_phone } else { &words.with_phone };
    let mut line = fill(template, |name| match name {
        "name" => Some(service.name().to_owned()),
        "phone" => Some(phones.join(&words.or)),
        "hours" => Some(match service.opening_hours() {
            Some(hours) => fill(&words.hours, |name| (name == "hours").then(|| spoken(texts, hours))),
            None => String::new(),
        }),
        _ => None,
    });
    let page = || service.page().filter(|_| phones.is_empty());
    if let Some(text) = service.other_ways().or_else(page) {
        line.push_str(&fill(&words.with_text, |name| (name == "text").then(|| spoken(texts, text))));
    }
    line
}

fn directories(texts: &Texts, resources: &Resources) -> String {
    let has_lines = resources.services().next().is_some();
    if has_lines && !resources.is_stale() {
        return String::new();
    }
    let mut paragraph = Vec::new();
    if has_lines {
        paragraph.push(texts.lines.stale_note.clone());
    }
    paragraph.push(texts.lines.directories_intro.clone());
    paragraph.extend(resources.directories().map(|page| format!("- {page}")));
    paragraph.join("\n")
}

/// The directory's English shorthand in the words of the language, word by word.
fn spoken(texts: &Texts, shorthand: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ';', ':']);
        match texts.lines.words.get(bare) {
            Some(spoken) => format!("{spoken}{}", &word[bare.len()..]),
            None => word.to_owned(),
        }
    };
    shorthand.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Replaces each `{name}` once: what is filled in is not looked at again, so a host's own entry can
/// place nothing but itself.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(name, tail)| Some((value(name)?, tail))) {
            Some((value, tail)) => {
                out.push_str(&value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Locale, Region, Timestamp,
        directory::{Citation, Directory, DirectoryEntry, Need},
    };

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn texts() -> impl Iterator<Item = Texts> {
        Locale::ALL.into_iter().map(|l| Texts::built_in(l).unwrap())
    }

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    /// The texts that carry the whole block of resources.
    fn blocks(texts: &Texts) -> [&str; 15] {
        let c = &texts.category;
        [
            &texts.high.first,
            &texts.high.lowered,
            &texts.moderate.first,
            &texts.moderate.resources_again,
            &c.medical_emergency,
            &c.abuse,
            &c.eating_disorder,
            &c.psychosis,
            &c.harm_to_others,
            &c.self_harm,
            &c.self_harm_request,
            &c.dependent,
            &c.helper,
            &texts.sos.reply,
            &texts.fallback.unavailable,
        ]
    }

    #[test]
    fn every_block_holds_the_numbers_of_the_directory() {
        let directory = Directory::built_in().unwrap();
        for code in ["US", "GB", "DE", "AT", "CH", "KR"] {
            let entry = directory.entries().find(|e| e.region() == region(code)).unwrap();
            let resources = directory.resources(Some(region(code)), NOW);
            for texts in texts() {
                for template in blocks(&texts) {
                    let shown = render(template, &texts, &resources);
                    assert!(shown.contains(entry.emergency_number().unwrap().number()), "{code}");
                    for service in entry.services() {
                        assert_eq!(shown.contains(service.name()), service.is_verified(), "{code}");
                        for phone in service.phones().filter(|_| service.is_verified()) {
                            assert!(shown.contains(phone), "{code} {phone}");
                        }
                    }
                    assert!(resources.directories().all(|page| shown.contains(page)), "{code}");
                    assert!(shown.contains(&texts.lines.stale_note), "{code}");
                    assert!(!shown.contains(['{', '}']) && !shown.contains("\n\n\n"), "{code}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_country_gets_the_common_number_and_the_directories() {
        let directory = Directory::built_in().unwrap();
        for region in [None, Some(region("QQ"))] {
            let resources = directory.resources(region, NOW);
            for texts in texts() {
                for template in blocks(&texts) {
                    let shown = render(template, &texts, &resources);
                    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
                    assert_eq!(digits, resources.fallback_emergency().repeat(digits.len() / 3));
                    assert!(shown.contains(resources.fallback_emergency()));
                    assert!(shown.contains(&texts.lines.unknown_country));
                    assert!(resources.directories().all(|page| shown.contains(page)));
                    assert!(!shown.contains(&texts.lines.stale_note));
                    assert!(!shown.contains(['{', '}']));
                }
            }
        }
    }

    #[test]
    fn no_hidden_number_is_rendered_in_any_country() {
        let directory = Directory::built_in().unwrap();
        for entry in directory.entries() {
            let resources = directory.resources(Some(entry.region()), NOW);
            for texts in texts() {
                let shown = render(&texts.sos.reply, &texts, &resources);
                for service in entry.services().filter(|s| !s.is_verified()) {
                    assert!(service.phones().all(|n| !shown.contains(n)), "{}", entry.region());
                    assert!(!shown.contains(service.name()), "{}", entry.region());
                }
                assert!(!shown.contains(['{', '}']), "{}", entry.region());
            }
        }
    }

    #[test]
    fn fresh_numbers_stand_alone_and_a_hosts_braces_stay_braces() {
        let source = Citation::new("the operator's page", "2026").unwrap();
        let service = CrisisService::new("A {lines} line", Need::SuicideAndCrisis)
            .text_or_chat("text 555 0100", ["555 0100"])
            .hours("24/7")
            .with_source(source);
        let entry = DirectoryEntry::new(region("DE"), "Here").with_service(service).last_verified(NOW);
        let directory = Directory::built_in().unwrap().with_entry(entry).unwrap();
        let resources = directory.resources(Some(region("DE")), NOW);
        for texts in texts() {
            let shown = render(&texts.sos.reply, &texts, &resources);
            assert!(shown.contains("- A {lines} line (") && shown.contains("555 0100"));
            assert!(!shown.contains("24/7") && !shown.contains("\n\n\n"));
            assert!(resources.directories().all(|page| !shown.contains(page)));
            assert!(shown.contains(resources.fallback_emergency()));
        }
    }
}

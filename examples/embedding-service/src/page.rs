//! The page: one file, filled in with texts of the language, whom to call, and how the conversation opens.

use std::collections::BTreeMap;

use alliance::{
    consent::Purpose,
    safety::{Locale, Resources},
    session::Session,
};

use crate::{
    route::{CONSENT, TURN},
    service::Service,
};

const PAGE: &str = include_str!("../page/page.html");
const EN: &str = include_str!("../page/en.toml");
const DE: &str = include_str!("../page/de.toml");

/// What the page itself says, in one language. What the agent says is not in here.
#[derive(Clone, Debug)]
pub struct Texts(BTreeMap<String, String>);

/// The texts of the page do not load.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextsError {
    /// The file is not what it should be.
    #[error("the texts of the page cannot be read")]
    File(#[from] toml::de::Error),
    /// A text is not there.
    #[error("the page has no text `{0}`")]
    Missing(&'static str),
}

impl Texts {
    /// The texts of a language.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or a text that has to be there is not.
    pub fn load(locale: Locale) -> Result<Self, TextsError> {
        let texts: BTreeMap<String, String> = toml::from_str(if locale == Locale::De { DE } else { EN })?;
        for key in ["version", "consent_question"] {
            if !texts.contains_key(key) {
                return Err(TextsError::Missing(key));
            }
        }
        Ok(Self(texts))
    }

    /// The text on which the person decides.
    #[must_use]
    pub fn consent(&self) -> &str {
        self.get("consent_question")
    }

    /// Raised with every change of that text: a decision is recorded with the version that was read.
    #[must_use]
    pub fn version(&self) -> &str {
        self.get("version")
    }

    fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }
}

pub(crate) fn fill(service: &Service, session: &Session, nonce: &str) -> String {
    let texts = service.texts();
    let paragraph = |text: &str| format!("<p>{}</p>", escaped(text));
    let opening: String = session.opening().iter().map(|text| paragraph(text.as_str())).collect();
    let kept = session.allows(Purpose::Conversation);
    filled(PAGE, |key| match key {
        "nonce" => nonce.to_owned(),
        "opening" => opening.clone(),
        "help" => help(texts, &service.resources()),
        "kept" => kept.to_string(),
        "turn_path" => TURN.to_owned(),
        "consent_path" => CONSENT.to_owned(),
        key => escaped(texts.get(key)),
    })
}

/// Whom to call: only what the directory vouches for.
fn help(texts: &Texts, resources: &Resources) -> String {
    let number = resources.emergency().unwrap_or_else(|| resources.fallback_emergency());
    let mut html = format!("<p>{} {}</p><ul>", escaped(texts.get("emergency")), phone(number));
    for service in resources.services() {
        let phones: Vec<_> = service.phones().map(phone).collect();
        let other = service.other_ways().map(escaped);
        let page = service.page().map(link);
        let ways: Vec<_> = phones.into_iter().chain(other).chain(page).collect();
        html += &format!("<li>{}: {}</li>", escaped(service.name()), ways.join(", "));
    }
    for page in resources.country_page().iter().map(String::as_str).chain(resources.directories()) {
        html += &format!("<li>{}</li>", link(page));
    }
    html += "</ul>";
    if resources.is_stale() {
        html += &format!("<p>{}</p>", escaped(texts.get("stale")));
    }
    html
}

fn phone(number: &str) -> String {
    let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("<a href=\"tel:{digits}\">{}</a>", escaped(number))
}

/// The address of a page; anything else stays text.
fn link(page: &str) -> String {
    let text = escaped(page);
    if page.starts_with("https://") {
        format!("<a href=\"{text}\" rel=\"noreferrer\">{text}</a>")
    } else {
        text
    }
}

/// Puts something in the place of each `{{key}}`, and looks at nothing twice.
fn filled(page: &str, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(page.len() * 2);
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("{{") {
        let (key, behind) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&value(key));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Text as it stands between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_is_there_in_every_language_and_none_is_left_over() {
        let own = ["nonce", "opening", "help", "kept", "turn_path", "consent_path"];
        let keys = |page: &str| {
            let pieces = page.split("{{").skip(1).map(|piece| piece.split_once("}}").unwrap().0);
            pieces.map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let mut needed = keys(PAGE);
        own.iter().for_each(|key| assert!(needed.remove(*key), "{key}"));
        needed.extend(["emergency", "stale", "version", "reviewed_by"].map(str::to_owned));
        for locale in Locale::ALL {
            let texts = Texts::load(locale).unwrap();
            assert_eq!(texts.0.keys().cloned().collect::<BTreeSet<_>>(), needed, "{locale}");
            assert!(texts.0.values().all(|text| !text.contains('!') && !text.trim().is_empty()));
            assert_eq!(texts.get("reviewed_by"), "none yet");
        }
    }

    #[test]
    fn nothing_that_is_filled_in_becomes_part_of_the_page() {
        assert_eq!(filled("<b>{{a}}</b>{{b}}", |key| escaped(&format!("{{{{{key}}}}}<\"'&>"))), {
            "<b>{{a}}&lt;&quot;&#39;&amp;&gt;</b>{{b}}&lt;&quot;&#39;&amp;&gt;"
        });
        assert_eq!(filled("x {{a", |_| "y".into()), "x y");
    }

    /// The page works without anything from elsewhere, and its script names the routes that there are.
    #[test]
    fn the_page_stands_alone() {
        for from_elsewhere in ["src=", "url(", "@import", "<link", "<iframe", "http://", "https://"] {
            assert!(!PAGE.contains(from_elsewhere), "{from_elsewhere}");
        }
        assert!(
            PAGE.contains("data-turn=\"{{turn_path}}\"")
                && PAGE.contains("data-consent=\"{{consent_path}}\"")
        );
        // What a browser offers over TLS only would leave whoever tries the service without it with a dead button.
        for secure_only in ["crypto.randomUUID()", "crypto.subtle", "navigator."] {
            assert!(!PAGE.contains(secure_only), "{secure_only}");
        }
        // Half an answer goes also where reading it fails, since the whole one follows.
        assert!(PAGE.contains("try {\n    await read(response, take);\n  } finally {"));
        assert!(!PAGE.contains("innerHTML") && !PAGE.contains("style=\"") && !PAGE.contains("onclick"));
    }
}

//! Words that belong together: irregular forms of one word, and words for one thing, in English and German.
//!
//! Written for this crate, of everyday talk about family, work, sleep, health and feelings; lower-cased and
//! without diacritics. A few words in here are enough for "my boss" to find "the manager", and "Schlaf" to find
//! "insomnia"; what is not in here is found by its neighbours, or not at all.

use std::{collections::HashMap, sync::LazyLock};

use alliance_core::safety::Locale;

use super::stem::stem;

/// How a word is related to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// A form of the same word.
    Form,
    /// Another word for nearly the same.
    Kin,
}

/// Groups by the stems of their words. A group holds its stems.
struct Groups {
    groups: Vec<(Relation, Vec<Box<str>>)>,
    by_stem: HashMap<Box<str>, Vec<usize>>,
}

static ENGLISH_AND_GERMAN: LazyLock<Groups> = LazyLock::new(|| {
    let mut all = Groups { groups: Vec::new(), by_stem: HashMap::new() };
    for line in FORMS_ENGLISH {
        all.add(Relation::Form, line, &[Locale::En]);
    }
    for line in FORMS_GERMAN {
        all.add(Relation::Form, line, &[Locale::De]);
    }
    for line in KIN {
        let (english, german) = line.split_once('|').unwrap_or((line, ""));
        let english = english.split_whitespace().map(|word| (word, Locale::En));
        let german = german.split_whitespace().map(|word| (word, Locale::De));
        all.push(Relation::Kin, english.chain(german));
    }
    all
});

impl Groups {
    fn add(&mut self, relation: Relation, line: &str, locales: &[Locale]) {
        for locale in locales {
            self.push(relation, line.split_whitespace().map(|word| (word, *locale)));
        }
    }

    fn push<'a>(&mut self, relation: Relation, words: impl Iterator<Item = (&'a str, Locale)>) {
        let mut stems: Vec<Box<str>> = words.map(|(word, locale)| stem(word, locale).into()).collect();
        stems.sort_unstable();
        stems.dedup();
        let number = self.groups.len();
        for stem in &stems {
            self.by_stem.entry(stem.clone()).or_default().push(number);
        }
        self.groups.push((relation, stems));
    }
}

/// The stems that belong to a stem, itself left out, and how.
pub(crate) fn of(stem: &str) -> impl Iterator<Item = (&'static str, Relation)> + '_ {
    let all = &*ENGLISH_AND_GERMAN;
    let groups = all.by_stem.get(stem).into_iter().flatten().filter_map(|number| all.groups.get(*number));
    groups
        .flat_map(|(relation, stems)| stems.iter().map(|other| (&**other, *relation)))
        .filter(move |(other, _)| *other != stem)
}

/// Forms that stemming does not bring together.
#[rustfmt::skip]
const FORMS_ENGLISH: [&str; 78] = [
    "become became", "begin began begun", "bite bit bitten", "blow blew blown", "break broke broken",
    "bring brought", "build built", "burn burnt", "buy bought", "catch caught", "choose chose chosen",
    "come came", "deal dealt", "dig dug", "draw drew drawn", "dream dreamt", "drink drank drunk",
    "drive drove driven", "eat ate eaten", "fall fell fallen", "feed fed", "feel felt", "fight fought",
    "find found", "fly flew flown", "forbid forbade forbidden", "forget forgot forgotten",
    "forgive forgave forgiven", "freeze froze frozen", "give gave given", "grow grew grown", "hang hung",
    "hear heard", "hide hid hidden", "hold held", "keep kept", "know knew known", "lead led",
    "learn learnt", "leave left", "lend lent", "lie lay lain", "lose lost loss", "make made",
    "mean meant", "meet met", "pay paid", "ride rode ridden", "ring rang rung", "rise rose risen",
    "run ran", "see saw seen", "sell sold", "send sent", "shake shook shaken", "shoot shot",
    "sing sang sung song", "sit sat", "sleep slept", "speak spoke spoken speech", "spend spent",
    "stand stood", "steal stole stolen", "stick stuck", "swear swore sworn", "swim swam swum",
    "take took taken", "teach taught", "tear tore torn", "tell told", "think thought",
    "throw threw thrown", "understand understood", "wake woke woken", "wear wore worn", "win won",
    "write wrote written", "child children",
];

/// Forms that stemming does not bring together.
#[rustfmt::skip]
const FORMS_GERMAN: [&str; 52] = [
    "anfangen anfing angefangen", "anrufen anrief angerufen rief", "beginnen begann begonnen",
    "bekommen bekam", "bleiben blieb geblieben", "brechen brach gebrochen bricht",
    "bringen brachte gebracht", "denken dachte gedacht", "durfen durfte", "einladen eingeladen",
    "essen ass gegessen isst", "fahren fuhr gefahren fahrt", "fallen fiel gefallen fallt",
    "finden fand gefunden", "fliegen flog geflogen", "fliehen floh geflohen",
    "geben gab gegeben gibt", "gehen ging gegangen", "gewinnen gewann gewonnen", "halten hielt gehalten",
    "heissen hiess geheissen", "helfen half geholfen hilft", "kennen kannte gekannt",
    "kommen kam gekommen", "laufen lief gelaufen", "leiden litt gelitten", "lesen las gelesen liest",
    "liegen lag gelegen", "lugen log gelogen", "nehmen nahm genommen nimmt", "reiten ritt geritten",
    "rennen rannte gerannt", "schlafen schlief geschlafen schlaft schlaf",
    "schlagen schlug geschlagen", "schreiben schrieb geschrieben",
    "schreien schrie geschrien", "schweigen schwieg geschwiegen", "schwimmen schwamm geschwommen",
    "sehen sah gesehen sieht", "singen sang gesungen", "sitzen sass gesessen",
    "sprechen sprach gesprochen spricht", "stehen stand gestanden", "sterben starb gestorben stirbt",
    "streiten stritt gestritten streit", "tragen trug getragen", "treffen traf getroffen trifft",
    "trinken trank getrunken", "trennen trennte getrennt trennung", "vergessen vergass vergisst",
    "verlieren verlor verloren verlust", "ziehen zog gezogen umzug umziehen umgezogen",
];

/// Words for nearly the same: English ones, then German ones.
#[rustfmt::skip]
const KIN: [&str; 75] = [
    // People.
    "boss manager supervisor chief | chef chefin vorgesetzte vorgesetzter teamleiter teamleiterin abteilungsleiter",
    "colleague coworker workmate teammate | kollege kollegin mitarbeiter mitarbeiterin team",
    "mother mom mum mama mommy | mutter mama mutti",
    "father dad daddy papa | vater papa vati",
    "parents folks mother father mom mum dad | eltern mutter vater",
    "child children kid kids son daughter toddler baby | kind kinder sohn tochter baby kleine",
    "son boy | sohn junge", "daughter girl | tochter madchen",
    "sibling brother sister twin | geschwister bruder schwester zwilling",
    "brother | bruder", "sister | schwester",
    "grandmother grandma granny nana | grossmutter oma", "grandfather grandpa granddad | grossvater opa",
    "grandparents grandma grandpa | grosseltern oma opa",
    "aunt auntie | tante", "uncle | onkel", "cousin | cousin cousine vetter",
    "family relatives fam | familie verwandte angehorige",
    "husband spouse hubby partner | mann ehemann gatte partner", "wife spouse partner | frau ehefrau partnerin",
    "partner boyfriend girlfriend | partner partnerin freund freundin",
    "friend buddy pal mate bestie | freund freundin kumpel",
    "neighbor neighbour | nachbar nachbarin", "roommate flatmate | mitbewohner mitbewohnerin",
    "doctor physician gp | arzt arztin hausarzt", "therapist counselor counsellor psychologist | therapeut therapeutin psychologe psychologin",
    "teacher tutor | lehrer lehrerin", "student pupil | student studentin schuler schulerin",
    "landlord | vermieter vermieterin",
    // Work, school, money.
    "job work workplace office career position | arbeit job stelle buro beruf arbeitsplatz",
    "fired dismissed laid redundant | gekundigt kundigung entlassen",
    "interview application apply | bewerbung bewerben vorstellungsgesprach",
    "promotion promoted raise | beforderung befordert gehaltserhohung",
    "exam test finals | prufung klausur examen", "school class | schule klasse unterricht",
    "university college uni degree studies | universitat uni studium hochschule studieren",
    "presentation talk speech | vortrag prasentation referat rede", "meeting | besprechung sitzung meeting",
    "money finances debt debts bills loan | geld schulden rechnung rechnungen kredit", "deadline | frist abgabe",
    "mentor mentorship mentoring coach | mentor mentorin",
    // Home and travel.
    "home house apartment flat place | wohnung haus zuhause daheim", "moving move relocate | umzug umziehen umgezogen",
    "holiday vacation trip travel journey | urlaub reise ferien reisen", "car driving vehicle | auto wagen",
    "train subway tram | zug bahn", "garden gardening yard plants | garten pflanzen gartnern",
    // Pets.
    "pet dog cat puppy kitten | haustier hund katze welpe", "dog puppy pup | hund hundin welpe", "cat kitten kitty | katze kater",
    // Body and health.
    "sleep insomnia awake asleep nights | schlaf schlafen wach schlaflos einschlafen durchschlafen",
    "nightmare dream | albtraum alptraum traum traumen", "tired exhausted fatigue drained | mude erschopft kaputt mudigkeit erschopfung",
    "pain ache hurts sore | schmerz schmerzen weh", "headache migraine | kopfschmerzen migrane",
    "medication meds pills tablets prescription | medikament medikamente tabletten pillen",
    "hospital clinic ward | krankenhaus klinik spital", "ill sick illness disease | krank krankheit erkrankt",
    "diagnosis diagnosed | diagnose diagnostiziert", "pregnant pregnancy expecting | schwanger schwangerschaft",
    "food eating meal diet appetite | essen mahlzeit appetit", "alcohol drinking drink wine beer | alkohol trinken wein bier",
    "exercise workout gym running jogging | sport training laufen joggen fitness",
    // Feelings and what happens between people.
    "anxious anxiety worry worried nervous fear afraid scared | angst angstlich sorge sorgen nervos furcht",
    "panic attack | panik panikattacke panikattacken", "sad sadness down unhappy depressed depression | traurig trauer niedergeschlagen depressiv depression",
    "angry anger mad furious rage | wut wutend arger sauer zornig", "lonely alone loneliness isolated | einsam einsamkeit allein alleine",
    "ashamed shame embarrassed | scham peinlich schamen", "guilt guilty blame | schuld schuldgefuhle schuldig",
    "stress stressed overwhelmed pressure | stress gestresst uberfordert druck",
    "argue argument fight quarrel row fought | streit streiten gestritten auseinandersetzung",
    "breakup divorce separated separation split | trennung scheidung getrennt geschieden",
    "wedding marriage married engaged | hochzeit heirat heiraten verheiratet verlobt",
    "died death funeral grief passed | tod gestorben beerdigung verstorben trauer",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_their_own() {
        let related = |word: &str, locale, other: &str, to| {
            let other = stem(other, to);
            of(&stem(word, locale)).find(|(stem, _)| *stem == other).map(|(_, relation)| relation)
        };
        assert_eq!(related("slept", Locale::En, "sleeping", Locale::En), Some(Relation::Form));
        assert_eq!(related("boss", Locale::En, "managers", Locale::En), Some(Relation::Kin));
        assert_eq!(related("Chefin", Locale::De, "boss", Locale::En), None, "words come in lower-cased");
        assert_eq!(related("chefin", Locale::De, "boss", Locale::En), Some(Relation::Kin));
        assert_eq!(related("gestritten", Locale::De, "streiten", Locale::De), Some(Relation::Form));
        assert_eq!(of("umbrella").count(), 0);
    }

    #[test]
    fn every_word_is_written_as_words_are_compared() {
        for line in FORMS_ENGLISH.iter().chain(&FORMS_GERMAN).chain(&KIN) {
            let is_plain = |letter: u8| letter.is_ascii_lowercase() || matches!(letter, b' ' | b'|');
            assert!(line.bytes().all(is_plain), "{line}");
        }
    }
}

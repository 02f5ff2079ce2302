//! The command line.

use std::{ffi::OsString, fmt, path::PathBuf};

use alliance::safety::{Locale, Region};

use crate::model::Model;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
companion - a conversation in the terminal, offline, with no key and no model

USAGE: companion [OPTIONS]

  --region CC        your country, two letters such as US or DE: whose crisis lines are shown
  --locale en|de     the language (default: en)
  --user NAME        who is talking (default: you)
  --data DIR         where people are kept, encrypted (default: the platform's folder for data)
  --memory-only      writes nothing to disk: everything is gone when it ends
  --plain            no colour and no wrapping at a terminal
  --events json      one JSON object a line for every event, instead of text
  --backend MODEL    talk through a model: openai:URL#MODEL, anthropic:MODEL or ollama:MODEL
                     (needs a build with --features models; what is said leaves this program)
  --hang PARTS       try what happens when parts never answer: backend, store, sink, separated by commas
  --help             this text

Type what you want to say. /sos shows whom to call, /help the commands, /quit ends.
Nothing is kept before you agree to it. From a pipe: one message a line.
A key for a model is read from OPENAI_API_KEY or ANTHROPIC_API_KEY.
The master key is made in DIR/master, or read from ALLIANCE_MASTER_KEY (64 hexadecimal digits).
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Talk(Args),
    Help,
}

#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) region: Option<Region>,
    pub(crate) locale: Locale,
    pub(crate) user: String,
    pub(crate) place: Place,
    pub(crate) json: bool,
    pub(crate) plain: bool,
    pub(crate) hang: Hang,
    /// None: rules, and no model.
    pub(crate) model: Option<Model>,
}

/// Where people are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The platform's folder for the data of programs.
    Platform,
    Folder(PathBuf),
    Memory,
}

/// Parts that never answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hang {
    pub(crate) backend: bool,
    pub(crate) store: bool,
    pub(crate) sink: bool,
}

/// What is wrong with the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArgError {
    NotUnicode,
    Unknown(String),
    NoValue(&'static str),
    BadValue { option: &'static str, expected: &'static str },
}

impl fmt::Display for ArgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUnicode => f.write_str("an argument is not valid UTF-8"),
            Self::Unknown(option) => write!(f, "unknown option `{option}`"),
            Self::NoValue(option) => write!(f, "`{option}` needs a value"),
            Self::BadValue { option, expected } => write!(f, "`{option}` takes {expected}"),
        }
    }
}

pub(crate) fn read(args: impl Iterator<Item = OsString>) -> Result<Request, ArgError> {
    let mut read = Args {
        region: None,
        locale: Locale::En,
        user: "you".into(),
        place: Place::Platform,
        json: false,
        plain: false,
        hang: Hang::default(),
        model: None,
    };
    let mut args = args.map(|arg| arg.into_string().map_err(|_| ArgError::NotUnicode));
    while let Some(arg) = args.next() {
        let arg = arg?;
        let (option, inline) = match arg.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        let mut value = |option| match inline.clone() {
            Some(value) => Ok(value),
            None => args.next().unwrap_or(Err(ArgError::NoValue(option))),
        };
        match option.as_str() {
            "--help" | "-h" => return Ok(Request::Help),
            "--region" => {
                let expected = "a two-letter country code such as US or DE";
                let bad = |_| ArgError::BadValue { option: "--region", expected };
                read.region = Some(value("--region")?.parse().map_err(bad)?);
            }
            "--locale" => {
                let bad = |_| ArgError::BadValue { option: "--locale", expected: "en or de" };
                read.locale = value("--locale")?.parse().map_err(bad)?;
            }
            "--plain" if inline.is_none() => read.plain = true,
            "--memory-only" if inline.is_none() => read.place = Place::Memory,
            "--data" => match value("--data")? {
                folder if folder.is_empty() => {
                    return Err(ArgError::BadValue { option: "--data", expected: "a folder" });
                }
                folder => read.place = Place::Folder(folder.into()),
            },
            "--user" => read.user = value("--user")?,
            "--events" => match value("--events")?.as_str() {
                "json" => read.json = true,
                _ => return Err(ArgError::BadValue { option: "--events", expected: "json" }),
            },
            "--backend" => {
                let expected = "openai:URL#MODEL, anthropic:MODEL or ollama:MODEL";
                let bad = ArgError::BadValue { option: "--backend", expected };
                read.model = Some(Model::read(&value("--backend")?).ok_or(bad)?);
            }
            "--hang" => read.hang = hang(&value("--hang")?)?,
            _ => return Err(ArgError::Unknown(option)),
        }
    }
    Ok(Request::Talk(read))
}

fn hang(parts: &str) -> Result<Hang, ArgError> {
    let mut hang = Hang::default();
    for part in parts.split(',') {
        match part.trim() {
            "backend" => hang.backend = true,
            "store" => hang.store = true,
            "sink" => hang.sink = true,
            _ => return Err(ArgError::BadValue { option: "--hang", expected: "backend, store or sink" }),
        }
    }
    Ok(hang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(args: &[&str]) -> String {
        read(args.iter().map(OsString::from)).unwrap_err().to_string()
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let args = ["--region", "de", "--locale=de", "--plain", "--events", "json", "--hang", "store,sink"];
        let Request::Talk(args) = read(args.iter().map(OsString::from)).unwrap() else { panic!() };
        assert_eq!(args.region.unwrap().as_str(), "DE");
        assert_eq!((args.locale, args.json, args.plain), (Locale::De, true, true));
        assert_eq!(args.place, Place::Platform);
        assert_eq!((args.hang.backend, args.hang.store, args.hang.sink), (false, true, true));
    }

    #[test]
    fn the_last_place_counts() {
        let place = |args: &[&str]| match read(args.iter().map(OsString::from)).unwrap() {
            Request::Talk(args) => args.place,
            Request::Help => panic!(),
        };
        assert_eq!(place(&["--data", "a", "--memory-only"]), Place::Memory);
        assert_eq!(place(&["--memory-only", "--data=a"]), Place::Folder("a".into()));
        assert_eq!(error(&["--data="]), "`--data` takes a folder");
        assert_eq!(error(&["--data"]), "`--data` needs a value");
    }

    #[test]
    fn mistakes_say_what_is_expected() {
        assert_eq!(
            error(&["--region", "Germany"]),
            "`--region` takes a two-letter country code such as US or DE"
        );
        assert_eq!(error(&["--locale", "fr"]), "`--locale` takes en or de");
        assert_eq!(error(&["--region"]), "`--region` needs a value");
        assert_eq!(error(&["--colour"]), "unknown option `--colour`");
    }
}

//! What is shown: JSON, plain lines for a pipe, or wrapped lines for a person at a terminal.
//!
//! Every line is complete text: nothing is drawn, moved or cleared, and colour never carries meaning.

use std::{
    env,
    io::{self, IsTerminal, Write},
};

use alliance::safety::RiskLevel;
use anstyle::Style;
use serde_json::Value;
use terminal_size::{Width, terminal_size_of};

use crate::{args::Args, events, texts::Speakers, wrap::Wrap};

/// The most columns of a line; longer ones are hard to read.
const WIDEST: u16 = 80;
/// The fewest; a terminal that says it has less is not believed.
const NARROWEST: u16 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Json,
    /// From a pipe: whole lines, for programs.
    Lines,
    /// Lines of a person's terminal, with who speaks before them.
    Terminal {
        colour: bool,
        wrap: bool,
    },
}

pub(crate) struct Screen {
    out: Box<dyn Write>,
    mode: Mode,
    /// Whether a person types, so that a sign to type is of use.
    typed: bool,
    emergency: Option<String>,
    speakers: Speakers,
    /// The agent's words that are being shown.
    agent: Option<Wrap>,
    begun: bool,
}

impl Screen {
    pub(crate) fn new(args: &Args, speakers: Speakers, emergency: Option<String>) -> Self {
        let colourless =
            env::var_os("NO_COLOR").is_some() || env::var_os("TERM").is_some_and(|t| t == "dumb");
        let mode = match (args.json, io::stdout().is_terminal()) {
            (true, _) => Mode::Json,
            (false, false) => Mode::Lines,
            (false, true) => Mode::Terminal { colour: !args.plain && !colourless, wrap: !args.plain },
        };
        let typed = io::stdin().is_terminal() && !args.json;
        Self::on(Box::new(io::stdout().lock()), mode, typed, speakers, emergency)
    }

    fn on(
        out: Box<dyn Write>,
        mode: Mode,
        typed: bool,
        speakers: Speakers,
        emergency: Option<String>,
    ) -> Self {
        Self { out, mode, typed, emergency, speakers, agent: None, begun: false }
    }

    /// Whether a person types, and not a program.
    pub(crate) const fn is_typed(&self) -> bool {
        self.typed
    }

    /// The emergency number of the place, where it is known.
    pub(crate) fn emergency(&self) -> Option<&str> {
        self.emergency.as_deref()
    }

    /// One event, where events are asked for.
    pub(crate) fn event(&mut self, event: &Value) -> io::Result<()> {
        if self.mode == Mode::Json {
            writeln!(self.out, "{event}")?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// What the program says, with what it knows beside the words.
    pub(crate) fn tell(&mut self, kind: &str, text: &str, more: Value) -> io::Result<()> {
        match self.mode {
            Mode::Json => return self.event(&events::words(kind, text, more)),
            Mode::Lines => write!(self.out, "{}\n\n", clean(text))?,
            Mode::Terminal { .. } => {
                let (dim, end) = if self.colours() {
                    let style = Style::new().dimmed();
                    (style.render().to_string(), style.render_reset().to_string())
                } else {
                    Default::default()
                };
                let label = format!("{}: ", self.speakers.program);
                let text = match self.wrap(&label) {
                    Some(mut wrap) => wrap.push(&clean(text)),
                    None => clean(text),
                };
                write!(self.out, "{dim}{label}{text}{end}\n\n")?;
            }
        }
        self.out.flush()
    }

    /// What the program says.
    pub(crate) fn say(&mut self, kind: &str, text: &str) -> io::Result<()> {
        self.tell(kind, text, Value::Null)
    }

    /// Words of the agent as they are released.
    pub(crate) fn words(&mut self, words: &str) -> io::Result<()> {
        let words = clean(words);
        match self.mode {
            Mode::Json => return Ok(()),
            Mode::Lines => write!(self.out, "{words}")?,
            Mode::Terminal { .. } => {
                let label = format!("{}: ", self.speakers.agent);
                if !self.begun {
                    self.agent = self.wrap(&label);
                    if self.colours() {
                        let bold = Style::new().bold();
                        self.agent = self.agent.take().map(|wrap| wrap.bold(self.emergency.as_deref(), bold));
                    }
                    write!(self.out, "{label}")?;
                }
                match &mut self.agent {
                    Some(wrap) => write!(self.out, "{}", wrap.push(&words))?,
                    None => write!(self.out, "{words}")?,
                }
            }
        }
        self.begun = true;
        self.out.flush()
    }

    /// The agent's words are at their end.
    pub(crate) fn end(&mut self, whole: &str, standing: RiskLevel, micros: u128) -> io::Result<()> {
        self.agent = None;
        if self.mode == Mode::Json {
            return self.event(&events::reply(whole, standing, micros));
        }
        if std::mem::take(&mut self.begun) {
            write!(self.out, "\n\n")?;
        }
        self.out.flush()
    }

    /// All words of the agent at once, outside a turn.
    pub(crate) fn agent(&mut self, kind: &str, text: &str) -> io::Result<()> {
        if self.mode == Mode::Json {
            return self.event(&events::words(kind, text, Value::Null));
        }
        self.words(text)?;
        self.end(text, RiskLevel::None, 0)
    }

    /// Asks for the next line.
    pub(crate) fn prompt(&mut self) -> io::Result<()> {
        if self.typed {
            match self.mode {
                Mode::Terminal { .. } => write!(self.out, "{}: ", self.speakers.person)?,
                _ => write!(self.out, "> ")?,
            }
            self.out.flush()?;
        }
        Ok(())
    }

    /// Leaves the line in which the sign to type stands.
    pub(crate) fn leave_prompt(&mut self) -> io::Result<()> {
        if self.typed {
            writeln!(self.out)?;
        }
        self.out.flush()
    }

    const fn colours(&self) -> bool {
        matches!(self.mode, Mode::Terminal { colour: true, .. })
    }

    /// The width may have changed since the last words.
    fn wrap(&self, label: &str) -> Option<Wrap> {
        let Mode::Terminal { wrap: true, .. } = self.mode else { return None };
        let width = terminal_size_of(io::stdout()).map_or(WIDEST, |(Width(width), _)| width);
        Some(Wrap::new(width.clamp(NARROWEST, WIDEST).into(), label.chars().count()))
    }
}

/// Without control characters: a person's own words may be shown, and they must not steer a terminal.
fn clean(text: &str) -> String {
    let steers = |c: &char| !c.is_control() || *c == '\n';
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(steers).collect()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(mode: Mode) -> String {
        let paper = Paper::default();
        let speakers = Speakers { person: "You".into(), agent: "Agent".into(), program: "Program".into() };
        let mut screen = Screen::on(Box::new(paper.clone()), mode, true, speakers, Some("112".into()));
        screen.say("help", "Short.").unwrap();
        screen.words("Call 112. ").unwrap();
        screen.words("Now.").unwrap();
        screen.end("Call 112. Now.", RiskLevel::None, 0).unwrap();
        screen.prompt().unwrap();
        let bytes = paper.0.borrow().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn who_speaks_stands_before_the_words_with_and_without_colour() {
        let named = "Program: Short.\n\nAgent: Call 112. Now.\n\nYou: ";
        assert_eq!(shown(Mode::Terminal { colour: false, wrap: false }), named);
        assert_eq!(shown(Mode::Terminal { colour: false, wrap: true }), named);
        let coloured = shown(Mode::Terminal { colour: true, wrap: true });
        let without = coloured.replace("\u{1b}[2m", "").replace("\u{1b}[1m", "").replace("\u{1b}[0m", "");
        assert!(coloured.contains("\u{1b}[1m112\u{1b}[0m") && coloured.starts_with("\u{1b}[2m"));
        // Colour adds nothing to the words, and nothing is moved or cleared.
        assert_eq!(without, named);
    }

    #[test]
    fn a_pipe_gets_the_words_alone() {
        assert_eq!(shown(Mode::Lines), "Short.\n\nCall 112. Now.\n\n> ");
    }

    #[test]
    fn nothing_shown_steers_a_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}2Jc\r\nd\te\u{7}"), "a[31mb2Jc\nd e");
    }
}

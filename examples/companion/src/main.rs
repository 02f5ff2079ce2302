//! A conversation in the terminal: offline, with no key and no model.

mod again;
mod args;
mod asking;
mod command;
mod correcting;
mod data;
mod events;
mod exercises;
mod export;
mod forgetting;
mod hanging;
mod input;
mod kept;
mod memory;
mod model;
mod parts;
mod protocols;
mod screen;
mod talk;
mod texts;
mod wrap;

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use args::{Args, Request};

fn main() -> ExitCode {
    let args = match args::read(std::env::args_os().skip(1)) {
        Ok(Request::Talk(args)) => args,
        Ok(Request::Help) => {
            // Nobody reads the help any more if this fails, so there is nobody to tell.
            let _ = io::stdout().write_all(args::HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "companion: {error}\nTry `companion --help`.");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "companion: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever reads the output may leave before the end: that is no failure.
fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    match talk::run(args) {
        Err(error)
            if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) =>
        {
            Ok(())
        }
        other => other,
    }
}

//! Short counts of the campaigns; the long ones are `cargo run --release --example campaign`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../examples/campaign/ends.rs"]
mod ends;
#[path = "../examples/campaign/erase.rs"]
mod erase;
#[path = "../examples/campaign/faults.rs"]
mod faulty;
#[path = "../examples/campaign/kill.rs"]
mod kill;
#[path = "../examples/campaign/kill_turns.rs"]
mod kill_turns;
#[path = "../examples/campaign/overlap.rs"]
mod overlap;
#[path = "../examples/campaign/simulate.rs"]
mod simulate;
#[path = "../examples/campaign/store.rs"]
mod store;
#[path = "../examples/campaign/workload.rs"]
mod workload;
#[path = "../examples/campaign/world.rs"]
mod world;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const CHILD: &str = "ALLIANCE_CAMPAIGN_CHILD";

#[test]
fn fifty_kills_lose_nothing() {
    // The disk that the other test fails is this process's too.
    let _alone = faults::alone();
    let counts =
        kill::run(1, 50, &env::temp_dir(), &|root, work, first| spawn("child", root, work, first)).unwrap();
    assert!(counts.kills == 50 && counts.acknowledged > 50, "{counts:?}");
}

#[test]
fn fifty_kills_while_somebody_talks_lose_no_turn() {
    let _alone = faults::alone();
    let talking = |root: &Path, work, first| spawn("talking", root, work, first);
    let counts = kill_turns::run(1, 50, &env::temp_dir(), &talking).unwrap();
    assert!(
        counts.kills == 50 && counts.acknowledged > 50 && counts.told > 0 && counts.marked > 0,
        "{counts:?}"
    );
}

/// This test binary again, in which only `child` runs.
fn spawn(child: &str, root: &Path, work: u64, first: u64) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", child, "--nocapture", "--test-threads=1"]);
    command.env(CHILD, format!("{work} {first} {}", root.display()));
    command
}

#[test]
fn twenty_kills_while_erasing_leave_no_word_in_any_file() {
    let _alone = faults::alone();
    let counts = erase::run(1, 20, &env::temp_dir(), &|root, kind| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "erasing", "--nocapture", "--test-threads=1"]);
        command.env(CHILD, format!("{kind} {}", root.display()));
        command
    })
    .unwrap();
    assert_eq!((counts.kills, counts.erased), (20, 20), "{counts:?}");
}

/// Does nothing by itself.
#[test]
fn erasing() {
    let Ok(order) = env::var(CHILD) else { return };
    let (kind, root) = order.split_once(' ').unwrap();
    erase::child(Path::new(root), kind.parse().unwrap()).unwrap();
}

/// Does nothing by itself.
#[test]
fn child() {
    if let Some((work, first, root)) = ordered() {
        kill::child(&root, work, first).unwrap();
    }
}

/// Does nothing by itself.
#[test]
fn talking() {
    if let Some((work, first, root)) = ordered() {
        kill_turns::child(&root, work, first).unwrap();
    }
}

/// What the process is to do, where it is one that is killed.
fn ordered() -> Option<(u64, u64, PathBuf)> {
    let order = env::var(CHILD).ok()?;
    let mut words = order.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse().unwrap();
    let (work, first) = (number(), number());
    Some((work, first, PathBuf::from(words.next().unwrap())))
}

#[test]
fn a_failed_disk_and_spoiled_files_lose_nothing_in_silence() {
    let counts = store::run(1, 40, &env::temp_dir()).unwrap();
    assert!(counts.calls == 40 && counts.full == 40 && counts.flips + counts.cuts == 80, "{counts:?}");
    assert!(counts.noticed > 20 && counts.reopened == 0, "{counts:?}");
}

#[test]
fn sixty_four_turns_at_once_are_held_one_after_the_other() {
    let _alone = faults::alone();
    let counts = overlap::run(1, 3, &env::temp_dir()).unwrap();
    assert_eq!(counts.turns, 3 * overlap::TURNS);
}

#[test]
fn a_crash_at_every_write_loses_nothing_and_a_seed_replays() {
    let counts = simulate::run(1, 3).unwrap();
    assert!(counts.sessions == counts.crashes + 3 && counts.crashes > 60, "{counts:?}");
    assert_eq!(simulate::run(1, 3).unwrap().digest, counts.digest);
    assert_ne!(simulate::run(2, 3).unwrap().digest, counts.digest);
}

#[test]
fn whatever_a_model_server_does_a_turn_ends_well() {
    let _alone = faults::alone();
    // An unoptimised build, with other tests beside it: the campaign prints the figure.
    let within = std::time::Duration::from_millis(100);
    let counts = faulty::run(3, 1, within, &env::temp_dir()).unwrap();
    assert_eq!(counts.cases, 12 * 3 * 4, "{counts:?}");
    assert_eq!(counts.whole + counts.interrupted + counts.fixed, 72, "{counts:?}");
    assert!(counts.whole > 0 && counts.interrupted > 0 && counts.fixed > 0, "{counts:?}");
}

//! A reply is not put together by a host.
use alliance::{
    safety::Release,
    turn::{Reply, TurnEvent},
};

pub fn reply(reply: Reply, release: &Release) -> Reply {
    let _words = TurnEvent::Words(release.shown().clone());
    reply
}

fn main() {}

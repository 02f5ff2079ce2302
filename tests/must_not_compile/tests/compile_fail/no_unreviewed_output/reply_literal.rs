//! A reply is not put together by a host.
use alliance::{
    safety::Release,
    turn::{Reply, TurnEvent},
};

pub fn reply(reply: Reply, release: &Release) -> Reply {
    let _words = TurnEvent::Words(release.shown().clone());
    Reply { parts: vec![release.shown().clone()], summary: reply.summary }
}

fn main() {}

//! Nothing but cleared words is added to a reply.
use alliance::{safety::Release, turn::Reply};

pub fn add(reply: &mut Reply, release: &Release) {
    let _release = release;
    reply.parts.push(release.shown().clone());
}

fn main() {}

//! The clauses of [`MemoryStore`](crate::store::MemoryStore), M1 to M10.
//!
//! Each takes a function that makes a fresh, empty store. Waiting is done with
//! [`block_on`](crate::testing::block_on), so a store that needs a runtime must bring its own.

mod claims;
mod dynamic;
mod erasure;
mod fixture;
mod order;
mod people;
mod selective;
mod snapshot;
mod writing;

pub use claims::m10_a_claim_is_one_holders;
pub use dynamic::works_through_dyn;
pub use erasure::{m5_forgets_completely, m5_forgets_completely_after_reopening};
pub use order::{m3_ordered, m6_bounded};
pub use people::m4_keeps_people_apart;
pub use selective::m5_forgets_what_is_meant_and_no_more;
pub use snapshot::m9_a_snapshot_does_not_outlast_its_sources;
pub use writing::{
    m1_all_or_nothing, m1_durable_after_reopening, m2_once, m7_expectations_hold,
    m8_a_handle_exists_no_later_than_its_record,
};

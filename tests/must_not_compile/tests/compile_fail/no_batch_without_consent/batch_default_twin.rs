//! A batch has no default: the ledger admits it.
use alliance::consent::{Batch, ConsentError, ConsentLedger, Draft};

pub fn admit(ledger: &ConsentLedger, draft: Draft) -> Result<Batch, ConsentError> {
    let _ledger = ledger;
    ledger.admit(draft)
}

fn main() {}

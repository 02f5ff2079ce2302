//! The laws of the three contracts that have them, named in one line each.

use integrator::store::{Disk, FileStore};

fn fresh() -> FileStore {
    FileStore::open(Disk::default()).unwrap()
}

mod backend {
    alliance::llm_backend_laws!(|| integrator::backend::OneSentence::new(integrator::Calls::default()));
}

mod store {
    alliance::memory_store_laws!(super::fresh, reopen: |store: super::FileStore| store.reopened().unwrap());
}

mod protocol {
    alliance::protocol_laws!(integrator::protocol::GoodThing::new);
}

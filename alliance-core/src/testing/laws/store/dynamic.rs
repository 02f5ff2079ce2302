//! A store behind a pointer.

use std::sync::Arc;

use super::{
    fixture::{Law, handle, id, numbers, user},
    snapshot::keeps_snapshots,
};
use crate::{
    store::{Forget, MemoryStore},
    testing::laws::holds,
};

/// The store works as `Arc<dyn MemoryStore>` and as `Box<dyn MemoryStore>`, with all its methods.
///
/// # Panics
///
/// Where it does not.
pub fn works_through_dyn<S: MemoryStore + 'static>(make: impl Fn() -> S) {
    let shared: Arc<dyn MemoryStore> = Arc::new(make());
    use_all(&Arc::clone(&shared));
    let boxed: Box<dyn MemoryStore> = Box::new(make());
    use_all(&boxed);
    let keeps = keeps_snapshots(&make());
    for behind in [keeps_snapshots(&shared), keeps_snapshots(&boxed)] {
        holds("works through dyn", behind == keeps, "it keeps snapshots behind a pointer as it does without");
    }
}

fn use_all<S: MemoryStore>(store: &S) {
    let (law, ann) = (Law::new("works through dyn", store), user(1));
    let head = law.append(ann, numbers(1..4).open(handle(ann, 1)));
    law.holds(law.all(ann).revision == head, "what was appended is read");
    law.holds(law.handled() == [(ann, id(1))].into(), "its handle is listed");
    let receipt = law.forget(ann, &Forget::Everything);
    law.holds(receipt.total() == 3, "what was appended is erased");
}

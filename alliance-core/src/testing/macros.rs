//! The macros that name one test for each clause.

/// Names one test for each clause of [`MemoryStore`](crate::store::MemoryStore).
///
/// Takes a function of no arguments that makes a fresh, empty store. For a store that outlives a process,
/// `reopen` takes a store, ends it as a crash would, and opens it again; two more tests come with it. One
/// invocation a module, for example in `tests/laws.rs`.
///
/// ```
/// # use alliance_core::store::MemoryStore;
/// # fn fresh() -> Box<dyn MemoryStore> { unimplemented!() }
/// # fn crash_and_open(store: Box<dyn MemoryStore>) -> Box<dyn MemoryStore> { store }
/// mod laws {
///     alliance_core::memory_store_laws!(super::fresh, reopen: super::crash_and_open);
/// }
/// ```
#[macro_export]
macro_rules! memory_store_laws {
    ($make:expr $(,)?) => {
        $crate::__laws! { store, $make =>
            /// M1: an append is one atomic commit.
            m1_all_or_nothing
            /// M2: the same batch again changes nothing, and an id is used once.
            m2_once
            /// M3: records come back in the order of appending.
            m3_ordered
            /// M4: nobody sees or changes anybody else's records.
            m4_keeps_people_apart
            /// M5: what was erased does not come back.
            m5_forgets_completely
            /// M5: what was not meant stays, and a topic is decided record by record.
            m5_forgets_what_is_meant_and_no_more
            /// M6: a page holds at most what was asked for.
            m6_bounded
            /// M7: an append whose expectation does not hold changes nothing.
            m7_expectations_hold
            /// M8: no record is seen without its handle.
            m8_a_handle_exists_no_later_than_its_record
            /// M9: an erasure or a decision takes snapshots away.
            m9_a_snapshot_does_not_outlast_its_sources
            /// M10: a claimed handle is its holder's alone until the claim is over.
            m10_a_claim_is_one_holders
            /// The store works behind a pointer.
            works_through_dyn
        }
    };
    ($make:expr, reopen: $reopen:expr $(,)?) => {
        $crate::memory_store_laws!($make);

        /// M1: an append is durable before it returns.
        #[test]
        fn m1_durable_after_reopening() {
            $crate::testing::laws::store::m1_durable_after_reopening($make, $reopen);
        }

        /// M5: what was erased does not come back after reopening.
        #[test]
        fn m5_forgets_completely_after_reopening() {
            $crate::testing::laws::store::m5_forgets_completely_after_reopening($make, $reopen);
        }
    };
}

/// Names one test for each clause of [`LlmBackend`](crate::backend::LlmBackend).
///
/// Takes a function of no arguments that makes a backend which can answer, every time it is asked. `failing`
/// takes one that makes a backend which fails every time; two more tests come with it. One invocation a module.
///
/// ```
/// mod laws {
///     use alliance_core::{backend::BackendErrorKind, testing::ScriptedBackend};
///
///     alliance_core::llm_backend_laws!(
///         || ScriptedBackend::new().always("I hear you."),
///         failing: || ScriptedBackend::new().always_fail(BackendErrorKind::Unavailable),
///     );
/// }
/// ```
#[macro_export]
macro_rules! llm_backend_laws {
    ($make:expr $(,)?) => {
        $crate::__laws! { backend, $make =>
            /// B1: a stream has one end, and nothing after it.
            b1_ends_once
            /// B2: dropping the future or the stream leaves the backend usable.
            b2_cancel_by_drop
            /// B3: a reply ends or gives an error.
            b3_says_what_is_wrong
            /// B4: no words in `Debug`, errors or `tracing`.
            b4_keeps_quiet
            /// The backend works behind a pointer.
            works_through_dyn
        }
    };
    ($make:expr, failing: $failing:expr $(,)?) => {
        $crate::llm_backend_laws!($make);
        $crate::__laws! { backend, $failing =>
            /// B3: a failure is an error that says whether to try again.
            b3_says_what_is_wrong_when_failing
            /// B4: no words in errors.
            b4_keeps_quiet_when_failing
        }
    };
}

/// Names one test for each clause of [`Protocol`](crate::protocol::Protocol).
///
/// Takes a function of no arguments that makes the protocol. One invocation a module.
///
/// ```
/// # use alliance_core::protocol::Protocol;
/// # fn breathing() -> Box<dyn Protocol> { unimplemented!() }
/// mod laws {
///     alliance_core::protocol_laws!(super::breathing);
/// }
/// ```
#[macro_export]
macro_rules! protocol_laws {
    ($make:expr $(,)?) => {
        $crate::__laws! { protocol, $make =>
            /// P1: the same progress and event give the same outcome.
            p1_pure
            /// P2: every event gives a transition and no panic.
            p2_total
            /// P3: `Stop` ends it from everywhere.
            p3_can_end
            /// P4: progress is plain data, and every text that is named is there.
            p4_plain_data
            /// The protocol works behind a pointer.
            works_through_dyn
        }
    };
}

/// Names one test for each clause of [`Consolidator`](crate::consolidate::Consolidator).
///
/// Takes a function of no arguments that makes the consolidator. One invocation a module.
///
/// ```
/// # use alliance_core::consolidate::Consolidator;
/// # fn by_rules() -> Box<dyn Consolidator> { unimplemented!() }
/// mod laws {
///     alliance_core::consolidator_laws!(super::by_rules);
/// }
/// ```
#[macro_export]
macro_rules! consolidator_laws {
    ($make:expr $(,)?) => {
        $crate::__laws! { consolidate, $make =>
            /// C1: every memory names turns that it rests on.
            c1_cites
            /// C2: not too many, and none too long.
            c2_bounded
            /// C3: no turns, no memories.
            c3_nothing_from_nothing
            /// C4: no words in `Debug`, errors or `tracing`.
            c4_keeps_quiet
            /// The consolidator works behind a pointer.
            works_through_dyn
        }
    };
}

/// Names one test for each clause of [`Embedder`](crate::host::Embedder).
///
/// Takes a function of no arguments that makes an embedder which works. One invocation a module.
///
/// ```
/// # use alliance_core::host::Embedder;
/// # fn small() -> Box<dyn Embedder> { unimplemented!() }
/// mod laws {
///     alliance_core::embedder_laws!(super::small);
/// }
/// ```
#[macro_export]
macro_rules! embedder_laws {
    ($make:expr $(,)?) => {
        $crate::__laws! { embedder, $make =>
            /// V1: every vector is as long as the embedder says.
            v1_same_length
            /// V2: there is a vector for each text, in their order.
            v2_one_for_each
            /// The embedder works behind a pointer.
            works_through_dyn
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($contract:ident, $make:expr => $($(#[$doc:meta])* $law:ident)*) => {$(
        $(#[$doc])*
        #[test]
        fn $law() {
            $crate::testing::laws::$contract::$law($make);
        }
    )*};
}

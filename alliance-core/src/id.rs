//! Who and what is meant: ids, and where new ones come from.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that the host or a store already has.
            #[must_use]
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The id itself.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

id! {
    /// The person who talks.
    UserId
}
id! {
    /// One conversation, from its opening to its end.
    SessionId
}
id! {
    /// One exchange: what the person said and what was shown in return.
    TurnId
}
id! {
    /// One record in a store.
    RecordId
}

impl UserId {
    /// The same id for the same name, every time (UUID version 5). For hosts without ids of their own.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        const PEOPLE: Uuid = Uuid::from_u128(0x6f2d_9a54_71c3_4e0b_9d58_2b1f_07aa_43c1);
        Self(Uuid::new_v5(&PEOPLE, name.as_bytes()))
    }
}

impl RecordId {
    /// The id of the `number`-th effect of a turn. Derived, so that a repeat after a crash is recognised.
    #[must_use]
    pub fn derived(turn: TurnId, number: u32) -> Self {
        Self(Uuid::new_v5(&turn.0, &number.to_le_bytes()))
    }
}

/// Where new ids come from.
///
/// - **I1 unique** – no id twice, over all clones and threads.
pub trait IdSource: fmt::Debug + Send + Sync {
    /// A new id.
    fn next_id(&self) -> Uuid;
}

impl<I: IdSource + ?Sized> IdSource for Arc<I> {
    fn next_id(&self) -> Uuid {
        (**self).next_id()
    }
}

impl<I: IdSource + ?Sized> IdSource for Box<I> {
    fn next_id(&self) -> Uuid {
        (**self).next_id()
    }
}

/// Random ids (UUID version 4) from the operating system.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a unit struct is made by its name")]
pub struct RandomIds;

impl IdSource for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws ids")]
    fn next_id(&self) -> Uuid {
        Uuid::new_v4()
    }
}

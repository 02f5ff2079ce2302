//! A small web service around an agent: two routes and one page.
//!
//! | request | does |
//! |---|---|
//! | `GET /` | the page: what this is and is not, whom to call, what may be kept, the conversation |
//! | `POST /turn` | one turn, streamed as server-sent events; also the button for help |
//! | `POST /consent` | a yes, a no, or a no that erases |
//!
//! Read in this order: [`service`] has the agent and the open sessions, `events` turns what happens in a turn into
//! server-sent events, [`route`] has the requests, `page` fills in the page, `serve` starts and stops everything.
//!
//! Left to the host, because every service has its own: sign-in (here a random cookie names the person), TLS, a limit
//! on requests per person and from anybody (what is kept in memory has one, [`Service::keep_at_most`]), and a human who is told in a crisis (here nobody is, and the page says so).

mod events;
mod page;
pub mod route;
mod serve;
pub mod service;

pub use page::{Texts, TextsError};
pub use serve::serve;
pub use service::Service;

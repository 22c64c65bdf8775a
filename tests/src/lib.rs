//! What end-to-end tests share: a real server on port 0 with a database of its own and a fixed clock, people who use it,
//! a feed server that does what it is told. Nothing here knows a rule of the product.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a harness fails loudly, naming what it awaited"
)]

pub mod edition;
pub mod feed_server;
pub mod live;
pub mod people;
pub mod postgres;
pub mod server;

pub use feed_server::FeedServer;
pub use people::Person;
pub use server::{Backend, TestServer};

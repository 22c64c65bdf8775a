//! The proof: everything from outside, on SQLite and on PostgreSQL. See `../README.md`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests fail loudly, JSON is indexed by name, and its numbers are compared as they are"
)]

/// Declares tests that run on each database: `on_both! { async fn name(server) { … } }`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn run($server: broadsheet_tests::TestServer) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let server = broadsheet_tests::TestServer::start(broadsheet_tests::Backend::Sqlite).await;
                run(server.expect("SQLite is always there")).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                // Where there is none, the harness has said so loudly (and fails under CI=true).
                if let Some(server) = broadsheet_tests::TestServer::start(broadsheet_tests::Backend::Postgres).await {
                    run(server).await;
                }
            }
        }
    )*};
}

mod access;
mod accounts;
mod architecture;
mod caching;
mod changes;
mod clients;
mod complaints;
mod conversation;
mod counts;
mod desk;
mod fetching;
mod filters;
mod imports;
mod intake;
mod limits;
mod lists;
mod live;
mod log;
mod newer;
mod operation;
mod pages;
mod paging;
mod parity;
mod past;
mod queries;
mod reading;
mod reads;
mod schema;
mod search;
mod statements;
mod stories;
mod syndication;
mod topics;
mod trending;

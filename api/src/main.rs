//! The `broadsheet` binary.

use std::process::ExitCode;

use clap::Parser as _;

/// News is many small strings: this allocator serves them with less waiting between threads than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    broadsheet_api::cli::run(broadsheet_api::cli::Cli::parse()).await
}

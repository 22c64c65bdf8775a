//! Writes the published contract, or checks with `--check` that what is committed is what the code says.
//!
//! Making the contract needs no database and no network. What it promises is in `../README.md`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            eprintln!("usage: broadsheet-openapi [--check]");
            return ExitCode::FAILURE;
        }
    };
    let outcomes = broadsheet_openapi::contract().map(|(name, text)| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if check { compare(&path, &text) } else { write(&path, &text) }
    });
    if outcomes.into_iter().all(|good| good) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write(path: &PathBuf, text: &str) -> bool {
    let written = std::fs::write(path, text);
    if let Err(error) = &written {
        eprintln!("{}: {error}", path.display());
    }
    written.is_ok()
}

fn compare(path: &Path, text: &str) -> bool {
    let same = std::fs::read_to_string(path).is_ok_and(|committed| committed == text);
    if !same {
        let name = path.file_name().unwrap_or_default().display();
        eprintln!(
            "openapi/{name} is not what the code says: run `cargo run -p broadsheet-openapi` and commit the change"
        );
    }
    same
}

//! The table that a comparison is: a row a file, totals last.

use std::fmt;

use comfy_table::presets;

use super::fields::{Cell, Difference, FIELDS};

/// What became of one document.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub file: String,
    /// Its format, or why it could not be read.
    pub outcome: Result<String, String>,
    /// Entries that the reference finds.
    pub reference_entries: usize,
    /// Entries that we find.
    pub entries: usize,
    /// Counts in the order of [`FIELDS`].
    pub cells: [Cell; FIELDS.len()],
    /// Where the readings differ.
    pub differences: Vec<Difference>,
}

/// A comparison.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// One a document, in the order of the reference.
    pub rows: Vec<Row>,
}

impl Table {
    /// The counts of all documents together.
    pub fn totals(&self) -> [Cell; FIELDS.len()] {
        let mut totals = [Cell::default(); FIELDS.len()];
        for row in &self.rows {
            for (total, cell) in totals.iter_mut().zip(&row.cells) {
                total.reference += cell.reference;
                total.ours += cell.ours;
                total.agree += cell.agree;
                total.only_ours += cell.only_ours;
            }
        }
        totals
    }

    /// Documents that we can read.
    pub fn read(&self) -> usize {
        self.rows.iter().filter(|row| row.outcome.is_ok()).count()
    }
}

/// `agree/ours/reference +only ours`; the numbers that are the same are written once.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reference, ours, agree, only_ours } = self;
        if reference == agree {
            write!(f, "{reference}")?;
        } else {
            write!(f, "{agree}/{ours}/{reference}")?;
        }
        if *only_ours > 0 { write!(f, " +{only_ours}") } else { Ok(()) }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["file", "format"].into_iter().chain(FIELDS.iter().map(|(_, name)| *name)));
        for row in &self.rows {
            let outcome = row.outcome.clone().unwrap_or_else(|error| error);
            table.add_row(
                [row.file.clone(), outcome].into_iter().chain(row.cells.iter().map(ToString::to_string)),
            );
        }
        let read = format!("{} of {} read", self.read(), self.rows.len());
        table.add_row(
            ["all".to_owned(), read].into_iter().chain(self.totals().iter().map(ToString::to_string)),
        );
        write!(f, "{table}\nagreeing / ours / reference's, + where only we have it")
    }
}

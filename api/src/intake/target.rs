//! What the command line names: files, folders and URLs, taken in one after another, with a line for each.

use std::path::{Path, PathBuf};

use broadsheet_domain::Newsroom;
use broadsheet_domain::source::SourceHint;
use url::Url;

use super::{Document, IntakeError, Taken, fetch};
use crate::outbound::Outbound;

/// Somewhere that a feed may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// On a server.
    Url(Url),
    /// On disk.
    File(PathBuf),
}

impl Target {
    /// Reads what the operator wrote: `http(s)://…` is a URL, anything else a file; a folder is all the files in it.
    pub fn expand(text: &str) -> Result<Vec<Self>, IntakeError> {
        if let Ok(url) = Url::parse(text)
            && matches!(url.scheme(), "http" | "https")
        {
            return Ok(vec![Self::Url(url)]);
        }
        let path = Path::new(text);
        if !path.is_dir() {
            return Ok(vec![Self::File(path.to_owned())]);
        }
        let entries = std::fs::read_dir(path)?.filter_map(Result::ok).map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
        files.sort();
        Ok(files.into_iter().map(Self::File).collect())
    }

    /// How it is called in a table.
    pub fn label(&self) -> String {
        match self {
            Self::Url(url) => url.to_string(),
            Self::File(path) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        }
    }

    /// Takes it in. A feed from a server is fetched again by the polling worker when `polled`.
    pub async fn take(
        &self,
        newsroom: &Newsroom,
        outbound: &Outbound,
        polled: bool,
    ) -> Result<Taken, IntakeError> {
        match self {
            Self::Url(url) => {
                let (document, fresh) =
                    fetch::document(outbound, url, SourceHint::default(), polled, newsroom.now()).await?;
                let taken = super::take(newsroom, document).await?;
                super::note_taken(newsroom, &taken, &fresh).await?;
                Ok(taken)
            }
            Self::File(path) => {
                let bytes = tokio::fs::read(path).await?;
                let document = Document {
                    url: None,
                    name: self.label(),
                    content_type: None,
                    bytes,
                    hint: SourceHint::default(),
                    polled: false,
                };
                let taken = super::take(newsroom, document).await?;
                super::note_taken(newsroom, &taken, &fetch::Answered::default()).await?;
                Ok(taken)
            }
        }
    }
}

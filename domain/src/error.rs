//! What can go wrong, in the domain's own words. Which status or GraphQL code each becomes is decided at the edge.

use std::fmt;

/// Everything that a domain call can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the viewer may not know of it.
    #[error("There is no {0} that you can see under this id, slug or address.")]
    NotFound(&'static str),
    /// There was an article, and it was taken back.
    #[error("This article was withdrawn{}", withdrawn_because(.reason.as_deref()))]
    Withdrawn {
        /// Why, as readers are told.
        reason: Option<String>,
    },
    /// The viewer sees the thing and may not do this to it.
    #[error("{message}")]
    Denied {
        /// Stable, for programs.
        code: &'static str,
        /// For people: what is missing.
        message: String,
    },
    /// Nobody is signed in, or the credentials are no good.
    #[error("{message}")]
    Unauthenticated {
        /// Stable, for programs.
        code: &'static str,
        /// For people: what to do.
        message: &'static str,
    },
    /// The input is not acceptable; every bad field is named.
    #[error("{}", invalid_sentence(.0))]
    Invalid(Vec<FieldError>),
    /// The thing is in a state that does not allow this.
    #[error("{message}")]
    Conflict {
        /// Stable, for programs.
        code: &'static str,
        /// For people: which state, and what would help.
        message: String,
    },
    /// It cannot be done just now, and nobody did anything wrong.
    #[error("{message}")]
    Unavailable {
        /// Stable, for programs.
        code: &'static str,
        /// For people: why, and what would help.
        message: String,
    },
    /// Too much in too short a time.
    #[error("That was too fast: try again in {retry_after_seconds} seconds.")]
    RateLimited {
        /// When it may be tried again.
        retry_after_seconds: u64,
    },
    /// Our fault. The chain is for the log, never for the caller.
    #[error("Something went wrong on our side.")]
    Internal(#[from] Fault),
}

/// A result of the domain.
pub type Result<T> = std::result::Result<T, Error>;

/// The cause of an internal error, for the log only.
#[derive(Debug, thiserror::Error)]
#[error("{context}")]
pub struct Fault {
    context: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    /// Wraps a cause with what was being done.
    pub fn new(context: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { context, source: source.into() }
    }

    /// The chain of causes, nearest first.
    pub fn causes(&self) -> Vec<String> {
        let first: &(dyn std::error::Error + 'static) = self.source.as_ref();
        std::iter::successors(Some(first), |&cause| cause.source()).map(ToString::to_string).collect()
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Internal(Fault::new("the database refused a statement", error))
    }
}

/// One bad field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as the caller wrote it, dotted for nested ones.
    pub field: String,
    /// Stable, for programs: `required`, `too_long`, `malformed`, …
    pub code: &'static str,
    /// For people: what is wrong and how to mend it.
    pub message: String,
    /// Where in the field's text, if that is known.
    pub place: Option<Place>,
}

/// A stretch of a text, in Unicode scalar values from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it begins, counted from 0.
    pub position: usize,
    /// How long it is; 0 where something is missing.
    pub length: usize,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

fn withdrawn_because(reason: Option<&str>) -> String {
    reason.map_or_else(|| ".".to_owned(), |reason| format!(": {reason}"))
}

fn invalid_sentence(fields: &[FieldError]) -> String {
    fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Error {
    /// One bad field.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), code, message: message.into(), place: None }])
    }

    /// One bad field, of which a stretch is to blame.
    pub fn invalid_at(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
        place: Place,
    ) -> Self {
        let place = Some(place);
        Self::Invalid(vec![FieldError { field: field.into(), code, message: message.into(), place }])
    }

    /// The same error, its bad fields named as parts of another one.
    #[must_use]
    pub fn under(self, parent: &str) -> Self {
        let named = |error: FieldError| {
            let dot = if error.field.is_empty() { "" } else { "." };
            FieldError { field: format!("{parent}{dot}{}", error.field), ..error }
        };
        match self {
            Self::Invalid(fields) => Self::Invalid(fields.into_iter().map(named).collect()),
            other => other,
        }
    }

    /// The same error once more, for each caller of one batched load.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        match self {
            Self::NotFound(what) => Self::NotFound(what),
            Self::Withdrawn { reason } => Self::Withdrawn { reason: reason.clone() },
            Self::Denied { code, message } => Self::Denied { code, message: message.clone() },
            Self::Unauthenticated { code, message } => Self::Unauthenticated { code, message },
            Self::Invalid(fields) => Self::Invalid(fields.clone()),
            Self::Conflict { code, message } => Self::Conflict { code, message: message.clone() },
            Self::Unavailable { code, message } => Self::Unavailable { code, message: message.clone() },
            Self::RateLimited { retry_after_seconds } => {
                Self::RateLimited { retry_after_seconds: *retry_after_seconds }
            }
            Self::Internal(fault) => Self::Internal(Fault::new(fault.context, fault.causes().join(": "))),
        }
    }

    /// The stable code that both transports publish.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Denied { code, .. }
            | Self::Unauthenticated { code, .. }
            | Self::Conflict { code, .. }
            | Self::Unavailable { code, .. } => code,
            Self::Invalid(_) => "invalid",
            Self::RateLimited { .. } => "rate_limited",
            Self::Internal(_) => "internal",
        }
    }
}

/// Collects every bad field of an input before refusing it.
#[derive(Debug, Default)]
pub struct Findings(Vec<FieldError>);

impl Findings {
    /// Notes a bad field.
    pub fn add(&mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), code, message: message.into(), place: None });
    }

    /// Notes the bad fields of a part that was checked by itself; any other error is passed on.
    pub fn absorb<T>(&mut self, part: Result<T>) -> Result<Option<T>> {
        match part {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid(fields)) => {
                self.0.extend(fields);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Refuses the input if any field was bad.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

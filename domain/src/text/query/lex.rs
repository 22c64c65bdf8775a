//! From characters to tokens: words, phrases, fields, parentheses and operators.

use chrono::{DateTime, Utc};

use super::ast::{Field, Term, What};
use super::error::{QueryError, Span, excerpt};
use super::word::{beginning, is_address, is_word, operator, plain, says_something};
use super::{MAX_DEPTH, MAX_PREFIXES, MAX_TERMS, interval, refuse};

/// A piece of the query with a meaning of its own, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Close,
    And,
    Or,
    /// `NOT`, or a minus sign, which always has a term or a group after it.
    Not,
    Term(Term),
}

/// Cuts a query up. Parentheses come out in pairs, and terms have their field, a group's included.
pub(super) fn tokens(text: &str, now: DateTime<Utc>) -> Result<Vec<Token>, QueryError> {
    let chars = text.chars().map(plain).collect();
    let mut lexer =
        Lexer { chars, at: 0, groups: Vec::new(), tokens: Vec::new(), terms: 0, prefixes: 0, now };
    while let Some(c) = lexer.peek() {
        lexer.token(c)?;
    }
    match lexer.groups.last() {
        Some((start, _)) => Err(refuse::unclosed_parenthesis(Span::new(*start, start + 1), text)),
        None => Ok(lexer.tokens),
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    /// The open parentheses: where each is, and the field that its words take.
    groups: Vec<(usize, Option<Field>)>,
    tokens: Vec<Token>,
    terms: usize,
    prefixes: usize,
    now: DateTime<Utc>,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn written(&self, span: Span) -> &[char] {
        self.chars.get(span.start..span.end).unwrap_or_default()
    }

    fn text(&self, span: Span) -> String {
        self.written(span).iter().collect()
    }

    fn excerpt(&self, span: Span) -> String {
        excerpt(self.written(span).iter().copied())
    }

    fn push(&mut self, kind: Kind, span: Span) {
        self.tokens.push(Token { kind, span });
    }

    fn token(&mut self, c: char) -> Result<(), QueryError> {
        let field = self.groups.last().and_then(|(_, field)| *field);
        match c {
            ' ' => self.at += 1,
            '(' => self.open(field)?,
            ')' => self.close()?,
            '"' => self.phrase(field, self.at)?,
            '+' | '-' => self.sign(c, field)?,
            _ => {
                let span = self.piece();
                if let Some(operator) = operator(self.written(span)) {
                    self.at = span.end;
                    self.push(operator, span);
                } else if says_something(self.written(span)) {
                    self.word_from(field, span.start, span)?;
                } else {
                    self.pass_over(span)?;
                }
            }
        }
        Ok(())
    }

    /// Marks between words mean nothing, but not those that other query languages have taught people.
    fn pass_over(&mut self, span: Span) -> Result<(), QueryError> {
        self.at = span.end;
        match self.written(span) {
            ['|'] | ['|', '|'] => Err(refuse::foreign_or(span)),
            ['!'] if matches!(self.peek(), Some('"' | '(')) => Err(refuse::foreign_not(span, "film")),
            _ => Ok(()),
        }
    }

    /// From here to the next gap, quote or parenthesis.
    fn piece(&self) -> Span {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|c| matches!(c, ' ' | '"' | '(' | ')')).unwrap_or(rest.len());
        Span::new(self.at, self.at + length)
    }

    fn open(&mut self, field: Option<Field>) -> Result<(), QueryError> {
        let span = Span::new(self.at, self.at + 1);
        if self.groups.len() == MAX_DEPTH {
            return Err(refuse::too_deep(span));
        }
        self.groups.push((self.at, field));
        self.push(Kind::Open, span);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), QueryError> {
        let span = Span::new(self.at, self.at + 1);
        self.groups.pop().ok_or_else(|| refuse::unopened_parenthesis(span))?;
        self.push(Kind::Close, span);
        self.at += 1;
        Ok(())
    }

    /// Words between quotes; the term begins at `start`, where its field is.
    fn phrase(&mut self, field: Option<Field>, start: usize) -> Result<(), QueryError> {
        let inner = self.at + 1;
        let rest = self.chars.get(inner..).unwrap_or_default();
        let Some(length) = rest.iter().position(|c| *c == '"') else {
            let span = Span::new(self.at, self.chars.len());
            return Err(refuse::unclosed_quote(span, &self.excerpt(Span::new(inner, self.chars.len()))));
        };
        let (inside, span) = (Span::new(inner, inner + length), Span::new(start, inner + length + 1));
        self.at = span.end;
        if !is_word(self.written(inside)) {
            return Err(refuse::empty_phrase(span));
        }
        let words = self.text(inside).split_whitespace().collect::<Vec<_>>().join(" ");
        let what = match field {
            Some(Field::Published) => self.between(inside)?,
            Some(Field::Url) => What::Word(words),
            _ => What::Phrase(words),
        };
        self.term(field, what, span)
    }

    /// A sign belongs to what follows it at once.
    fn sign(&mut self, sign: char, field: Option<Field>) -> Result<(), QueryError> {
        let span = Span::new(self.at, self.at + 1);
        self.at += 1;
        let piece = self.piece();
        let written = self.written(piece);
        let stands_alone = match self.peek() {
            Some('(' | '"') => false,
            Some('+' | '-') => true,
            _ => operator(written).is_some() || !says_something(written),
        };
        if stands_alone {
            return Err(refuse::dangling_sign(span, sign));
        }
        if sign == '-' {
            self.push(Kind::Not, span);
        }
        self.operand(field, self.at)
    }

    /// What must be a term or a group.
    fn operand(&mut self, field: Option<Field>, start: usize) -> Result<(), QueryError> {
        match self.peek() {
            Some('(') => self.open(field),
            Some('"') => self.phrase(field, start),
            _ => self.word_from(field, start, self.piece()),
        }
    }

    /// A word, or a field and what follows it; the term begins at `start`.
    fn word_from(&mut self, field: Option<Field>, start: usize, piece: Span) -> Result<(), QueryError> {
        let written = self.written(piece);
        if let ['!', rest @ ..] = written {
            return Err(refuse::foreign_not(piece, &excerpt(rest.iter().copied())));
        }
        let colon = written.iter().position(|c| *c == ':').map(|offset| piece.start + offset);
        match (field, colon) {
            (Some(Field::Published), _) => {
                self.at = piece.end;
                let what = self.between(piece)?;
                self.term(field, what, Span::new(start, piece.end))
            }
            (Some(Field::Url), _) | (_, None) => self.plain_word(field, start, piece),
            (_, Some(colon)) => self.word_with_colon(field, start, piece, colon),
        }
    }

    fn word_with_colon(
        &mut self,
        field: Option<Field>,
        start: usize,
        piece: Span,
        colon: usize,
    ) -> Result<(), QueryError> {
        let (before, after) = (Span::new(piece.start, colon), Span::new(colon + 1, piece.end));
        let name = self.text(before);
        let known = Field::named(&name);
        let is_address = is_address(&name, self.written(after));
        if !name.chars().any(char::is_alphabetic)
            || known.is_none() && !is_address && self.is_punctuation(after)
        {
            return self.plain_word(field, start, piece);
        }
        if let Some(outer) = field {
            return Err(refuse::nested_field(piece, outer, &self.excerpt(piece)));
        }
        match known {
            _ if is_address => self.plain_word(Some(Field::Url), start, piece),
            Some(field) => {
                self.at = colon + 1;
                self.value(field, start, Span::new(piece.start, colon + 1))
            }
            None => {
                let value = self.excerpt(after);
                Err(refuse::unknown_field(Span::new(piece.start, colon + 1), &name, &value))
            }
        }
    }

    /// Whether what follows a colon leaves it a mark of punctuation.
    fn is_punctuation(&self, after: Span) -> bool {
        let written = self.written(after);
        let goes_on = matches!(self.chars.get(after.end), Some('"' | '('));
        !goes_on && !says_something(written)
    }

    /// What a field looks for; `name` is where the field and its colon are.
    fn value(&mut self, field: Field, start: usize, name: Span) -> Result<(), QueryError> {
        let piece = self.piece();
        let written = self.written(piece);
        match self.peek() {
            Some('(' | '"') => {}
            Some(sign @ ('+' | '-')) => {
                let value = self.excerpt(Span::new(piece.start + 1, piece.end));
                return Err(refuse::misplaced_sign(piece, sign, field, &value));
            }
            _ if operator(written).is_some() => {
                return Err(refuse::missing_value(name, field, Some(&self.excerpt(piece))));
            }
            _ if written.is_empty() || field != Field::Published && !says_something(written) => {
                return Err(refuse::missing_value(name, field, None));
            }
            _ => {}
        }
        self.operand(Some(field), start)
    }

    /// A word or the beginning of one.
    fn plain_word(&mut self, field: Option<Field>, start: usize, piece: Span) -> Result<(), QueryError> {
        let written = self.written(piece);
        let span = Span::new(start, piece.end);
        // As two terms, an address and a group, it would be misread without a word.
        if field == Some(Field::Url) && self.chars.get(piece.end) == Some(&'(') {
            return Err(refuse::unquoted_address(span, &self.excerpt(piece)));
        }
        let what = match written.iter().position(|c| *c == '*') {
            None => What::Word(self.text(piece)),
            Some(asterisk) => What::Prefix(beginning(written, asterisk, piece)?),
        };
        self.at = piece.end;
        if matches!(what, What::Prefix(_)) {
            self.prefixes += 1;
            if self.prefixes > MAX_PREFIXES {
                return Err(refuse::too_many_prefixes(span));
            }
        }
        self.term(field, what, span)
    }

    fn between(&self, span: Span) -> Result<What, QueryError> {
        let (from, to) = interval(&self.text(span), self.now).map_err(|mut error| {
            error.position += span.start;
            error
        })?;
        Ok(What::Between(from, to))
    }

    fn term(&mut self, field: Option<Field>, what: What, span: Span) -> Result<(), QueryError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(refuse::too_many_terms(span));
        }
        self.push(Kind::Term(Term { field, what }), span);
        Ok(())
    }
}

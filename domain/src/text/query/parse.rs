//! From tokens to an expression, by recursive descent.

use chrono::{DateTime, Utc};

use super::MAX_LENGTH;
use super::ast::Expr;
use super::error::{QueryError, Span, excerpt};
use super::lex::{Kind, Token, tokens};

/// Reads a query. `now` is what lone durations, `today` and `yesterday` in `published:` start from.
pub fn parse(text: &str, now: DateTime<Utc>) -> Result<Expr, QueryError> {
    let length = text.chars().count();
    if length > MAX_LENGTH {
        return Err(Span::new(MAX_LENGTH, length).error(
            "too_long",
            format!("the query has {length} characters and may have {MAX_LENGTH}"),
            "leave out the words that narrow the search least",
        ));
    }
    read(text, now)
}

/// Reads a query of any length.
pub(super) fn read(text: &str, now: DateTime<Utc>) -> Result<Expr, QueryError> {
    let tokens = tokens(text, now)?;
    if tokens.is_empty() {
        return Err(Span::new(0, text.chars().count()).error(
            "empty",
            "the query has no word to look for",
            "write at least one word, as in `flood`, or leave the query out",
        ));
    }
    Parser { text, tokens: &tokens, at: 0 }.any()
}

/// The lexer has paired the parentheses and bounded their depth, which bounds the recursion here.
struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.all()?];
        while self.eat(&Kind::Or) {
            parts.push(self.all()?);
        }
        Ok(Expr::any(parts))
    }

    fn all(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.part()?];
        loop {
            let begins_a_part =
                matches!(self.peek().map(|token| &token.kind), Some(Kind::Not | Kind::Open | Kind::Term(_)));
            if !self.eat(&Kind::And) && !begins_a_part {
                return Ok(Expr::all(parts));
            }
            parts.push(self.part()?);
        }
    }

    fn part(&mut self) -> Result<Expr, QueryError> {
        let mut negated = false;
        while self.eat(&Kind::Not) {
            negated = !negated;
        }
        let part = self.operand()?;
        Ok(if negated { part.negated() } else { part })
    }

    fn operand(&mut self) -> Result<Expr, QueryError> {
        match self.peek().map(|token| token.kind.clone()) {
            Some(Kind::Term(term)) => {
                self.at += 1;
                Ok(Expr::Term(term))
            }
            Some(Kind::Open) => {
                self.at += 1;
                let inner = self.any()?;
                self.at += 1;
                Ok(inner)
            }
            _ => Err(self.missing_operand()),
        }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn eat(&mut self, kind: &Kind) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == *kind);
        self.at += usize::from(found);
        found
    }

    /// What is wrong where a term or group should stand: an operator without its part, or a group without any.
    fn missing_operand(&self) -> QueryError {
        let before = self.at.checked_sub(1).and_then(|index| self.tokens.get(index));
        match (before, self.peek()) {
            (Some(open), Some(close)) if open.kind == Kind::Open && close.kind == Kind::Close => {
                let span = Span::new(open.span.start, close.span.end);
                span.error(
                    "empty_group",
                    "there is no word between these parentheses",
                    "write words between them, as in `(flood OR storm)`, or leave them out",
                )
            }
            (Some(operator), next) if operator.kind != Kind::Open => {
                let name = self.written(operator.span);
                let message = match next.filter(|next| next.kind != Kind::Close) {
                    Some(next) => format!("`{name}` is followed by `{}`", self.written(next.span)),
                    None => format!("nothing comes after `{name}`"),
                };
                dangling(operator.span, &name, message)
            }
            (_, Some(operator)) => {
                let name = self.written(operator.span);
                dangling(operator.span, &name, format!("nothing comes before `{name}`"))
            }
            (_, None) => Span::new(0, 0).error("empty", "the query has no word to look for", "write a word"),
        }
    }

    fn written(&self, span: Span) -> String {
        excerpt(self.text.chars().skip(span.start).take(span.end.saturating_sub(span.start)))
    }
}

fn dangling(span: Span, name: &str, message: String) -> QueryError {
    let example = if name == "NOT" { "flood NOT film".to_owned() } else { format!("flood {name} storm") };
    let hint =
        format!("use it as in `{example}`, leave it out, or look for the word itself with `\"{name}\"`");
    span.error("dangling_operator", message, hint)
}

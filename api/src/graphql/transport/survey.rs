//! Measures a GraphQL document before anything expensive looks at it.
//!
//! [`source`] counts tokens and brackets in the text, so that the parser is never given a document that
//! would exhaust its stack. [`document`] walks the parsed form once, remembering what each fragment adds up
//! to, so that its time is linear in the document however its fragments are spread. Neither knows the schema.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned, ServerError, ServerResult};

use super::limits::{Bound, Limits, coded};

/// How many of introspection's lists may contain one another. The standard introspection query needs two
/// (`fields` within `types` counts one, `interfaces` or `args` lists end there); each further one multiplies the
/// answer by the size of the schema.
const INTROSPECTION_LISTS: usize = 2;

/// Refuses a text with too many tokens, or with brackets nested so deep that parsing it would be unsafe.
pub(super) fn source(text: &str, limits: &Limits) -> ServerResult<()> {
    let deepest = limits.recursion.saturating_mul(2);
    let (mut tokens, mut open) = (0_usize, 0_usize);
    for token in (Lexer { rest: text.as_bytes() }) {
        tokens += 1;
        Bound::Tokens.check(limits.tokens, tokens, None)?;
        match token {
            Token::Open => open += 1,
            Token::Close => open = open.saturating_sub(1),
            Token::Other => {}
        }
        Bound::Recursion.check(deepest, open, None)?;
    }
    Ok(())
}

enum Token {
    Open,
    Close,
    Other,
}

/// The lexical grammar of GraphQL, as far as counting needs it.
struct Lexer<'a> {
    rest: &'a [u8],
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_ignored();
        let first = *self.rest.first()?;
        match first {
            b'{' | b'(' | b'[' => self.take(1, Token::Open),
            b'}' | b')' | b']' => self.take(1, Token::Close),
            b'"' => self.take(self.string_length(), Token::Other),
            b'.' if self.rest.starts_with(b"...") => self.take(3, Token::Other),
            b'-' | b'0'..=b'9' => {
                self.take(self.run(|byte| matches!(byte, b'+' | b'-' | b'.')), Token::Other)
            }
            _ => self.take(self.run(|_| false).max(1), Token::Other),
        }
    }
}

impl Lexer<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "what an iterator answers")]
    fn take(&mut self, length: usize, token: Token) -> Option<Token> {
        self.rest = self.rest.get(length..).unwrap_or_default();
        Some(token)
    }

    /// The length of a name, or of a number where `extra` admits its signs and points.
    fn run(&self, extra: impl Fn(u8) -> bool) -> usize {
        let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || extra(*byte);
        self.rest.iter().take_while(|byte| belongs(byte)).count()
    }

    /// White space, commas, comments, and the bytes of a byte order mark.
    fn skip_ignored(&mut self) {
        while let Some(first) = self.rest.first() {
            let length = match first {
                b' ' | b'\t' | b'\r' | b'\n' | b',' | 0x80.. => 1,
                b'#' => self.rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count(),
                _ => return,
            };
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
    }

    fn string_length(&self) -> usize {
        match self.rest.strip_prefix(b"\"\"\"") {
            Some(body) => block_length(body).saturating_add(3),
            None => line_length(self.rest.get(1..).unwrap_or_default()).saturating_add(1),
        }
    }
}

/// The bytes up to and with the quotes that end a block string, or all of them where it never ends.
fn block_length(body: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = body.get(at..).filter(|rest| !rest.is_empty()) {
        match rest {
            [b'\\', b'"', b'"', b'"', ..] => at += 4,
            [b'"', b'"', b'"', ..] => return at + 3,
            _ => at += 1,
        }
    }
    body.len()
}

/// The bytes up to and with the quote that ends a string; a string ends with its line at the latest.
fn line_length(body: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b'\n' | b'\r' => return at,
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    body.len()
}

/// Refuses a document that is too large once expanded, or whose fragments spread themselves.
pub(super) fn document(document: &ExecutableDocument, limits: &Limits) -> ServerResult<()> {
    let mut survey = Survey::new(document, limits);
    for (_, operation) in document.operations.iter() {
        survey.operation(operation)?;
    }
    // What no operation reaches is walked too: validation will visit it.
    for name in document.fragments.keys() {
        survey.fragment(name, 0, Pos::default())?;
    }
    Bound::Aliases.check(limits.aliases, survey.aliases, None)?;
    Bound::Directives.check(limits.directives, survey.directives, None)
}

/// What a selection set adds up to, its fragments expanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measure {
    /// Fields, spreads and inline fragments.
    selections: usize,
    /// Fields at this very level.
    roots: usize,
    /// Levels of fields, those of introspection apart.
    depth: usize,
    /// Levels of selection sets and fragments below this one.
    nesting: usize,
    /// Introspection's lists that contain one another.
    lists: usize,
}

impl Measure {
    /// Adds what a fragment at the same level contributes.
    fn join(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections).saturating_add(1);
        self.roots = self.roots.saturating_add(other.roots);
        self.depth = self.depth.max(other.depth);
        self.nesting = self.nesting.max(other.nesting + 1);
        self.lists = self.lists.max(other.lists);
    }
}

struct Survey<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    known: HashMap<&'a str, Measure>,
    /// Fragments that are being measured: meeting one again is a cycle.
    entered: HashSet<&'a str>,
    aliases: usize,
    directives: usize,
}

impl<'a> Survey<'a> {
    fn new(document: &'a ExecutableDocument, limits: &'a Limits) -> Self {
        let (known, entered) = (HashMap::new(), HashSet::new());
        Self { document, limits, known, entered, aliases: 0, directives: 0 }
    }

    fn operation(&mut self, operation: &'a Positioned<OperationDefinition>) -> ServerResult<()> {
        let definition = &operation.node;
        let on_variables: usize =
            definition.variable_definitions.iter().map(|it| it.node.directives.len()).sum();
        self.directives += definition.directives.len() + on_variables;
        let total = self.selection_set(&definition.selection_set, 0)?;
        let at = Some(operation.pos);
        Bound::Depth.check(self.limits.depth, total.depth, at)?;
        Bound::RootFields.check(self.limits.root_fields, total.roots, at)?;
        if definition.ty == OperationType::Subscription && total.roots > 1 {
            let message = "A subscription must select one field only at its root.";
            return Err(coded("GRAPHQL_VALIDATION_FAILED", message, at));
        }
        Ok(())
    }

    /// Measures a selection set that lies `level` sets and fragments below its operation.
    fn selection_set(&mut self, set: &'a Positioned<SelectionSet>, level: usize) -> ServerResult<Measure> {
        Bound::Recursion.check(self.limits.recursion, level, Some(set.pos))?;
        let mut total = Measure::default();
        for selection in &set.node.items {
            self.directives += selection.node.directives().len();
            match &selection.node {
                Selection::Field(field) => self.field(&mut total, field, level)?,
                Selection::InlineFragment(inline) => {
                    total.join(self.selection_set(&inline.node.selection_set, level + 1)?);
                }
                Selection::FragmentSpread(spread) => {
                    total.join(self.fragment(&spread.node.fragment_name.node, level + 1, spread.pos)?);
                }
            }
            Bound::Selections.check(self.limits.selections, total.selections, Some(set.pos))?;
        }
        Ok(total)
    }

    fn field(&mut self, total: &mut Measure, field: &'a Positioned<Field>, level: usize) -> ServerResult<()> {
        self.aliases += usize::from(field.node.alias.is_some());
        let set = &field.node.selection_set;
        let inner = if set.node.items.is_empty() {
            Measure::default()
        } else {
            let inner = self.selection_set(set, level + 1)?;
            total.nesting = total.nesting.max(inner.nesting + 1);
            inner
        };
        let name = field.node.name.node.as_str();
        let introspection = matches!(name, "__schema" | "__type");
        if introspection {
            Bound::IntrospectionLists.check(INTROSPECTION_LISTS, inner.lists, Some(field.pos))?;
        }
        total.selections = total.selections.saturating_add(inner.selections).saturating_add(1);
        total.roots += 1;
        total.depth = total.depth.max(if introspection { 1 } else { inner.depth + 1 });
        total.lists = total.lists.max(inner.lists + usize::from(is_introspection_list(name)));
        Ok(())
    }

    /// Measures a fragment once. One that does not exist counts nothing: validation names it.
    fn fragment(&mut self, name: &'a str, level: usize, at: Pos) -> ServerResult<Measure> {
        if let Some(measure) = self.known.get(name) {
            Bound::Recursion.check(self.limits.recursion, level + measure.nesting, Some(at))?;
            return Ok(*measure);
        }
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Measure::default()) };
        if !self.entered.insert(name) {
            return Err(cycle(name, at));
        }
        self.directives += fragment.node.directives.len();
        let measure = self.selection_set(&fragment.node.selection_set, level)?;
        self.entered.remove(name);
        self.known.insert(name, measure);
        Ok(measure)
    }
}

fn cycle(name: &str, at: Pos) -> ServerError {
    coded("GRAPHQL_VALIDATION_FAILED", format!("Cannot spread fragment \"{name}\" within itself."), Some(at))
}

/// The lists of introspection through which types lead to types.
fn is_introspection_list(name: &str) -> bool {
    matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields")
}

#[cfg(test)]
mod tests {
    use async_graphql::Value;
    use async_graphql::parser::parse_query;

    use super::super::trial::INTROSPECTION;
    use super::*;

    fn tokens(text: &str) -> usize {
        Lexer { rest: text.as_bytes() }.count()
    }

    fn refused(query: &str, limits: &Limits) -> Option<Value> {
        let error = document(&parse_query(query).unwrap(), limits).err()?;
        let details = error.extensions.unwrap();
        details.get("limit").or_else(|| details.get("code")).cloned()
    }

    #[test]
    fn counts_tokens_as_the_grammar_does() {
        assert_eq!(tokens("{ a, b # c d e\n }"), 4);
        assert_eq!(tokens("{a(b:-1.5e+3,c:$d)@skip(if:true)}"), 19);
        assert_eq!(tokens(r#"{a(b:"x \" } { y" c:"")}"#), 11);
        assert_eq!(tokens("{a(b:\"\"\"one \\\"\"\" { two\"\"\")}"), 8);
        assert_eq!(tokens("\u{feff}...on"), 2);
        assert_eq!(tokens("\"never ends"), 1);
    }

    #[test]
    fn refuses_long_and_deeply_bracketed_texts() {
        let limits = Limits::default();
        assert!(source(&format!("{{ {} }}", "a ".repeat(3_998)), &limits).is_ok());
        assert!(source(&format!("{{ {} }}", "a ".repeat(3_999)), &limits).is_err());
        assert!(source(&format!("{{ a(b: {})", "[".repeat(70)), &limits).is_err());
        assert!(source("{ a(b: \"[[[[\") }", &Limits { recursion: 1, ..limits }).is_ok());
    }

    #[test]
    fn counts_depth_through_fragments_but_not_in_introspection() {
        let limits = Limits { depth: 2, ..Limits::default() };
        assert_eq!(refused("{ a { b } }", &limits), None);
        assert_eq!(
            refused("{ a { ...F } } fragment F on X { ... { b { c } } }", &limits),
            Some("depth".into())
        );
        assert_eq!(refused(INTROSPECTION, &limits), None);
    }

    #[test]
    fn refuses_introspection_that_multiplies() {
        let query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
        assert_eq!(refused(query, &Limits::default()), Some("introspection_lists".into()));
    }

    #[test]
    fn counts_roots_aliases_and_directives() {
        let limits = Limits { root_fields: 2, aliases: 1, directives: 1, ..Limits::default() };
        assert_eq!(refused("{ a ...F } fragment F on Q { b c }", &limits), Some("root_fields".into()));
        assert_eq!(refused("{ x: a { y: b } }", &limits), Some("aliases".into()));
        let query = "query($a: B @c) { a @skip(if: true) }";
        assert_eq!(refused(query, &limits), Some("directives".into()));
        assert_eq!(refused("{ a { x: b @skip(if: true) } }", &limits), None);
    }

    #[test]
    fn refuses_fragments_that_spread_themselves() {
        let limits = Limits::default();
        let invalid = Some("GRAPHQL_VALIDATION_FAILED".into());
        assert_eq!(refused("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }", &limits), invalid);
        assert_eq!(refused("{ a } fragment A on Q { ...A }", &limits), invalid);
        assert_eq!(refused("{ ...Unknown }", &limits), None);
    }

    #[test]
    fn counts_known_fragments_at_the_level_of_each_spread() {
        let limits = Limits { recursion: 4, ..Limits::default() };
        let fragment = "fragment F on Q { a { b { c } } }";
        assert_eq!(refused(&format!("{{ ...F x {{ ...F }} }} {fragment}"), &limits), None);
        assert_eq!(
            refused(&format!("{{ ...F x {{ y {{ ...F }} }} }} {fragment}"), &limits),
            Some("recursion".into())
        );
    }

    #[test]
    fn wants_one_root_field_of_a_subscription() {
        let limits = Limits::default();
        assert_eq!(refused("subscription { a b }", &limits), Some("GRAPHQL_VALIDATION_FAILED".into()));
        assert_eq!(refused("subscription { a { b c } }", &limits), None);
    }
}

//! The analysis as Tantivy calls it, in its own threads while it indexes.
//!
//! A field is told only a text, so the text begins with its language (`en␁…`), and parts of it that no phrase may join stand
//! apart by [`GAP_MARK`].

use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager};

use super::{Mode, Splitter, Stemmer, folded_word, without_stemmer};

/// The tokenizer that gives forms with their positions.
pub(crate) const FORMS: &str = "forms";
/// The tokenizer that gives stems.
pub(crate) const STEMS: &str = "stems";
/// Between parts of a text that no phrase may join.
pub(crate) const GAP_MARK: char = '\u{1e}';
const LANGUAGE_END: char = '\u{1}';

/// Parts as the text of one field.
pub(crate) fn marked<'p>(language: Option<&str>, parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut text = String::from(language.unwrap_or_default());
    text.push(LANGUAGE_END);
    for part in parts {
        text.push_str(part);
        text.push(GAP_MARK);
    }
    text
}

/// Makes the tokenizers known to an index.
pub(crate) fn register(tokenizers: &TokenizerManager) {
    tokenizers.register(FORMS, TextAnalyzer::from(Analysis { stems: false }));
    tokenizers.register(STEMS, TextAnalyzer::from(Analysis { stems: true }));
}

#[derive(Clone)]
struct Analysis {
    stems: bool,
}

impl Tokenizer for Analysis {
    type TokenStream<'t> = Stream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> Stream<'t> {
        let (language, text) = text.split_once(LANGUAGE_END).unwrap_or(("", text));
        Stream {
            text,
            splitter: Splitter::new(text, Mode::Index),
            stemmer: if self.stems { Stemmer::of(language) } else { None },
            stems: self.stems,
            second: None,
            form: String::new(),
            token: Token::default(),
        }
    }
}

struct Stream<'t> {
    text: &'t str,
    splitter: Splitter<'t>,
    stemmer: Option<Stemmer>,
    stems: bool,
    second: Option<String>,
    form: String,
    token: Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        if let Some(second) = self.second.take() {
            self.token.text = second;
            return true;
        }
        while let Some(piece) = self.splitter.next_piece() {
            let word = piece.of(self.text);
            folded_word(word, &mut self.form);
            if self.form.is_empty() {
                continue;
            }
            (self.token.offset_from, self.token.offset_to) = (piece.start, piece.end);
            self.token.position = piece.position;
            match &self.stemmer {
                _ if !self.stems => self.token.text.clone_from(&self.form),
                Some(stemmer) if !piece.dense => {
                    (self.token.text, self.second) = stemmer.stems(word, &self.form);
                }
                _ => self.token.text = without_stemmer(&self.form),
            }
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

//! Comments: Markdown in, safe HTML out.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::sanitise;

/// Renders a comment. Raw HTML is shown as the text that it is; headings are strong paragraphs; there are no images. The
/// sanitiser runs last, whatever the renderer did.
pub fn render_comment(source: &str) -> String {
    let events = Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).flat_map(tamed);
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    sanitise::comment_html(&rendered).trim().to_owned()
}

fn tamed(event: Event<'_>) -> Vec<Event<'_>> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => vec![Event::Text(raw)],
        Event::Start(Tag::Heading { .. }) => vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)],
        Event::End(TagEnd::Heading(_)) => vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)],
        Event::Start(Tag::Image { .. } | Tag::HtmlBlock) | Event::End(TagEnd::Image | TagEnd::HtmlBlock) => {
            Vec::new()
        }
        Event::SoftBreak => vec![Event::HardBreak],
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_rendered_is_a_fixed_point_of_the_sanitiser(source: String) {
            let rendered = render_comment(&source);
            prop_assert_eq!(sanitise::comment_html(&rendered), rendered.clone());
        }
    }

    #[test]
    fn comments_say_what_they_said_and_do_nothing() {
        assert_eq!(render_comment("I was *there*.\nTwice."), "<p>I was <em>there</em>.<br>\nTwice.</p>");
        assert_eq!(render_comment("# Loud"), "<p><strong>Loud</strong></p>");
        assert!(render_comment("<script>alert(1)</script>").contains("&lt;script&gt;"));
        assert!(!render_comment("[x](javascript:alert(1))").contains("javascript"));
        assert!(!render_comment("![x](https://a.example/pixel.gif)").contains("<img"));
        assert!(render_comment("[x](https://a.example/)").contains("rel=\"nofollow ugc noopener\""));
    }
}

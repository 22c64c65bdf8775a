//! Whether a request comes from somebody who reads: robots and browsers that load ahead do not. By what the request says of
//! itself, so by courtesy; floods are held off in the domain.

use axum::http::{HeaderMap, HeaderValue, header};

/// What a request says of who sends it; looked into only where it matters.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    user_agent: Option<HeaderValue>,
    purpose: Option<HeaderValue>,
}

impl Reader {
    /// Whoever sent these headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let purposes = ["sec-purpose", "purpose", "x-purpose", "x-moz"];
        Self {
            user_agent: headers.get(header::USER_AGENT).cloned(),
            purpose: purposes.iter().find_map(|name| headers.get(*name)).cloned(),
        }
    }

    /// Whether it is a person who reads, as far as one can tell.
    pub fn is_person(&self) -> bool {
        let text = |value: &Option<HeaderValue>| {
            value.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
        };
        !loads_ahead(&text(&self.purpose)) && !is_robot(&text(&self.user_agent))
    }
}

/// `prefetch`, also with parameters (`prefetch;prerender`), and what older browsers say.
fn loads_ahead(purpose: &str) -> bool {
    ["prefetch", "prerender", "preview"].iter().any(|ahead| purpose.contains(ahead))
}

/// How robots' names end: crawlers of search engines, models and archives, link previews, monitors, feed readers.
const ENDINGS: [&str; 9] =
    ["bot", "bots", "spider", "crawler", "preview", "archiver", "fetcher", "monitor", "validator"];
/// Names that end otherwise.
const NAMES: [&str; 15] = [
    "adsbot",
    "embedly",
    "externalagent",
    "facebookexternalhit",
    "feedly",
    "headlesschrome",
    "inspectiontool",
    "lighthouse",
    "mediapartners",
    "newsblur",
    "pingdom",
    "scrapy",
    "slurp",
    "statuscake",
    "whatsapp",
];
/// A telephone.
const NO_ROBOT: &str = "cubot";

fn is_robot(user_agent: &str) -> bool {
    let mut words = user_agent.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        word != NO_ROBOT && (ENDINGS.iter().any(|end| word.ends_with(end)) || NAMES.contains(&word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(name: &'static str, value: &'static str) -> bool {
        Reader::of(&HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_static(value))]))
            .is_person()
    }

    #[test]
    fn robots_are_known_by_their_names() {
        for robot in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "ia_archiver",
            "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
            "UptimeRobot/2.0",
        ] {
            assert!(!by("user-agent", robot), "{robot}");
        }
    }

    #[test]
    fn people_and_servers_that_ask_for_them_read() {
        for person in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Mozilla/5.0 (Linux; Android 11; CUBOT KINGKONG 7) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36",
            "node",
            "Harbour Reader/3.1 (iOS 18.1)",
            "curl/8.9.1",
        ] {
            assert!(by("user-agent", person), "{person}");
        }
        assert!(Reader::default().is_person());
    }

    #[test]
    fn loading_ahead_is_not_reading() {
        assert!(
            !by("sec-purpose", "prefetch;prerender")
                && !by("purpose", "prefetch")
                && !by("x-moz", "prefetch")
        );
        assert!(by("sec-purpose", "something-else"));
    }
}

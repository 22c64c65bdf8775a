//! What publishers leave in their bodies for advertisers and social networks, and readers should not have to see.

/// Whole paragraphs that say only this, lower case, without punctuation around them.
const MARKERS: &[&str] = &[
    "advertisement",
    "advertisment",
    "advert",
    "ad",
    "ads",
    "sponsored",
    "sponsored content",
    "promoted",
    "paid content",
    "story continues below advertisement",
    "story continues below",
    "article continues below",
    "article continues after advertisement",
    "continue reading below",
    "continue reading the main story",
    "scroll to continue with content",
    "skip advertisement",
    "anzeige",
    "werbung",
    "publicité",
    "annonce",
    "publicidad",
    "anuncio",
    "pubblicità",
    "publicidade",
    "advertentie",
    "annons",
    "reklame",
    "reklama",
    "reklam",
    "реклама",
    "広告",
    "廣告",
    "广告",
    "광고",
    "إعلان",
    "اعلان",
    "פרסומת",
    "διαφήμιση",
    "mainos",
    "iklan",
];
/// Beginnings of short paragraphs that only point elsewhere.
const STUBS: &[&str] = &[
    "read more:",
    "read also:",
    "also read:",
    "see also:",
    "related:",
    "more on this story",
    "sign up for our newsletter",
    "sign up to our newsletter",
    "subscribe to our newsletter",
    "follow us on",
    "lesen sie auch:",
    "lire aussi",
    "à lire aussi",
    "lee también",
    "leggi anche",
    "lees ook:",
    "share this:",
    "share on facebook",
];
const STUB_CHARS: usize = 160;
/// The same in bytes, in any writing.
const LONGEST: usize = STUB_CHARS * 4;
/// Parts of class names and ids that only such blocks have.
pub(super) const BLOCKS: &[&str] = &[
    "feedflare",
    "sharedaddy",
    "share-links",
    "share-buttons",
    "social-share",
    "addtoany",
    "addthis",
    "advertisement",
    "ad-slot",
    "advert-",
    "sponsored-",
    "newsletter-signup",
    "outbrain",
    "taboola",
];
/// Hosts that only count, share or advertise.
const HOSTS: &[&str] = &[
    "doubleclick.net",
    "feedsportal.com",
    "feedburner.com",
    "pheedo.com",
    "googlesyndication.com",
    "googleadservices.com",
    "pixel.wp.com",
    "stats.wordpress.com",
    "b.scorecardresearch.com",
    "pixel.quantserve.com",
    "taboola.com",
    "outbrain.com",
    "adservice.google.com",
    "amazon-adsystem.com",
    "rss.buysellads.com",
    "da.feedsportal.com",
];

/// Whether a block's whole text is an advertising marker or a stub that only points elsewhere.
pub(super) fn is_marker(text: &str) -> bool {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() > LONGEST {
            return false; // of whole sections, only the beginning is read
        }
        line.push_str(word);
        line.push(' ');
    }
    let line = line.trim_end().to_lowercase();
    let bare = line.trim_matches(|c: char| !c.is_alphanumeric());
    if MARKERS.contains(&bare) {
        return true;
    }
    line.chars().count() <= STUB_CHARS && STUBS.iter().any(|stub| line.starts_with(stub))
}

/// Whether an address leads to a counter, a sharer or an advertiser.
pub(super) fn is_tracker(host: &str) -> bool {
    HOSTS
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_in_several_languages_and_nothing_else() {
        assert!(
            is_marker("— ADVERTISEMENT —")
                && is_marker("Werbung")
                && is_marker("إعلان")
                && is_marker("Read more: The tide tables")
        );
        assert!(!is_marker("The advertisement showed a boat.") && !is_marker(""));
        assert!(is_tracker("ad.doubleclick.net") && !is_tracker("notdoubleclick.net"));
    }
}

//! Addresses: canonical forms, and which publisher one belongs to.

use ::url::Url;

/// Parameters that say how somebody came, not where they are.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "wbraid",
    "gbraid",
    "msclkid",
    "twclid",
    "yclid",
    "ysclid",
    "igshid",
    "igsh",
    "ttclid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "vero_id",
    "vero_conv",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "s_cid",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "__hsfp",
    "hsctatracking",
    "ns_campaign",
    "ns_mchannel",
    "ns_source",
    "ns_linkname",
    "ns_fee",
    "cmp",
    "cmpid",
    "cmp_id",
    "ncid",
    "ocid",
    "icid",
    "itid",
    "smid",
    "smtyp",
    "sref",
    "spm",
    "srnd",
    "xtor",
    "at_medium",
    "at_campaign",
    "at_custom1",
    "at_custom2",
    "at_custom3",
    "at_custom4",
    "wt_mc",
    "wt.mc_id",
    "wtmc",
    "ito",
    "ftag",
    "taid",
    "partner",
    "fb_action_ids",
    "fb_action_types",
    "fb_source",
    "ga_source",
    "ga_medium",
    "ga_term",
    "ga_content",
    "ga_campaign",
    "_ga",
    "_gl",
    "mbid",
    "emc",
    "wprss",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "feedtype",
    "feedname",
];
/// As prefixes.
const TRACKING_PREFIXES: &[&str] = &["utm_", "utm;_", "pk_", "piwik_", "mtm_", "matomo_", "hsa_", "stm_"];
/// Tracking only with these values.
const TRACKING_VALUES: &[(&str, &[&str])] = &[
    ("ref", &["rss", "feed", "twitter", "facebook", "homepage"]),
    ("source", &["rss", "feed"]),
    ("from", &["rss", "feed"]),
    ("rss", &["1", "yes", "true", ""]),
    ("partner", &["rss", "feed"]),
];

/// The form in which an article's address is kept: http(s) only, no fragment (but `#!…`), no default port, no tracking
/// parameters; what remains keeps its order. None for other schemes.
pub fn canonical(url: &Url) -> Option<Url> {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    let mut url = url.clone();
    if !url.fragment().is_some_and(|fragment| fragment.starts_with('!')) {
        url.set_fragment(None);
    }
    drop_tracking(&mut url);
    // Credentials are the reader's own, never part of an article's address.
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// Drops the parameters that say how somebody came; what remains keeps its order.
pub(super) fn drop_tracking(url: &mut Url) {
    let Some(query) = url.query().map(ToOwned::to_owned) else { return };
    if query.split('&').any(is_tracking) {
        let kept: Vec<&str> =
            query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
        url.set_query(Some(kept.join("&").as_str()).filter(|query| !query.is_empty()));
    }
}

fn is_tracking(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let (name, value) = (name.trim_start_matches("amp;").to_ascii_lowercase(), value.to_ascii_lowercase());
    TRACKING.contains(&name.as_str())
        || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || TRACKING_VALUES.iter().any(|(known, values)| *known == name && values.contains(&value.as_str()))
}

/// The host without `www.`, for naming a source that has no title.
pub fn site_name(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(host.trim_start_matches("www.").to_owned())
}

/// What is the same for all addresses of one publisher: the host without what its variants put before it. Where one host
/// carries many publishers (a blog service), the host alone is still all that an address tells.
pub fn publisher_key(url: &Url) -> Option<String> {
    const VARIANTS: &[&str] =
        &["www.", "www1.", "www2.", "m.", "mobile.", "amp.", "feeds.", "feed.", "rss.", "newsrss."];
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let mut host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    while let Some(rest) =
        VARIANTS.iter().find_map(|variant| host.strip_prefix(variant)).filter(|rest| rest.contains('.'))
    {
        host = rest.to_owned();
    }
    Some(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical_text(text: &str) -> Option<String> {
        canonical(&text.parse().unwrap()).map(|url| url.to_string())
    }

    proptest! {
        #[test]
        fn a_canonical_address_is_its_own(path in "[a-z/]{0,20}", query in "([a-z_]{1,12}=[a-z0-9]{0,5}&?){0,5}") {
            let url: Url = format!("https://news.example/{path}?{query}#part").parse().unwrap();
            let once = canonical(&url).unwrap();
            prop_assert_eq!(canonical(&once), Some(once.clone()));
        }
    }

    #[test]
    fn tracking_goes_and_meaning_stays() {
        let given = "HTTPS://News.Example:443/a?id=7&utm_source=rss&fbclid=x&page=2&ref=rss#comments";
        assert_eq!(canonical_text(given).as_deref(), Some("https://news.example/a?id=7&page=2"));
        assert_eq!(
            canonical_text("https://news.example/a?ref=chapter").as_deref(),
            Some("https://news.example/a?ref=chapter")
        );
        assert_eq!(
            canonical_text("https://news.example/a?utm_source=x").as_deref(),
            Some("https://news.example/a")
        );
        assert_eq!(canonical_text("https://news.example/#!/a").as_deref(), Some("https://news.example/#!/a"));
        assert_eq!(canonical_text("mailto:a@b.example"), None);
    }

    #[test]
    fn variants_of_a_host_are_one_publisher() {
        let key = |text: &str| publisher_key(&text.parse().unwrap()).unwrap();
        assert_eq!(key("https://feeds.news.example/rss"), key("http://www.news.example/"));
        assert_eq!(key("https://m.com/"), "m.com");
    }
}

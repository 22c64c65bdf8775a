//! Addresses as `url:` looks for them.

use url::Url;

/// No more of an address is looked at, in bytes.
const LONGEST: usize = 400;

/// An http(s) address without what does not tell one page from another: scheme, `www.`, port, user and fragment.
pub(crate) struct Address {
    host: String,
    rest: String,
}

impl Address {
    /// Reads a whole address.
    pub(crate) fn read(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let host = bare(url.host_str()?).to_owned();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(Self { host, rest: format!("{}{query}", url.path()) })
    }

    /// Reads an address, or the beginning of one, as a query has it: with or without its scheme.
    pub(crate) fn sought(text: &str) -> Option<Self> {
        let scheme = if text.contains("://") { "" } else { "https://" };
        let address = Self::read(&format!("{scheme}{text}"))?;
        address.host.contains('.').then_some(address)
    }

    /// Its host and the hosts that this is a subdomain of, down to two labels.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let starts = self.host.match_indices('.').map(|(at, _)| at + 1);
        let hosts = std::iter::once(0).chain(starts).filter_map(|start| self.host.get(start..));
        hosts.filter(|host| host.contains('.') || *host == self.host)
    }

    /// Its host.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        super::schema::beginning(&self.rest, LONGEST)
    }

    /// Host, path and query, of which a beginning may be looked for.
    pub(crate) fn key(&self) -> String {
        let key = format!("{}{}", self.host, self.rest);
        super::schema::beginning(&key, LONGEST).to_owned()
    }

    /// Whether it names a host only.
    pub(crate) fn is_host(&self) -> bool {
        self.rest == "/"
    }
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_under_its_hosts() {
        let address = Address::read("https://www.news.example.co.uk:8443/World/a?b=1#c").unwrap();
        assert_eq!(address.key(), "news.example.co.uk/World/a?b=1");
        assert_eq!(address.hosts().collect::<Vec<_>>(), ["news.example.co.uk", "example.co.uk", "co.uk"]);
    }

    #[test]
    fn a_query_may_leave_out_the_scheme() {
        assert_eq!(Address::sought("www.Example.com/news").unwrap().key(), "example.com/news");
        assert!(Address::sought("example.com").unwrap().is_host());
        assert!(Address::sought("election").is_none());
    }
}

//! The one client for addresses from outside: feeds today; pages, images, webhooks and keys later.
//!
//! It dials the address that it checked: names are resolved here, every answer is checked, and only checked answers are
//! handed to the connection. Redirects are followed by hand, each checked anew. Time and size are bounded, after
//! decompression too.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use broadsheet_domain::source::fault::Fault;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap};
use reqwest::{StatusCode, redirect};
use url::Url;

mod address;

/// How outside addresses are fetched.
#[derive(Clone, Debug)]
pub struct OutboundSettings {
    /// How publishers can reach the operator; part of the User-Agent.
    pub user_agent_contact: Option<String>,
    /// Networks outside the public Internet that may be reached.
    pub allow_private: Vec<IpNet>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// From the first byte sent to the last received, redirects included.
    pub total_timeout: Duration,
    /// Without a byte received.
    pub read_timeout: Duration,
    /// Bytes of a body, decompressed.
    pub max_bytes: u64,
    /// Redirects followed.
    pub max_redirects: usize,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            user_agent_contact: None,
            allow_private: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(20),
            max_bytes: 16 * 1024 * 1024,
            max_redirects: 5,
        }
    }
}

/// What to fetch, and what of it is known.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// From where.
    pub url: Url,
    /// The `Accept` header.
    pub accept: &'static str,
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// When a server wants to be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u64),
    /// At a moment.
    At(DateTime<Utc>),
}

/// What an answer says of itself.
#[derive(Clone, Debug, Default)]
pub struct FetchHeaders {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
    /// `Cache-Control: max-age`; zero for `no-cache` and `no-store`.
    pub max_age: Option<Duration>,
    /// `Expires`
    pub expires: Option<DateTime<Utc>>,
    /// `Retry-After`
    pub retry_after: Option<RetryAfter>,
}

/// An answer.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, taken apart at once")]
pub enum Fetched {
    /// 304.
    NotModified {
        /// What it says of itself.
        headers: FetchHeaders,
    },
    /// 200, with its body.
    Body {
        /// The body, decompressed.
        bytes: Bytes,
        /// `Content-Type`
        content_type: Option<String>,
        /// Where it came from after redirects.
        final_url: Url,
        /// Where it has moved for good: every redirect on the way was permanent.
        permanent_redirect_to: Option<Url>,
        /// What it says of itself.
        headers: FetchHeaders,
    },
    /// Anything else.
    Status {
        /// Which.
        status: u16,
        /// What it says of itself.
        headers: FetchHeaders,
    },
}

/// Why nothing was fetched. Each is one plain sentence and names no more than the host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not an address that can be fetched.
    #[error("only http and https addresses without a user name or password can be fetched")]
    BadUrl,
    /// The host is, or resolves to, an address that is not on the public Internet.
    #[error("{0} is not on the public Internet; if it is meant, allow its network in `intake.allow_private`")]
    ForbiddenAddress(String),
    /// The name cannot be resolved.
    #[error("the name {0} cannot be resolved")]
    Dns(String),
    /// No connection, or it broke.
    #[error("{0} cannot be reached, or broke the connection off")]
    Connect(String),
    /// Too slow.
    #[error("{0} took too long")]
    Timeout(String),
    /// Too large.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// Redirected in a circle, or too often.
    #[error("{0} redirects in a circle, or too often")]
    Redirects(String),
    /// The client itself could not be made.
    #[error("the outbound client could not be made: {0}")]
    Client(String),
}

impl OutboundError {
    /// What kind of trouble with a feed it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::BadUrl | Self::ForbiddenAddress(_) => Fault::Address,
            Self::Dns(_) => Fault::Name,
            Self::Connect(_) | Self::Client(_) => Fault::Connection,
            Self::Timeout(_) => Fault::Timeout,
            Self::TooLarge(_) => Fault::TooLarge,
            Self::Redirects(_) => Fault::Redirects,
        }
    }
}

/// The client.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    settings: Arc<OutboundSettings>,
}

impl Outbound {
    /// A client with these bounds.
    pub fn new(settings: OutboundSettings) -> Result<Self, OutboundError> {
        let contact = settings
            .user_agent_contact
            .as_deref()
            .map(|contact| format!(" (+{contact})"))
            .unwrap_or_default();
        let settings = Arc::new(settings);
        let client = reqwest::Client::builder()
            .user_agent(format!("Broadsheet/{}{contact}", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .dns_resolver(CheckedNames(Arc::clone(&settings)))
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .no_proxy()
            .referer(false)
            .build()
            .map_err(|error| OutboundError::Client(error.to_string()))?;
        Ok(Self { client, settings })
    }

    /// Fetches, conditionally where something is known, following redirects.
    pub async fn get(&self, request: &FetchRequest) -> Result<Fetched, OutboundError> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let fetched = tokio::time::timeout(self.settings.total_timeout, self.follow(request)).await;
        fetched.unwrap_or_else(|_elapsed| Err(OutboundError::Timeout(host)))
    }

    async fn follow(&self, request: &FetchRequest) -> Result<Fetched, OutboundError> {
        let (mut url, mut permanent, mut seen) = (request.url.clone(), true, HashSet::new());
        for hop in 0..=self.settings.max_redirects {
            let host = url.host_str().unwrap_or_default().to_owned();
            if !seen.insert(url.clone()) {
                return Err(OutboundError::Redirects(host));
            }
            let response = self.send(request, &url, &host).await?;
            let target = redirect_target(&response, &url);
            let Some((target, for_good)) = target else {
                let moved = Some(url.clone()).filter(|_| hop > 0 && permanent);
                return self.answer(response, url, moved, &host).await;
            };
            permanent &= for_good;
            url = target;
        }
        Err(OutboundError::Redirects(url.host_str().unwrap_or_default().to_owned()))
    }

    async fn send(
        &self,
        request: &FetchRequest,
        url: &Url,
        host: &str,
    ) -> Result<reqwest::Response, OutboundError> {
        self.check(url)?;
        let mut get = self.client.get(url.clone()).header(header::ACCEPT, request.accept);
        if let Some(etag) = &request.etag {
            get = get.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(moment) = &request.last_modified {
            get = get.header(header::IF_MODIFIED_SINCE, moment);
        }
        get.send().await.map_err(|error| classify(&error, host))
    }

    /// Hosts that are addresses themselves never reach the resolver, so they are checked here. (`url` has already read
    /// decimal, octal and hexadecimal forms as the addresses that they are.)
    fn check(&self, url: &Url) -> Result<(), OutboundError> {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(OutboundError::BadUrl);
        }
        let literal = match url.host() {
            Some(url::Host::Ipv4(address)) => IpAddr::V4(address),
            Some(url::Host::Ipv6(address)) => IpAddr::V6(address),
            Some(url::Host::Domain(_)) => return Ok(()),
            None => return Err(OutboundError::BadUrl),
        };
        if address::may_be_dialled(literal, &self.settings.allow_private) {
            return Ok(());
        }
        Err(OutboundError::ForbiddenAddress(url.host_str().unwrap_or_default().to_owned()))
    }

    async fn answer(
        &self,
        response: reqwest::Response,
        url: Url,
        moved: Option<Url>,
        host: &str,
    ) -> Result<Fetched, OutboundError> {
        let headers = read_headers(response.headers());
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Fetched::NotModified { headers }),
            StatusCode::OK => {
                let content_type = text(response.headers(), &header::CONTENT_TYPE);
                let bytes = self.body(response, host).await?;
                Ok(Fetched::Body {
                    bytes,
                    content_type,
                    final_url: url,
                    permanent_redirect_to: moved,
                    headers,
                })
            }
            status => Ok(Fetched::Status { status: status.as_u16(), headers }),
        }
    }

    /// The body as it comes, cut where it gets too large: what a bomb unpacks to is never held.
    async fn body(&self, response: reqwest::Response, host: &str) -> Result<Bytes, OutboundError> {
        let most = self.settings.max_bytes;
        let mut stream = response.bytes_stream();
        let mut body = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| classify(&error, host))?;
            let length = body.len().saturating_add(chunk.len());
            if u64::try_from(length).is_ok_and(|length| length > most) {
                return Err(OutboundError::TooLarge(most));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// Where a redirect leads, and whether for good.
fn redirect_target(response: &reqwest::Response, from: &Url) -> Option<(Url, bool)> {
    let for_good = match response.status().as_u16() {
        301 | 308 => true,
        302 | 303 | 307 => false,
        _ => return None,
    };
    let target = from.join(&text(response.headers(), &header::LOCATION)?).ok()?;
    Some((target, for_good))
}

fn classify(error: &reqwest::Error, host: &str) -> OutboundError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(refused) = current.downcast_ref::<OutboundError>() {
            return refused.clone();
        }
        cause = current.source();
    }
    if error.is_timeout() {
        OutboundError::Timeout(host.to_owned())
    } else {
        OutboundError::Connect(host.to_owned())
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.with_timezone(&Utc))
}

fn read_headers(headers: &HeaderMap) -> FetchHeaders {
    let directives = text(headers, &header::CACHE_CONTROL).unwrap_or_default().to_lowercase();
    let directive = |name: &str| {
        directives.split(',').map(str::trim).find_map(|part| part.strip_prefix(name)).map(ToOwned::to_owned)
    };
    let stale = directive("no-cache").or_else(|| directive("no-store")).map(|_| Duration::ZERO);
    let max_age =
        directive("max-age=").and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    let retry = text(headers, &header::RETRY_AFTER);
    let retry_after = retry.and_then(|retry| {
        let seconds = retry.trim().parse().ok().map(RetryAfter::Seconds);
        seconds.or_else(|| http_date(&retry).map(RetryAfter::At))
    });
    FetchHeaders {
        etag: text(headers, &header::ETAG),
        last_modified: text(headers, &header::LAST_MODIFIED),
        max_age: stale.or(max_age),
        expires: text(headers, &header::EXPIRES).and_then(|text| http_date(&text)),
        retry_after,
    }
}

/// Resolves names and hands on only addresses that may be dialled.
struct CheckedNames(Arc<OutboundSettings>);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let settings = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let looked_up = tokio::net::lookup_host((host.as_str(), 0)).await.map(Iterator::collect);
            let Ok(found) = looked_up else { return Err(OutboundError::Dns(host).into()) };
            let found: Vec<SocketAddr> = found;
            let allowed =
                found.iter().all(|found| address::may_be_dialled(found.ip(), &settings.allow_private));
            // One answer inside makes all of them suspicious: a name that leads both ways is not for us.
            if found.is_empty() || !allowed {
                return Err(OutboundError::ForbiddenAddress(host).into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests;

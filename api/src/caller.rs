//! The one door: turns a bearer token into a viewer, for REST, GraphQL over HTTP, server-sent events and `WebSockets`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::Error;
use broadsheet_domain::{Newsroom, Viewer};
use ipnet::IpNet;

use crate::App;
use crate::problem::Refusal;
use crate::tokens::Tokens;

/// Who calls, until when.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// When the token that said so expires; none for those without one.
    pub expires_at: Option<Timestamp>,
}

/// Recognises callers.
#[derive(Clone)]
pub struct Door {
    newsroom: Newsroom,
    tokens: Arc<Tokens>,
    trusted_proxies: Arc<[IpNet]>,
}

impl Door {
    /// A door for this newsroom. Only `trusted_proxies` are believed when they say whom they forward.
    pub fn new(newsroom: Newsroom, tokens: Arc<Tokens>, trusted_proxies: Vec<IpNet>) -> Self {
        Self { newsroom, tokens, trusted_proxies: trusted_proxies.into() }
    }

    /// Who sent a request. No token: anonymous. A bad one is refused, also where none is needed.
    pub async fn from_headers(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Result<Caller, Error> {
        let address = self.address(headers, peer);
        match headers.get(header::AUTHORIZATION) {
            None => Ok(Caller { viewer: Viewer::Anonymous { address }, expires_at: None }),
            Some(value) => self.bearer(value.to_str().unwrap_or_default(), address).await,
        }
    }

    /// Who opened a WebSocket: the token stands in the first message, `{"Authorization": "Bearer …"}`, or in the
    /// headers of the request that opened it.
    pub async fn from_init(
        &self,
        payload: Option<&serde_json::Map<String, serde_json::Value>>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<Caller, Error> {
        let said = payload.and_then(|payload| {
            ["Authorization", "authorization", "token"].iter().find_map(|key| payload.get(*key))
        });
        match said {
            None | Some(serde_json::Value::Null) => self.from_headers(headers, peer).await,
            Some(value) => self.bearer(value.as_str().unwrap_or_default(), self.address(headers, peer)).await,
        }
    }

    async fn bearer(&self, value: &str, address: Option<IpAddr>) -> Result<Caller, Error> {
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => "",
            None => value,
        };
        let bearer = self.tokens.verify(token, self.newsroom.now())?;
        let anonymous = Viewer::Anonymous { address };
        let viewer = self.newsroom.accounts(&anonymous).who(bearer.account, Some(bearer.session)).await?;
        Ok(Caller { viewer, expires_at: Some(bearer.expires_at) })
    }

    /// The client's address: the peer's, or what a trusted proxy says, read from the right up to the first address that
    /// is not itself a trusted proxy.
    fn address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.trusted_proxies.iter().any(|net| net.contains(address));
        let peer = peer.map(|peer| peer.ip().to_canonical())?;
        if !trusted(&peer) {
            return Some(peer);
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> =
            forwarded.flat_map(|value| value.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
        Some(hops.iter().rev().find(|hop| !trusted(hop)).copied().unwrap_or(peer))
    }
}

/// The caller of a REST operation.
impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        Ok(app.door.from_headers(&parts.headers, peer).await?)
    }
}

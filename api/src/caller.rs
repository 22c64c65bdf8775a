//! The one door: turns a bearer token into a viewer, for REST, GraphQL over HTTP, server-sent events and `WebSockets`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::Error;
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::{Newsroom, Viewer};
use ipnet::IpNet;
use tokio::sync::broadcast::error::RecvError;

use crate::App;
use crate::problem::{Refusal, log_internal};
use crate::reading::Reader;
use crate::tokens::Tokens;

/// Who calls, until when.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// When the token that said so expires; none for those without one.
    pub expires_at: Option<Timestamp>,
    /// What the request says of who sends it, where reading counts.
    pub reader: Reader,
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
        match headers.get(header::AUTHORIZATION) {
            None => {
                let (address, reader) = (self.address(headers, peer), Reader::of(headers));
                Ok(Caller { viewer: Viewer::Anonymous { address }, expires_at: None, reader })
            }
            Some(value) => self.bearer(value.to_str().unwrap_or_default(), headers, peer).await,
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
            Some(value) => self.bearer(value.as_str().unwrap_or_default(), headers, peer).await,
        }
    }

    async fn bearer(
        &self,
        value: &str,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> Result<Caller, Error> {
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => "",
            None => value,
        };
        let bearer = self.tokens.verify(token, self.newsroom.now())?;
        let anonymous = Viewer::Anonymous { address: self.address(headers, peer) };
        let viewer = self.newsroom.accounts(&anonymous).who(bearer.account, Some(bearer.session)).await?;
        Ok(Caller { viewer, expires_at: Some(bearer.expires_at), reader: Reader::of(headers) })
    }

    /// How long the caller's token is still good; none for those without one.
    pub fn expires_in(&self, caller: &Caller) -> Option<Duration> {
        let left = caller.expires_at?.millis().saturating_sub(self.newsroom.now().millis());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
    }

    /// Refuses a caller who no longer is who they were when they came: banned, signed out, trusted with something else.
    pub async fn recheck(&self, caller: &Caller) -> Result<(), Error> {
        let Viewer::Account { who, .. } = &caller.viewer else { return Ok(()) };
        let anonymous = Viewer::anonymous();
        let now = self.newsroom.accounts(&anonymous).who(who.account, who.session).await?;
        match now {
            Viewer::Account { who: known, .. } if known.role == who.role => Ok(()),
            _ => {
                let message = "What this account may do has changed: connect again.";
                Err(Error::Unauthenticated { code: "token_revoked", message })
            }
        }
    }

    /// Completes when [`recheck`](Self::recheck) would refuse the caller; told by the log, so at once.
    pub async fn until_gone(self, caller: Caller) {
        let Some(account) = caller.viewer.account() else { return std::future::pending().await };
        let mut changes = self.newsroom.log().subscribe();
        loop {
            let concerned = match changes.recv().await {
                Ok(change) => change.subject == account.uuid(),
                Err(RecvError::Lagged(_)) => true,
                Err(RecvError::Closed) => return,
            };
            if !concerned {
                continue;
            }
            match self.recheck(&caller).await {
                Ok(()) => {}
                Err(Error::Internal(fault)) => log_internal(&Error::Internal(fault)), // no reason to doubt the caller
                Err(_) => return,
            }
        }
    }

    /// The client's address: the peer's, or what a trusted proxy says, read from the right up to the first address that
    /// is not itself a trusted proxy.
    pub fn address(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.trusted_proxies.iter().any(|net| net.contains(address));
        let peer = peer.map(|peer| peer.ip().to_canonical())?;
        if !trusted(&peer) {
            return Some(peer);
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        // Read up to the first hop that is no address: what stands before it may be anybody's invention.
        let hops: Vec<Option<IpAddr>> =
            forwarded.flat_map(|value| value.split(',')).map(|hop| hop.trim().parse().ok()).collect();
        Some(hops.into_iter().rev().map_while(|hop| hop).find(|hop| !trusted(hop)).unwrap_or(peer))
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

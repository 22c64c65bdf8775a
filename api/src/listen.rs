//! Our own accept loop: `axum::serve` cuts no slow client. Here headers, bodies, idling and writing have deadlines,
//! addresses have a cap, and a drain lets requests in flight finish.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use broadsheet_domain::policy::network_of;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower::ServiceExt as _;

mod deadline;

use deadline::{Activity, TimedBody, TimedStream};

pub use deadline::Unhurried;

/// Deadlines and caps of connections.
#[derive(Clone, Debug)]
pub struct ListenSettings {
    /// For the whole head of a request.
    pub header_timeout: Duration,
    /// For the whole body of a request.
    pub body_timeout: Duration,
    /// Between requests.
    pub idle_timeout: Duration,
    /// Without a byte of the answer taken.
    pub write_timeout: Duration,
    /// In all.
    pub max_connections: usize,
    /// From one address; of IPv6 from one /64.
    pub max_connections_per_address: usize,
    /// For requests in flight when told to stop.
    pub drain_timeout: Duration,
}

impl Default for ListenSettings {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            max_connections_per_address: 256,
            drain_timeout: Duration::from_secs(20),
        }
    }
}

/// In each request's extensions: cancelled when the server drains, so that long answers can end cleanly.
#[derive(Clone, Debug)]
pub struct Draining(pub CancellationToken);

/// In each request's extensions: the connection's place among those that are counted, and waited for. What goes on after
/// the connection was upgraded keeps it.
#[derive(Clone)]
pub struct Seat {
    _taken: Arc<(Place, TaskTrackerToken)>,
}

/// Serves until `shutdown` completes, then drains: accepts no more, lets requests in flight finish, closes.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    settings: ListenSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (draining, connections, census) =
        (CancellationToken::new(), TaskTracker::new(), Arc::new(Census::default()));
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = census.admit(peer.ip(), &settings) else {
                    tracing::debug!("a connection over the cap was closed");
                    continue;
                };
                let seat = Seat { _taken: Arc::new((place, connections.token())) };
                let serve =
                    serve_connection(stream, peer, app.clone(), settings.clone(), draining.clone(), seat);
                tokio::spawn(serve);
            }
            Err(error) => {
                // Out of descriptors, or a client that left at once: neither ends the server.
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    draining.cancel();
    connections.close();
    if tokio::time::timeout(settings.drain_timeout, connections.wait()).await.is_err() {
        tracing::warn!("requests were still in flight when the drain ended");
    }
    Ok(())
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    settings: ListenSettings,
    draining: CancellationToken,
    seat: Seat,
) {
    let _ = stream.set_nodelay(true); // a refusal only costs latency
    let activity = Activity::default();
    let in_flight = activity.clone();
    let (signal, body_timeout) = (draining.clone(), settings.body_timeout);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let guard = in_flight.begin();
        let unhurried = Unhurried::default();
        let timed = |body| TimedBody::new(body, body_timeout, unhurried.clone());
        let mut request = request.map(|body| axum::body::Body::new(timed(body)));
        request.extensions_mut().insert(unhurried);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(Draining(signal.clone()));
        request.extensions_mut().insert(seat.clone());
        let answer = app.clone().oneshot(request);
        async move { answer.await.map(|response| response.map(|body| guard.attach(body))) }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(settings.header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.idle_timeout)
        .keep_alive_timeout(settings.write_timeout);
    let io = TokioIo::new(TimedStream::new(stream, settings.write_timeout));
    let connection = builder.serve_connection_with_upgrades(io, service);
    tokio::pin!(connection);
    let idle = activity.idle_for(settings.idle_timeout.max(settings.header_timeout));
    tokio::pin!(idle);
    let mut asked_to_end = false;
    loop {
        tokio::select! {
            _ = &mut connection => return, // a client's broken connection is its own affair
            () = draining.cancelled(), if !asked_to_end => asked_to_end = true,
            () = &mut idle, if !asked_to_end => asked_to_end = true,
        }
        connection.as_mut().graceful_shutdown();
        if activity.is_idle() {
            // Nothing is being answered: what remains is a client that says nothing.
            let _ = tokio::time::timeout(Duration::from_millis(100), &mut connection).await;
            return;
        }
    }
}

/// Who is connected, how often.
#[derive(Default)]
struct Census(Mutex<(usize, HashMap<IpAddr, usize>)>);

/// A connection's place; given back when dropped.
struct Place {
    census: Arc<Census>,
    network: IpAddr,
}

impl Census {
    fn admit(self: &Arc<Self>, address: IpAddr, settings: &ListenSettings) -> Option<Place> {
        let network = network_of(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, by_network) = &mut *counts;
        let here = by_network.get(&network).copied().unwrap_or_default();
        if *total >= settings.max_connections || here >= settings.max_connections_per_address {
            return None;
        }
        by_network.insert(network, here + 1);
        *total += 1;
        Some(Place { census: Arc::clone(self), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.census.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, by_network) = &mut *counts;
        *total = total.saturating_sub(1);
        if let Some(here) = by_network.get_mut(&self.network) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                by_network.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests;

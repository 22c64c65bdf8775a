//! `broadsheet serve`: the router on a socket, the workers beside it, and a drain when it is told to stop.

use std::future::Future;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::{App, StartError, listen, router, workers};

/// Serves on a listener until `shutdown` completes: requests in flight finish, sockets close cleanly, then the workers
/// end and the database is closed.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let stop = CancellationToken::new();
    let workers = TaskTracker::new();
    workers.spawn(workers::follow_log(app.newsroom.clone(), stop.clone()));
    workers.spawn(workers::tidy(app.newsroom.clone(), stop.clone()));
    if app.config.stories.find {
        workers.spawn(workers::follow_stories(app.newsroom.clone(), stop.clone()));
    }
    if app.config.search.index {
        workers.spawn(workers::follow_search(app.clone(), stop.clone()));
    }
    workers.spawn(workers::write_reads(app.newsroom.clone(), stop.clone()));
    workers.spawn(workers::release(app.newsroom.clone(), stop.clone()));
    workers.spawn(workers::settle_topics(app.newsroom.clone(), stop.clone()));
    if app.config.intake.poll {
        workers.spawn(workers::poll_feeds(app.clone(), stop.clone()));
    }
    let served = listen::serve(listener, router::router(&app), app.config.listen(), shutdown).await;
    stop.cancel();
    workers.close();
    workers.wait().await;
    app.newsroom.close().await?;
    served.map_err(|error| StartError::Io("the listener failed".to_owned(), error))
}

/// Completes when the process is told to stop: SIGTERM, or Ctrl-C.
pub async fn told_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("told to stop; draining");
}

//! Prometheus metrics. One recorder a process.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use broadsheet_domain::reads::Written;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The process's recorder; made at the first call.
fn recorder() -> Option<&'static PrometheusHandle> {
    let make = || {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
        let handle = builder.install_recorder().ok()?;
        describe();
        Some(handle)
    };
    RECORDER.get_or_init(make).as_ref()
}

/// Starts recording.
pub fn install() {
    if recorder().is_none() {
        tracing::warn!("metrics are not recorded: another recorder is in place");
    }
}

fn describe() {
    metrics::describe_counter!(
        "broadsheet_http_requests_total",
        "Requests answered, by method, route and status"
    );
    metrics::describe_histogram!(
        "broadsheet_http_request_seconds",
        metrics::Unit::Seconds,
        "Time to the answer's head"
    );
    metrics::describe_counter!("broadsheet_feed_fetches_total", "Feeds fetched, by outcome");
    metrics::describe_counter!(
        "broadsheet_reads_total",
        "Reads of articles, written or lost for want of room"
    );
    metrics::describe_counter!(
        "broadsheet_articles_ingested_total",
        "Entries taken in, by what became of them"
    );
}

/// Counts a request.
pub fn request(method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
    let (method, route) = (method.as_str().to_owned(), route.to_owned());
    metrics::counter!("broadsheet_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.as_str().to_owned()).increment(1);
    metrics::histogram!("broadsheet_http_request_seconds", "method" => method, "route" => route)
        .record(elapsed.as_secs_f64());
}

/// Counts a fetched feed.
pub fn feed_fetched(outcome: &'static str) {
    metrics::counter!("broadsheet_feed_fetches_total", "outcome" => outcome).increment(1);
}

/// Counts entries taken in.
pub fn ingested(report: &broadsheet_domain::article::ingest::Ingested) {
    let count = |what: &'static str, many: usize| {
        metrics::counter!("broadsheet_articles_ingested_total", "outcome" => what)
            .increment(u64::try_from(many).unwrap_or(0));
    };
    count("new", report.new.len());
    count("updated", report.updated.len());
    count("unchanged", report.unchanged);
    count("refused", report.refused.len());
}

/// Counts reads that were written, and those for which there was no room.
pub fn reads(written: Written) {
    metrics::counter!("broadsheet_reads_total", "outcome" => "written").increment(written.reads);
    metrics::counter!("broadsheet_reads_total", "outcome" => "lost").increment(written.lost);
}

/// The text form that Prometheus reads.
pub async fn render() -> impl IntoResponse {
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    std::future::ready(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)).await
}

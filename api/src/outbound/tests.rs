//! The client against real servers on the loopback.

use std::io::Write as _;

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap as AxumHeaders;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tokio::net::TcpListener;

use super::*;

async fn server(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn client(max_bytes: u64) -> Outbound {
    let settings = OutboundSettings {
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        max_bytes,
        total_timeout: Duration::from_millis(800),
        read_timeout: Duration::from_millis(300),
        ..OutboundSettings::default()
    };
    Outbound::new(settings).unwrap()
}

fn request(url: &str) -> FetchRequest {
    FetchRequest {
        url: url.parse().unwrap(),
        accept: "*/*",
        etag: Some("\"a\"".to_owned()),
        last_modified: None,
    }
}

#[tokio::test]
async fn addresses_inside_are_refused_in_every_form() {
    let outbound = Outbound::new(OutboundSettings::default()).unwrap();
    for url in [
        "http://127.0.0.1:1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
        "http://0177.0.0.1/",
    ] {
        let error = outbound.get(&request(url)).await.unwrap_err();
        assert!(matches!(error, OutboundError::ForbiddenAddress(_)), "{url}: {error}");
    }
    assert_eq!(
        outbound.get(&request("http://me:secret@example.org/")).await.unwrap_err(),
        OutboundError::BadUrl
    );
    assert_eq!(outbound.get(&request("ftp://example.org/")).await.unwrap_err(), OutboundError::BadUrl);
}

#[tokio::test]
async fn redirects_are_checked_anew_and_circles_end() {
    let routes = Router::new()
        .route("/inside", get(|| async { Redirect::permanent("http://10.0.0.1/") }))
        .route("/circle", get(|| async { Redirect::temporary("/circle") }))
        .route("/moved", get(|| async { Redirect::permanent("/there") }))
        .route("/there", get(|| async { "here" }));
    let origin = server(routes).await;
    let outbound = client(1_000);
    let inside = outbound.get(&request(&format!("{origin}/inside"))).await.unwrap_err();
    assert!(matches!(inside, OutboundError::ForbiddenAddress(_)));
    assert!(matches!(
        outbound.get(&request(&format!("{origin}/circle"))).await.unwrap_err(),
        OutboundError::Redirects(_)
    ));
    let Fetched::Body { permanent_redirect_to, .. } =
        outbound.get(&request(&format!("{origin}/moved"))).await.unwrap()
    else {
        panic!("no body")
    };
    assert_eq!(permanent_redirect_to.unwrap().path(), "/there");
}

#[tokio::test]
async fn bombs_are_cut_and_drips_time_out() {
    let bomb = || async {
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zipped.write_all(&vec![b' '; 5_000_000]).unwrap();
        ([("content-encoding", "gzip")], zipped.finish().unwrap())
    };
    let drip = || async {
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Some((Ok::<_, std::io::Error>("x"), ()))
        });
        Body::from_stream(drops).into_response()
    };
    let origin = server(Router::new().route("/bomb", get(bomb)).route("/drip", get(drip))).await;
    let outbound = client(100_000);
    assert_eq!(
        outbound.get(&request(&format!("{origin}/bomb"))).await.unwrap_err(),
        OutboundError::TooLarge(100_000)
    );
    assert!(matches!(
        outbound.get(&request(&format!("{origin}/drip"))).await.unwrap_err(),
        OutboundError::Timeout(_)
    ));
}

#[tokio::test]
async fn conditional_requests_and_what_answers_say() {
    let page = |headers: AxumHeaders| async move {
        let known = headers.get("if-none-match").is_some_and(|tag| tag == "\"a\"");
        let status = if known { 304 } else { 200 };
        (
            StatusCode::from_u16(status).unwrap(),
            [("cache-control", "public, max-age=120"), ("retry-after", "60")],
        )
    };
    let origin = server(Router::new().route("/", get(page))).await;
    let Fetched::NotModified { headers } = client(1_000).get(&request(&origin)).await.unwrap() else {
        panic!("not 304")
    };
    assert_eq!(
        (headers.max_age, headers.retry_after),
        (Some(Duration::from_secs(120)), Some(RetryAfter::Seconds(60)))
    );
}

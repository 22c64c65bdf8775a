//! `serve`.

use broadsheet_domain::article::{Article, ArticleFilter, ArticleSort};
use broadsheet_domain::page::PageRequest;
use tokio::net::TcpListener;

use super::{CommandError, open};
use crate::App;
use crate::config::Config;

/// Serves until told to stop, with a demo edition first if asked for.
pub async fn serve(mut config: Config, demo: bool) -> Result<(), CommandError> {
    let refused = |error| CommandError::Io(format!("cannot listen on {}", config.server.listen), error);
    let listener = TcpListener::bind(config.server.listen).await.map_err(refused)?;
    // Port 0 is any free port: what is told to people and put into tokens is the one that was found.
    if let Ok(address) = listener.local_addr() {
        config.server.listen = address;
    }
    crate::metrics::install();
    let app = open(config).await?;
    if demo {
        crate::demo::take_in(&app).await?;
    }
    greet(&app, demo).await?;
    crate::serve::serve(app, listener, crate::serve::told_to_stop()).await?;
    println!("Stopped. Everything is kept.");
    Ok(())
}

/// Says where to go.
async fn greet(app: &App, demo: bool) -> Result<(), CommandError> {
    let origin = app.config.public_url();
    let anyone = broadsheet_domain::Viewer::anonymous();
    let first = app
        .newsroom
        .articles(&anyone)
        .list(&ArticleFilter::default(), ArticleSort::default(), &PageRequest::first(50))
        .await?;
    println!("Broadsheet serves at {origin}, and keeps everything in {}.", app.config.data_dir.display());
    println!();
    println!("  API reference   {origin}/docs");
    println!("  GraphiQL        {origin}/graphiql");
    println!("  Newest news     curl '{origin}/v1/articles?limit=3'");
    let example = serde_json::json!({ "query": crate::router::EXAMPLE });
    println!("  By GraphQL      curl {origin}/graphql -H 'content-type: application/json' \\");
    println!("                    -d '{example}'");
    // The one with most to show.
    let shows = |article: &&Article| (article.record.comment_count > 0, article.record.media.len());
    if let Some(article) = first.nodes().max_by_key(shows) {
        let slug = &article.record.slug;
        println!("  A whole page    curl '{origin}/v1/articles/{slug}?include=body,media,topics,comments'");
    } else {
        println!();
        println!(
            "There is no news yet. Add a source while the server runs (with the same --data-dir or --database-url):"
        );
        println!("  broadsheet sources add https://example.org/feed.xml");
    }
    if demo {
        println!();
        println!(
            "The demo edition is fiction. Sign in as {} (password: {}).",
            crate::demo::READER,
            crate::demo::PASSWORD
        );
    }
    println!();
    println!("Stop with Ctrl-C.");
    Ok(())
}

//! `search rebuild`: makes the search index anew.

use broadsheet_domain::search::Rebuilt;

use super::CommandError;
use crate::App;

/// Makes the index anew and says how far it is; where a server runs, it is asked to do so.
pub async fn rebuild(app: App) -> Result<(), CommandError> {
    let directory = app.config.search_directory();
    let said = std::sync::atomic::AtomicU64::new(0);
    let began = std::time::Instant::now();
    let progress = |building: broadsheet_domain::search::Building| {
        let step = building.done / 10_000;
        if said.swap(step, std::sync::atomic::Ordering::Relaxed) != step {
            println!("{} of {} articles", building.done, building.total);
        }
    };
    match app.newsroom.rebuild_search(&directory, progress).await? {
        Rebuilt::Done { articles } => {
            let seconds = began.elapsed().as_secs_f64();
            println!("The search index has {articles} articles; it took {seconds:.1} seconds.");
        }
        Rebuilt::Requested => {
            println!(
                "A server uses this index: it makes a new one now, and answers from the old one meanwhile."
            );
            println!("`meta.building` of GET /v1/search says how far it is.");
        }
    }
    app.newsroom.close().await?;
    Ok(())
}

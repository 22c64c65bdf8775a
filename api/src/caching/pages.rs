//! Of which articles an answer to a GET is a page: noted while it is made, and told with it as often as it is given.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;

use broadsheet_domain::reads::ReadArticle;

tokio::task_local! {
    static SHOWN: RefCell<Vec<ReadArticle>>;
}

/// The articles; travels with the answer.
#[derive(Clone, Debug, Default)]
pub struct Pages(Arc<[ReadArticle]>);

impl Pages {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn articles(&self) -> impl Iterator<Item = ReadArticle> + '_ {
        self.0.iter().copied()
    }
}

/// Notes that the answer under way is an article's page. False where nobody notes: whoever answers otherwise than to a GET
/// counts the read where it happens.
pub fn shows_page(read: ReadArticle) -> bool {
    SHOWN.try_with(|shown| shown.borrow_mut().push(read)).is_ok()
}

/// What an answer shows, beside the answer.
pub(super) async fn noted<T>(answering: impl Future<Output = T>) -> (T, Pages) {
    let watched = async {
        let answered = answering.await;
        let shown = SHOWN.with(|shown| std::mem::take(&mut *shown.borrow_mut()));
        (answered, Pages(shown.into()))
    };
    SHOWN.scope(RefCell::default(), watched).await
}

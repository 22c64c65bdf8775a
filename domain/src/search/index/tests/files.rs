//! The index on disk: what it remembers, what it throws away, and being rebuilt while it answers.

use std::fs;

use super::*;

fn open(root: &std::path::Path) -> (Index, Opened) {
    let settings = Settings { live_heap: 15_000_000, rebuild_heap: 15_000_000, rebuild_threads: 1 };
    Index::open_or_create(root, settings, read_id).unwrap()
}

#[test]
fn an_index_remembers_how_far_it_has_read() {
    let root = tempfile::tempdir().unwrap();
    let (index, opened) = open(root.path());
    assert_eq!(opened, Opened::Fresh);
    index.put(&article(1, "Storm", "")).unwrap();
    index.commit(41).unwrap();
    index.put(&article(2, "Storm", "")).unwrap();
    drop(index);
    let (index, opened) = open(root.path());
    assert_eq!(opened, Opened::Existing { position: 41 });
    assert_eq!(set(&index, "storm"), [1], "what was not committed was not told");
}

#[test]
fn an_article_is_seen_after_the_commit_and_gone_after_the_next() {
    let index = index(&[]);
    index.put(&article(1, "Storm", "")).unwrap();
    assert_eq!(set(&index, "storm"), [0_u128; 0]);
    index.commit(2).unwrap();
    assert_eq!(set(&index, "storm"), [1]);
    index.put(&article(1, "Calm", "")).unwrap();
    index.commit(3).unwrap();
    assert_eq!((set(&index, "storm"), set(&index, "calm")), (Vec::new(), vec![1]));
    index.delete(1).unwrap();
    index.commit(4).unwrap();
    assert_eq!(set(&index, "calm"), [0_u128; 0]);
    let stats = index.stats().unwrap();
    assert_eq!((stats.documents, stats.position), (0, 4));
}

#[test]
fn what_cannot_be_read_is_made_anew() {
    let damage: [fn(&std::path::Path); 4] = [
        |root| fs::write(root.join("current"), "v0-1").unwrap(),
        |root| fs::write(root.join("v1-1/meta.json"), "{").unwrap(),
        |root| fs::remove_dir_all(root.join("v1-1")).unwrap(),
        |root| {
            for entry in fs::read_dir(root.join("v1-1")).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "idx") {
                    fs::write(path, "short").unwrap();
                }
            }
        },
    ];
    for damage in damage {
        let root = tempfile::tempdir().unwrap();
        let (index, _) = open(root.path());
        index.put(&article(1, "Storm", "")).unwrap();
        index.commit(7).unwrap();
        drop(index);
        damage(root.path());
        let (index, opened) = open(root.path());
        assert!(matches!(opened, Opened::Discarded(_)), "{opened:?}");
        assert_eq!(index.position().unwrap(), 0);
        index.put(&article(2, "Storm", "")).unwrap();
        index.commit(8).unwrap();
        assert_eq!(set(&index, "storm"), [2]);
        drop(index);
        assert_eq!(open(root.path()).1, Opened::Existing { position: 8 });
    }
}

#[test]
fn the_old_index_answers_until_the_new_one_stands_in_its_place() {
    let root = tempfile::tempdir().unwrap();
    let (index, _) = open(root.path());
    index.put(&article(1, "Storm", "")).unwrap();
    index.commit(7).unwrap();
    let mut rebuild = index.rebuild().unwrap();
    for id in 2..5 {
        rebuild.put(&article(id, "Storm", "")).unwrap();
    }
    rebuild.delete(3);
    index.put(&article(6, "Storm", "")).unwrap();
    index.commit(8).unwrap();
    assert_eq!(set(&index, "storm"), [1, 6]);
    rebuild.finish(20).unwrap();
    assert_eq!(set(&index, "storm"), [2, 4]);
    index.put(&article(9, "Storm", "")).unwrap();
    index.commit(21).unwrap();
    assert_eq!(set(&index, "storm"), [2, 4, 9]);
    drop(index.rebuild().unwrap());
    drop(index);
    let (index, opened) = open(root.path());
    assert_eq!(opened, Opened::Existing { position: 21 });
    assert_eq!(set(&index, "storm"), [2, 4, 9]);
    let kept = fs::read_dir(root.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(kept.count(), 1, "only the current generation is kept");
}

#[test]
fn two_processes_do_not_share_an_index() {
    let root = tempfile::tempdir().unwrap();
    let (_index, _) = open(root.path());
    let second = Index::open_or_create(root.path(), Settings::default(), read_id);
    assert!(matches!(second.map(|_| ()), Err(IndexError::InUse)));
}

//! Assembled records in memory by id, invalidated exactly by the log.
//!
//! A record that was being loaded while it changed is never kept: each load takes a ticket first, and an invalidation in
//! between makes the ticket void. Loads ask the primary: a replica that lags behind the log would give back what was just
//! forgotten, and it would stay.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::error::Result;

const STRIPES: usize = 256;

/// A bounded store of records.
pub(crate) struct Memory<V> {
    records: Cache<Uuid, Arc<V>>,
    epochs: Vec<Mutex<u64>>,
}

impl<V: Send + Sync> Memory<V> {
    /// Room for `capacity` records.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { records: Cache::new(capacity), epochs: (0..STRIPES).map(|_| Mutex::default()).collect() }
    }

    /// The stripe of an id, held: what is compared with it stays true until it is let go.
    fn epoch(&self, id: &Uuid) -> MutexGuard<'_, u64> {
        // The last byte of a UUIDv7 is random: stripes fill evenly.
        let stripe = id.as_bytes().last().map_or(0, |byte| usize::from(*byte));
        self.epochs.get(stripe).unwrap_or(&FALLBACK).lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a record that changed.
    pub(crate) fn forget(&self, id: &Uuid) {
        let mut epoch = self.epoch(id);
        *epoch += 1;
        self.records.remove(id);
    }

    /// Forgets everything: changes may have gone unheard.
    pub(crate) fn clear(&self) {
        for epoch in &self.epochs {
            *epoch.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
        self.records.clear();
    }

    /// The records that exist under these ids; those not in memory are loaded together, by one call of `load`.
    pub(crate) async fn get_many<L, F>(&self, ids: &[Uuid], load: L) -> Result<HashMap<Uuid, Arc<V>>>
    where
        L: FnOnce(Vec<Uuid>) -> F,
        F: Future<Output = Result<Vec<(Uuid, V)>>>,
    {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.records.get(id) {
                Some(record) => drop(found.insert(*id, record)),
                None if !missing.contains(id) => missing.push(*id),
                None => {}
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let tickets: HashMap<Uuid, u64> = missing.iter().map(|id| (*id, self.ticket(id))).collect();
        for (id, record) in load(missing).await? {
            let record = Arc::new(record);
            if let Some(ticket) = tickets.get(&id) {
                self.keep(id, &record, *ticket);
            }
            found.insert(id, record);
        }
        Ok(found)
    }

    fn ticket(&self, id: &Uuid) -> u64 {
        *self.epoch(id)
    }

    fn keep(&self, id: Uuid, record: &Arc<V>, ticket: u64) {
        let epoch = self.epoch(&id);
        if *epoch == ticket {
            self.records.insert(id, Arc::clone(record));
        }
    }
}

static FALLBACK: Mutex<u64> = Mutex::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_changed_while_it_was_loaded_is_not_kept() {
        let memory = Memory::<u32>::with_capacity(10);
        let id = Uuid::from_u128(1);
        let ticket = memory.ticket(&id);
        memory.forget(&id);
        memory.keep(id, &Arc::new(1), ticket);
        assert!(memory.records.get(&id).is_none());
        memory.keep(id, &Arc::new(2), memory.ticket(&id));
        assert_eq!(memory.records.get(&id).as_deref(), Some(&2));
    }
}

//! How fast comments may come: per account, and per address.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::id::{AccountId, PublicId};
use crate::newsroom::Settings;
use crate::policy::network_of;

/// The newsroom's clock, as the limiter counts time.
#[derive(Clone)]
struct Ticks(Arc<dyn Clock>);

impl GovernorClock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = u64::try_from(self.0.now().millis()).unwrap_or_default();
        Nanos::new(millis.saturating_mul(1_000_000))
    }
}

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticks, NoOpMiddleware<Nanos>>;

/// The posting limits.
pub(crate) struct PostingLimits {
    by_account: Limiter<Uuid>,
    by_address: Limiter<IpAddr>,
    clock: Ticks,
}

impl PostingLimits {
    pub(crate) fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        let clock = Ticks(clock);
        let limiter =
            |per_minute: u32| Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self {
            by_account: RateLimiter::new(
                limiter(settings.comments_per_minute),
                DefaultKeyedStateStore::default(),
                clock.clone(),
            ),
            by_address: RateLimiter::new(
                limiter(settings.comments_per_minute_per_address),
                DefaultKeyedStateStore::default(),
                clock.clone(),
            ),
            clock,
        }
    }

    /// Counts one comment, or says when the next may come.
    pub(crate) fn admit(&self, account: AccountId, address: Option<IpAddr>) -> Result<()> {
        let refused = |until: governor::NotUntil<Nanos>| Error::RateLimited {
            retry_after_seconds: until.wait_time_from(self.clock.now()).as_secs() + 1,
        };
        self.by_account.check_key(&account.uuid()).map_err(refused)?;
        if let Some(address) = address {
            self.by_address.check_key(&network_of(address)).map_err(refused)?;
        }
        Ok(())
    }

    /// Forgets accounts and addresses that have been quiet.
    pub(crate) fn tidy(&self) {
        self.by_account.retain_recent();
        self.by_address.retain_recent();
    }
}

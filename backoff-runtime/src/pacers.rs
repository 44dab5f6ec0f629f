//! A pacer per key: per host, tenant, token or model.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::pacer::{Pacer, now};

/// A pacer for each key, such as the host, the tenant or the model that a call is for.
///
/// The pacer of a key is made when it is first asked for. It is forgotten once nobody holds it and it has not been asked
/// for, for as long as [`idle`](Self::idle) says (an hour by default), and earlier only if there are more than
/// [`most`](Self::most) keys (10,000 by default): then those go first that were asked for least recently. One that
/// somebody holds, for a call that waits or is in flight, is never forgotten.
///
/// ```
/// use backoff_runtime::{Pacer, Pacers, on_exception};
///
/// static TENANTS: Pacers<u64> = Pacers::new(|| Pacer::per(100, "1m"));
///
/// #[on_exception(expo, pacer = TENANTS.of(&tenant), retry_after = |_: &String| None::<std::time::Duration>)]
/// async fn report(tenant: u64) -> Result<String, String> {
///     Ok(format!("report of {tenant}"))
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # report(7).await.unwrap();
/// assert_eq!(TENANTS.len(), 1);
/// # }
/// ```
pub struct Pacers<K> {
    make: fn() -> Pacer,
    idle: Duration,
    most: usize,
    known: Mutex<Known<K>>,
}

/// The pacers of all keys.
struct Known<K> {
    /// None before the first key.
    pacers: Option<HashMap<K, Used>>,
    /// With so many, it is time to look which are idle.
    sweep_at: usize,
    /// How the pacers are shared with other processes.
    #[cfg(feature = "fleet")]
    share: Option<Share<K>>,
}

struct Used {
    pacer: Arc<Pacer>,
    at: Instant,
    /// What shares it with other processes, and so holds it once.
    #[cfg(feature = "fleet")]
    shared: Option<Sharing>,
}

/// Shares a pacer with other processes until it is dropped.
#[cfg(feature = "fleet")]
type Sharing = Box<dyn Send>;

/// Shares the pacer of a key.
#[cfg(feature = "fleet")]
type Share<K> = Box<dyn Fn(&K, Arc<Pacer>) -> Sharing + Send>;

impl Used {
    fn is_held(&self) -> bool {
        #[cfg(feature = "fleet")]
        let own = 1 + usize::from(self.shared.is_some());
        #[cfg(not(feature = "fleet"))]
        let own = 1;
        Arc::strong_count(&self.pacer) > own
    }
}

/// Fewer are not looked through.
const FEW: usize = 16;

impl<K> Pacers<K> {
    /// Pacers that are made by the function, one for each key.
    #[must_use]
    pub const fn new(make: fn() -> Pacer) -> Self {
        Self {
            make,
            idle: Duration::from_secs(3600),
            most: 10_000,
            known: Mutex::new(Known {
                pacers: None,
                sweep_at: FEW,
                #[cfg(feature = "fleet")]
                share: None,
            }),
        }
    }

    /// How long the pacer of a key is remembered that nobody asks for. Default: an hour. Let it be no shorter than the
    /// windows of the limits, or what was used of them is forgotten.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// So many keys are remembered, and more only while calls hold their pacers. Default: 10,000.
    ///
    /// # Panics
    /// At 0; in a `static` or `const` that is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn most(mut self, keys: usize) -> Self {
        assert!(keys > 0, "with 0 keys no pacer is remembered; write a number from 1");
        self.most = keys;
        self
    }

    /// Keys whose pacers are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.with(|known| known.pacers.as_ref().map_or(0, HashMap::len))
    }

    /// Whether no key is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with<R>(&self, look: impl FnOnce(&mut Known<K>) -> R) -> R {
        look(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Hash + Eq> Pacers<K> {
    /// The pacer of a key.
    ///
    /// Hold it for the time of a call, as the option `pacer` does, not for longer.
    pub fn of<Q>(&self, key: &Q) -> Arc<Pacer>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        let at = now();
        self.with(|known| {
            let pacers = known.pacers.get_or_insert_with(HashMap::new);
            if let Some(used) = pacers.get_mut(key) {
                used.at = used.at.max(at);
                return used.pacer.clone();
            }
            let pacer = Arc::new((self.make)());
            let key = key.to_owned();
            let used = Used {
                #[cfg(feature = "fleet")]
                shared: known.share.as_ref().map(|share| share(&key, pacer.clone())),
                pacer: pacer.clone(),
                at,
            };
            pacers.insert(key, used);
            if pacers.len() >= known.sweep_at || pacers.len() == self.most.saturating_add(1) {
                self.sweep(pacers, at);
                // In proportion to what is there, so that looking through all costs little for each key.
                known.sweep_at = FEW.max(pacers.len() + pacers.len() / 2);
            }
            pacer
        })
    }

    /// Shares the pacer of each key with other processes, now and when it is made. `share` is given the key and its pacer, of
    /// which it may hold one pointer; what it returns is dropped when the key is forgotten. Crates such as `backoff-redis`
    /// call this.
    ///
    /// ```
    /// use backoff_runtime::fleet::Member;
    /// use backoff_runtime::{Pacer, Pacers};
    ///
    /// static TENANTS: Pacers<u64> = Pacers::new(|| Pacer::per(100, "1m"));
    ///
    /// // Whoever makes something of this says to others what each member reports, and gives it the turns that come.
    /// TENANTS.share(|_tenant, pacer| Box::new(Member::join(pacer)));
    /// assert!(TENANTS.of(&7).state().fleet.is_some());
    /// ```
    #[cfg(feature = "fleet")]
    pub fn share(&self, share: impl Fn(&K, Arc<Pacer>) -> Box<dyn Send> + Send + 'static) {
        self.with(|known| {
            for (key, used) in known.pacers.iter_mut().flatten() {
                // Whatever shares it until now leaves first.
                used.shared = None;
                used.shared = Some(share(key, used.pacer.clone()));
            }
            known.share = Some(Box::new(share));
        });
    }

    /// Looks at the pacers of all keys, for gauges and logs.
    pub fn for_each(&self, mut look: impl FnMut(&K, &Pacer)) {
        self.with(|known| {
            for (key, used) in known.pacers.iter().flatten() {
                look(key, &used.pacer);
            }
        });
    }

    /// Forgets who is idle; and if there are still too many, a tenth of all, those who were asked for least recently.
    fn sweep(&self, pacers: &mut HashMap<K, Used>, now: Instant) {
        let idle = self.idle;
        pacers.retain(|_, used| used.is_held() || now.saturating_duration_since(used.at) < idle);
        if pacers.len() > self.most {
            let mut times: Vec<_> =
                pacers.values().filter(|used| !used.is_held()).map(|used| used.at).collect();
            let surplus = (pacers.len() - self.most).max(self.most / 10).min(times.len());
            if surplus > 0 {
                let (_, last, _) = times.select_nth_unstable(surplus - 1);
                let last = *last;
                pacers.retain(|_, used| used.is_held() || used.at > last);
            }
        }
    }
}

impl<K> fmt::Debug for Pacers<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacers").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::Place;
    use crate::testing::Scope;

    const HOUR: Duration = Duration::from_secs(3600);

    fn pacers() -> Pacers<u32> {
        Pacers::new(|| Pacer::per(1, "1m"))
    }

    #[test]
    fn each_key_has_a_limit_of_its_own() {
        let pacers = Pacers::<String>::new(|| Pacer::per(1, "1m"));
        let scope = Scope::new().without_waits();
        scope.run(|| {
            for key in ["a", "b", "c"] {
                pacers.of(key).turn_blocking(Place::back(), None).unwrap().accepted();
            }
        });
        assert_eq!((scope.elapsed(), pacers.len()), (Duration::ZERO, 3));
        scope.run(|| pacers.of("a").turn_blocking(Place::back(), None).unwrap().accepted());
        assert_eq!(scope.elapsed(), Duration::from_secs(60));
    }

    #[test]
    fn a_key_is_forgotten_when_it_is_idle_and_nobody_holds_its_pacer() {
        let pacers = pacers();
        let scope = Scope::new().without_waits();
        scope.run(|| {
            let held = pacers.of(&0);
            (1..10).for_each(|key| _ = pacers.of(&key));
            scope.advance(HOUR);
            (10..30).for_each(|key| _ = pacers.of(&key));
            assert!(Arc::ptr_eq(&held, &pacers.of(&0)));
        });
        assert_eq!(pacers.len(), 21);
    }

    #[test]
    fn no_more_keys_are_remembered_than_it_is_told() {
        let pacers = pacers().most(100);
        let held: Vec<_> = (0..50).map(|key| pacers.of(&key)).collect();
        (50..10_000).for_each(|key| _ = pacers.of(&key));
        assert!((50..=100).contains(&pacers.len()), "{}", pacers.len());
        assert!(held.iter().zip(0..).all(|(pacer, key)| Arc::ptr_eq(pacer, &pacers.of(&key))));
    }

    #[cfg(feature = "fleet")]
    #[test]
    fn a_key_whose_pacer_is_shared_is_forgotten_too() {
        use crate::fleet::Member;
        let pacers = pacers();
        let scope = Scope::new().without_waits();
        scope.run(|| {
            let before = pacers.of(&0);
            pacers.share(|_, pacer| Box::new(Member::join(pacer)));
            assert!(before.state().fleet.is_some() && pacers.of(&1).state().fleet.is_some());
            drop(before);
            scope.advance(HOUR);
            (10..30).for_each(|key| _ = pacers.of(&key));
        });
        assert_eq!(pacers.len(), 20);
    }

    #[test]
    fn all_may_be_held() {
        let pacers = pacers().most(1);
        let held: Vec<_> = (0..100).map(|key| pacers.of(&key)).collect();
        assert_eq!(pacers.len(), 100);
        drop(held);
        (100..200).for_each(|key| _ = pacers.of(&key));
        assert!(pacers.len() <= FEW, "{}", pacers.len());
    }
}

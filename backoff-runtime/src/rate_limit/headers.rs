//! Reads the limits of a response from its headers.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, DATE};

use super::field::{self, Item, MOST, items, pair};
use super::moment::moment;
use super::name::{self, Field, Name};
use super::{QuotaUnit, RateLimit};
use crate::RetryAfter;

/// How full Shopify's bucket is: `32/40`.
const SHOPIFY: &str = "x-shopify-shop-api-call-limit";

impl RateLimit {
    /// Reads every limit that the headers of a response speak of.
    ///
    /// It makes no difference whether the response is a success or a refusal. What can't be understood is left out, and
    /// nothing makes this panic. A response that comes from a cache (`Age` above zero) says nothing of what is left now, so
    /// it has no limits. The limits are in the order of their headers' names.
    ///
    /// ```
    /// use std::time::Duration;
    /// use backoff_runtime::{QuotaUnit, RateLimit};
    /// use http::{HeaderMap, HeaderValue};
    ///
    /// let mut headers = HeaderMap::new();
    /// headers.insert("x-ratelimit-limit-tokens", HeaderValue::from_static("150000"));
    /// headers.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("149984"));
    /// headers.insert("x-ratelimit-reset-tokens", HeaderValue::from_static("6m0s"));
    ///
    /// let limits = RateLimit::from_headers(&headers);
    /// assert_eq!(limits.len(), 1);
    /// assert_eq!(limits[0].unit, QuotaUnit::Tokens);
    /// assert_eq!(limits[0].remaining, Some(149_984));
    /// assert_eq!(limits[0].reset, Some(Duration::from_secs(360)));
    /// ```
    ///
    /// # What is read
    ///
    /// | headers | sent by |
    /// | --- | --- |
    /// | `RateLimit-Limit`, `-Remaining`, `-Reset`, `-Policy` | [IETF draft] 0 to 6; Docker Hub, Envoy, GitLab, Kong, Twitch |
    /// | `RateLimit: limit=10, remaining=1, reset=7` and `RateLimit-Policy: 10;w=60` | IETF draft 7 |
    /// | `RateLimit: "burst";r=50;t=30` and `RateLimit-Policy: "burst";q=100;w=60` | IETF draft 8 to 11 |
    /// | `X-RateLimit-*` and `X-Rate-Limit-*`, also `-Used`, `-Reset-After`, `-Policy`, `-Window` | GitHub, Discord, X, Okta, Reddit, Brave |
    /// | `X-RateLimit-Remaining-Tokens`, `-Requests`, `-Minute`, ... | `OpenAI`, Azure, Groq, Cerebras, Kong |
    /// | `X-RateLimit-Tokens-Remaining`, `-Requests-Remaining`, ... | Linear, `RapidAPI` |
    /// | `Anthropic-RateLimit-Requests-Remaining`, `-Tokens-`, `-Input-Tokens-`, ..., `Anthropic-Priority-*` | Anthropic |
    /// | `X-Shopify-Shop-Api-Call-Limit: 32/40` | Shopify |
    ///
    /// Any other prefix in the place of `X` is read in the same way. If one server sends the same limit under two prefixes,
    /// it is told once. Of several values (`Limit: 1, 15000`) each is a limit of its own. A policy that no
    /// other header speaks of is a limit of which nothing is known but `limit` and `window`.
    ///
    /// # When it resets
    ///
    /// | a reset | is |
    /// | --- | --- |
    /// | a number below 1,000,000,000 | seconds from now |
    /// | a number below 100,000,000,000 | seconds since 1970 |
    /// | a number below 100,000,000,000,000 | milliseconds since 1970 |
    /// | `6m0s`, `1.5s`, `12ms` | a time from now; units `d`, `h`, `m`, `s`, `ms`, `us`, `ns` |
    /// | a date of HTTP, a date of RFC 3339 | that instant |
    ///
    /// "Since 1970" and dates are compared with the `Date` of the same response, so that it doesn't matter whether our
    /// clock is right; without a `Date`, with our clock. `-Reset-After` is taken before `-Reset`, for it is never rounded.
    ///
    /// [IETF draft]: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    #[cfg_attr(docsrs, doc(cfg(feature = "http")))]
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Vec<Self> {
        let mut limits: Vec<(&str, Self)> = Vec::new();
        if text(headers, &AGE).and_then(field::count).unwrap_or(0) > 0 {
            return Vec::new();
        }
        let groups = groups(headers);
        let date = if groups.is_empty() { None } else { text(headers, &DATE).and_then(RetryAfter::date) };
        for group in groups {
            for limit in group.limits(date) {
                let told_before =
                    |(family, known): &&mut (&str, Self)| *family != group.family && known.agrees(&limit);
                match limits.iter_mut().find(told_before) {
                    Some((_, known)) => known.complete(&limit),
                    None => limits.push((group.family, limit)),
                }
            }
        }
        limits.into_iter().map(|(_, limit)| limit).chain(shopify(headers)).collect()
    }

    /// Whether both are the same limit, told twice.
    fn agrees(&self, other: &Self) -> bool {
        self.remaining.is_some()
            && (self.unit, self.limit, self.remaining) == (other.unit, other.limit, other.remaining)
            && (self.window == other.window || self.window.is_none() || other.window.is_none())
    }

    /// Takes from `other` what isn't known yet.
    fn complete(&mut self, other: &Self) {
        self.limit = self.limit.or(other.limit);
        self.reset = self.reset.or(other.reset);
        self.window = self.window.or(other.window);
        if self.name.is_none() {
            self.name.clone_from(&other.name);
        }
    }

    fn says_something(&self) -> bool {
        self.limit.is_some() || self.remaining.is_some() || self.reset.is_some()
    }
}

/// The headers that speak of the same limit, or of the same unnamed ones.
struct Group<'h> {
    family: &'h str,
    key: &'h str,
    texts: Vec<(Field, &'h str)>,
}

/// The groups in the order of their names.
fn groups(headers: &HeaderMap) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (name, value) in headers {
        let Some(Name { family, key, field }) = Name::parse(name.as_str()) else { continue };
        let Ok(text) = str::from_utf8(value.as_bytes()) else { continue };
        match groups.iter().position(|group| (group.family, group.key) == (family, key)) {
            Some(index) => groups[index].texts.push((field, text)),
            None if groups.len() < MOST => groups.push(Group { family, key, texts: vec![(field, text)] }),
            None => {}
        }
    }
    groups.sort_by_key(|group| (group.family, group.key));
    groups
}

impl<'h> Group<'h> {
    fn limits(&self, date: Option<SystemTime>) -> Vec<RateLimit> {
        let (mut limits, mut policies) = self.counted(date);
        limits.extend(self.stated(date));
        policies.extend(self.items(Field::Policy).map(policy));
        let mut policies: Vec<_> = policies.into_iter().map(|policy| (policy, false)).collect();
        for limit in &mut limits {
            if let Some(index) = policy_of(limit, &policies) {
                let (policy, taken) = &mut policies[index];
                *taken = true;
                limit.unit = policy.unit;
                limit.complete(policy);
            }
        }
        limits.extend(policies.into_iter().filter(|(_, taken)| !taken).map(|(policy, _)| policy));
        limits.into_iter().filter(RateLimit::says_something).map(|limit| self.named(limit)).collect()
    }

    /// The limits that are told by a header for each of their numbers, and the policies among them: before draft 6 these
    /// stood behind the limit itself (`RateLimit-Limit: 10, 10;w=1, 1000;w=3600`).
    fn counted(&self, date: Option<SystemTime>) -> (Vec<RateLimit>, Vec<RateLimit>) {
        // `X-Rate-Limit: 700` is as good as `X-Rate-Limit-Limit: 700`.
        let bare = self.items(Field::Status).filter(|item| item.count().is_some());
        let limits: Vec<_> = self.items(Field::Limit).chain(bare).collect();
        let remaining: Vec<_> = self.items(Field::Remaining).collect();
        let used: Vec<_> = self.items(Field::Used).collect();
        let resets = self.resets(date);
        let told = remaining.len().max(used.len()).max(resets.len()).max(1);
        let window = self.items(Field::Window).next().and_then(|item| window(item.bare()));
        let counted = |index: usize| {
            let mut limit = RateLimit::new();
            let count = |items: &[Item<'_>]| items.get(index)?.count();
            (limit.limit, limit.remaining) = whole(count(&limits), count(&remaining), count(&used));
            limit.reset = resets.get(index).copied().flatten();
            let mut own = [&limits, &remaining].into_iter().filter_map(|items| items.get(index));
            limit.window = own.find_map(|item| window_of(*item)).or(window);
            limit
        };
        ((0..told).map(counted).collect(), limits.iter().skip(told).map(|item| policy(*item)).collect())
    }

    /// The limits that are told all in one: in draft 7 one, as a dictionary; then a list of named ones.
    fn stated(&self, date: Option<SystemTime>) -> Vec<RateLimit> {
        if self.items(Field::Status).any(Item::is_pair) {
            let value = |key| self.texts(Field::Status).find_map(|text| pair(text, key));
            let mut limit = RateLimit::new();
            limit.limit = value("limit").and_then(field::count);
            limit.remaining = value("remaining").and_then(field::count);
            limit.reset = value("reset").and_then(|reset| wait(reset, date));
            return vec![limit];
        }
        let named = |item: Item<'_>| {
            let mut limit = RateLimit { name: Some(item.name()?), ..policy(item) };
            limit.remaining = item.parameter("r").and_then(field::count);
            limit.reset = item.parameter("t").and_then(|reset| wait(reset, date));
            Some(limit)
        };
        self.items(Field::Status).filter_map(named).collect()
    }

    /// When each of the limits resets; the most exact of what is said.
    fn resets(&self, date: Option<SystemTime>) -> Vec<Option<Duration>> {
        let [after, at, time] = [Field::ResetAfter, Field::Reset, Field::ResetTime].map(|field| {
            // A date has a comma in it.
            let waits = |text| match wait(text, date) {
                Some(wait) => vec![Some(wait)],
                None => items(text).map(|item| wait(item.bare(), date)).collect(),
            };
            self.texts(field).flat_map(waits).take(MOST).collect::<Vec<_>>()
        });
        let of = |waits: &[Option<Duration>], index: usize| waits.get(index).copied().flatten();
        let length = after.len().max(at.len()).max(time.len());
        (0..length).map(|index| of(&after, index).or(of(&at, index)).or(of(&time, index))).collect()
    }

    /// Adds to a limit what the names of its headers say.
    fn named(&self, mut limit: RateLimit) -> RateLimit {
        if !self.key.is_empty() {
            limit.unit = name::unit(self.key);
            limit.window = limit.window.or(name::window(self.key));
            limit.name.get_or_insert_with(|| self.key.to_owned());
        } else if limit.name.is_none() {
            limit.name = self.texts(Field::Title).next().map(|title| field::string(title.trim()));
        }
        limit
    }

    fn texts(&self, field: Field) -> impl Iterator<Item = &'h str> {
        self.texts.iter().filter(move |(of, _)| *of == field).map(|&(_, text)| text)
    }

    fn items(&self, field: Field) -> impl Iterator<Item = Item<'h>> {
        self.texts(field).flat_map(items).take(MOST)
    }
}

/// The limit and what is left of it, also where only what is used is told beside one of them.
fn whole(limit: Option<u64>, remaining: Option<u64>, used: Option<u64>) -> (Option<u64>, Option<u64>) {
    let of_used = |count: fn(u64, u64) -> u64, other: Option<u64>| Some(count(other?, used?));
    (
        limit.or_else(|| of_used(u64::saturating_add, remaining)),
        remaining.or_else(|| of_used(u64::saturating_sub, limit)),
    )
}

/// A policy: `10;w=60` until draft 7, then `"burst";q=10;w=60`.
fn policy(item: Item<'_>) -> RateLimit {
    let unit = match item.parameter("qu").map(field::string).as_deref() {
        None | Some("requests") => QuotaUnit::Requests,
        Some("tokens") => QuotaUnit::Tokens,
        Some("content-bytes" | "bytes") => QuotaUnit::Bytes,
        Some("concurrent-requests") => QuotaUnit::ConcurrentRequests,
        Some(_) => QuotaUnit::Other,
    };
    let limit = item.count().or_else(|| item.parameter("q").and_then(field::count));
    RateLimit { name: item.name(), unit, limit, window: window_of(item), ..RateLimit::new() }
}

/// Where the policy of a limit stands. A limit without a name has the policy of the same size, in whose window it can
/// reset; one that the server changes all the time, the only policy that there is.
fn policy_of(limit: &RateLimit, policies: &[(RateLimit, bool)]) -> Option<usize> {
    if limit.name.is_some() {
        return policies.iter().position(|(policy, _)| policy.name == limit.name);
    }
    let fits = |(policy, taken): &(RateLimit, bool)| !taken && resets_within(limit.reset, policy.window);
    let same = |policy: &(RateLimit, bool)| fits(policy) && policy.0.limit == limit.limit;
    let only = || (policies.len() == 1 && fits(&policies[0]) && limit.says_something()).then_some(0);
    limit.limit.and_then(|_| policies.iter().position(same)).or_else(only)
}

/// Whether a limit can reset then, as far as is known. A `Date` is cut to its second, a reset rounded up to one.
fn resets_within(reset: Option<Duration>, window: Option<Duration>) -> bool {
    match (reset, window) {
        (Some(reset), Some(window)) => reset <= window.saturating_add(Duration::from_secs(1)),
        _ => true,
    }
}

fn window_of(item: Item<'_>) -> Option<Duration> {
    item.parameter("w").or_else(|| item.parameter("window")).and_then(window)
}

fn window(text: &str) -> Option<Duration> {
    match moment(text)? {
        RetryAfter::Delay(window) if !window.is_zero() => Some(window),
        _ => None,
    }
}

fn wait(text: &str, date: Option<SystemTime>) -> Option<Duration> {
    moment(text).map(|moment| moment.wait_since(date))
}

/// The bucket leaks at a rate that isn't told.
fn shopify(headers: &HeaderMap) -> Option<RateLimit> {
    let (used, limit) = str::from_utf8(headers.get(SHOPIFY)?.as_bytes()).ok()?.split_once('/')?;
    let (used, limit) = (field::count(used.trim())?, field::count(limit.trim())?);
    Some(RateLimit::new().with_limit(limit).with_remaining(limit.saturating_sub(used)))
}

fn text<'h>(headers: &'h HeaderMap, name: &http::HeaderName) -> Option<&'h str> {
    str::from_utf8(headers.get(name)?.as_bytes()).ok().map(str::trim)
}

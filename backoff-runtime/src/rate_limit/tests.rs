//! The headers of real servers, each as its documentation shows it.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::{QuotaUnit, RateLimit};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn map<'t>(lines: impl IntoIterator<Item = (&'t str, &'t str)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_str(value).expect("a value"));
    }
    headers
}

/// Reads headers, one a line.
fn read(text: &str) -> Vec<RateLimit> {
    RateLimit::from_headers(&map(text.lines().filter_map(|line| line.trim().split_once(": "))))
}

fn requests(limit: u64, remaining: u64) -> RateLimit {
    RateLimit::new().with_limit(limit).with_remaining(remaining)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The reset that is read from a value, 21 October 2015, 07:28:00 UTC.
fn reset(value: &str) -> Option<Duration> {
    let headers = map([("date", "Wed, 21 Oct 2015 07:28:00 GMT"), ("x-ratelimit-reset", value)]);
    RateLimit::from_headers(&headers).first().and_then(|limit| limit.reset)
}

// The IETF's drafts: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/

#[test]
fn until_draft_5_the_policies_stand_behind_the_limit() {
    // draft-ietf-httpapi-ratelimit-headers-03, section 3.1
    let limits = read(
        "RateLimit-Limit: 10, 10;w=1;burst=1000, 1000;w=3600
         RateLimit-Remaining: 9
         RateLimit-Reset: 1",
    );
    let policy = RateLimit::new().with_limit(1000).with_window(seconds(HOUR));
    assert_eq!(limits, [requests(10, 9).with_reset(seconds(1)).with_window(seconds(1)), policy]);
}

#[test]
fn in_draft_6_the_policies_have_a_header_of_their_own() {
    // draft-ietf-httpapi-ratelimit-headers-06, sections 4.1 and A
    let limits = read(
        "RateLimit-Limit: 50
         RateLimit-Policy: 10;w=1, 50;w=60, 1000;w=3600;comment=\"a, b; w=7\"
         RateLimit-Remaining: 49
         RateLimit-Reset: 50",
    );
    let policy = |limit, window| RateLimit::new().with_limit(limit).with_window(seconds(window));
    let told = requests(50, 49).with_reset(seconds(50)).with_window(seconds(MINUTE));
    assert_eq!(limits, [told, policy(10, 1), policy(1000, HOUR)]);
}

#[test]
fn of_two_policies_of_the_same_size_it_is_the_one_in_whose_window_the_limit_can_reset() {
    let text =
        "RateLimit-Limit: 10\nRateLimit-Remaining: 3\nRateLimit-Policy: 10;w=1, 10;w=60\nRateLimit-Reset: ";
    let window = |reset| read(&format!("{text}{reset}"))[0].window;
    assert_eq!(window("2"), Some(seconds(1)));
    assert_eq!(window("3"), Some(seconds(MINUTE)));
    assert_eq!(window("62"), None);
}

#[test]
fn in_draft_7_the_limit_is_a_dictionary() {
    // draft-ietf-httpapi-ratelimit-headers-07, section 4 and appendix
    let told = requests(100, 50).with_reset(seconds(5)).with_window(seconds(10));
    assert_eq!(
        read("RateLimit: limit=100, remaining=50, reset=5\nRateLimit-Policy: 100;w=10"),
        std::slice::from_ref(&told)
    );
    // A dictionary may be in several lines.
    let lines = "RateLimit: limit=100\nRateLimit: remaining=50, reset=5;x=1\nRateLimit-Policy: 100;w=10";
    assert_eq!(read(lines), [told]);
    // A server lowers the limit for a while; the policy stays.
    let limits = read("RateLimit: limit=10, remaining=9, reset=50\nRateLimit-Policy: 100;w=60");
    assert_eq!(limits, [requests(10, 9).with_reset(seconds(50)).with_window(seconds(MINUTE))]);
    // Without `remaining`, which is optional.
    let limits = read("RateLimit: limit=10, reset=1");
    assert_eq!(limits, [RateLimit::new().with_limit(10).with_reset(seconds(1))]);
}

#[test]
fn since_draft_8_limits_and_policies_have_names() {
    // draft-ietf-httpapi-ratelimit-headers-10, sections 4.2 and A; the policies in two lines as in RFC 9651, section 3.1
    let limits = read(
        "RateLimit-Policy: \"hour\";q=1000;w=3600
         RateLimit-Policy: \"day\";q=5000;w=86400
         RateLimit: \"day\";r=100;t=36000",
    );
    let day = requests(5000, 100).with_name("day").with_reset(seconds(36_000)).with_window(seconds(DAY));
    let hour = RateLimit::new().with_name("hour").with_limit(1000).with_window(seconds(HOUR));
    assert_eq!(limits, [day, hour]);
    // The name as a token, and nothing remaining told.
    let limits = read("RateLimit-Policy: quota;q=100;w=1\nRateLimit: quota;t=1");
    let quota = RateLimit::new().with_name("quota").with_limit(100);
    assert_eq!(limits, [quota.with_reset(seconds(1)).with_window(seconds(1))]);
    // No policy.
    let limits = read("RateLimit: \"default\";r=999;pk=:dHJpYWwxMjEzMjM=:");
    assert_eq!(limits, [RateLimit::new().with_name("default").with_remaining(999)]);
}

#[test]
fn the_unit_of_a_policy_is_that_of_its_limit() {
    // draft-ietf-httpapi-ratelimit-headers-10, section 3.2
    let limits = read(
        "RateLimit-Policy: \"peruser\";q=65535;qu=\"content-bytes\";w=10;pk=:sdfjLJUOUH==:
         RateLimit: \"peruser\";r=1000;t=7;pk=:sdfjLJUOUH==:",
    );
    let bytes = requests(65_535, 1000).with_name("peruser").with_unit(QuotaUnit::Bytes);
    assert_eq!(limits, [bytes.with_reset(seconds(7)).with_window(seconds(10))]);
    for (unit, read_as) in [
        ("requests", QuotaUnit::Requests),
        ("concurrent-requests", QuotaUnit::ConcurrentRequests),
        ("tokens", QuotaUnit::Tokens),
        ("cows", QuotaUnit::Other),
    ] {
        assert_eq!(read(&format!("RateLimit-Policy: \"a\";q=1;qu=\"{unit}\""))[0].unit, read_as);
    }
}

#[test]
fn express_rate_limit_sends_each_draft() {
    // https://express-rate-limit.mintlify.app/reference/configuration#standardheaders
    let limits = read(
        "RateLimit-Policy: \"100-in-15min\"; q=100; w=900; pk=:OTk3NGU2:
         RateLimit: \"100-in-15min\"; r=99; t=900",
    );
    let told = requests(100, 99).with_reset(seconds(900)).with_window(seconds(900));
    assert_eq!(limits, [told.clone().with_name("100-in-15min")]);
    // Draft 7, and the older headers beside it: one limit.
    let limits = read(
        "Date: Wed, 21 Oct 2015 07:28:00 GMT
         RateLimit: limit=100, remaining=99, reset=900
         RateLimit-Policy: 100;w=900
         X-RateLimit-Limit: 100
         X-RateLimit-Remaining: 99
         X-RateLimit-Reset: 1445413380",
    );
    assert_eq!(limits, [told]);
}

#[test]
fn a_name_is_read_as_it_is_meant() {
    let limits = read(r#"RateLimit: "a, \"b\"; r=1 \\";r=2, "c;d";r=3, "60";r=4"#);
    let names: Vec<_> =
        limits.iter().map(|limit| (limit.name.as_deref().unwrap(), limit.remaining)).collect();
    assert_eq!(names, [(r#"a, "b"; r=1 \"#, Some(2)), ("c;d", Some(3)), ("60", Some(4))]);
}

// Servers

#[test]
fn github() {
    // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    let limits = read(
        "Date: Mon, 01 Jul 2013 17:27:06 GMT
         x-ratelimit-limit: 60
         x-ratelimit-remaining: 56
         x-ratelimit-used: 4
         x-ratelimit-resource: core
         x-ratelimit-reset: 1372700873",
    );
    assert_eq!(limits, [requests(60, 56).with_name("core").with_reset(seconds(1247))]);
}

#[test]
fn gitlab_and_twitch_have_an_epoch_in_the_drafts_header() {
    // https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
    let limits = read(
        "Date: Tue, 05 Jan 2021 10:59:30 GMT
         RateLimit-Limit: 60
         RateLimit-Name: throttle_authenticated_web
         RateLimit-Observed: 67
         RateLimit-Remaining: 0
         RateLimit-Reset: 1609844400
         RateLimit-ResetTime: Tue, 05 Jan 2021 11:00:00 GMT",
    );
    let web = requests(60, 0).with_name("throttle_authenticated_web");
    assert_eq!(limits, [web.with_reset(seconds(30))]);
}

#[test]
fn discord_resets_after_what_it_says_to_the_millisecond() {
    // https://discord.com/developers/docs/topics/rate-limits
    let limits = read(
        "Date: Tue, 02 Aug 2016 20:57:00 GMT
         X-RateLimit-Limit: 5
         X-RateLimit-Remaining: 0
         X-RateLimit-Reset: 1470173023.123
         X-RateLimit-Reset-After: 1.234
         X-RateLimit-Bucket: abcd1234
         X-RateLimit-Scope: user
         X-RateLimit-Global: true",
    );
    assert_eq!(limits, [requests(5, 0).with_name("abcd1234").with_reset(Duration::from_millis(1234))]);
}

#[test]
fn shopify_tells_how_full_its_bucket_is() {
    // https://shopify.dev/docs/api/admin-rest/usage/rate-limits
    assert_eq!(read("X-Shopify-Shop-Api-Call-Limit: 32/40"), [requests(40, 8)]);
    assert_eq!(read("X-Shopify-Shop-Api-Call-Limit: 41 / 40"), [requests(40, 0)]);
    for nonsense in ["32", "32/", "/40", "-1/40", "a/b", "1/2/3"] {
        assert_eq!(read(&format!("X-Shopify-Shop-Api-Call-Limit: {nonsense}")), [], "{nonsense}");
    }
}

#[test]
fn openai_limits_requests_and_tokens() {
    // https://platform.openai.com/docs/guides/rate-limits (rate limits in headers)
    let limits = read(
        "x-ratelimit-limit-requests: 60
         x-ratelimit-limit-tokens: 150000
         x-ratelimit-remaining-requests: 59
         x-ratelimit-remaining-tokens: 149984
         x-ratelimit-reset-requests: 1s
         x-ratelimit-reset-tokens: 6m0s",
    );
    let tokens = requests(150_000, 149_984).with_name("tokens").with_unit(QuotaUnit::Tokens);
    assert_eq!(
        limits,
        [requests(60, 59).with_name("requests").with_reset(seconds(1)), tokens.with_reset(seconds(360)),]
    );
}

#[test]
fn groq_and_cerebras_limit_per_day_and_per_minute() {
    // https://console.groq.com/docs/rate-limits
    let limits = read("x-ratelimit-limit-requests: 14400\nx-ratelimit-reset-requests: 2m59.56s");
    assert_eq!(limits[0].reset, Some(Duration::from_millis(179_560)));
    // https://inference-docs.cerebras.ai/support/rate-limits
    let limits = read(
        "x-ratelimit-limit-requests-day: 1000000000
         x-ratelimit-limit-tokens-minute: 1000000000
         x-ratelimit-remaining-requests-day: 999997455
         x-ratelimit-remaining-tokens-minute: 999998298
         x-ratelimit-reset-requests-day: 33011.382867
         x-ratelimit-reset-tokens-minute: 11.382867",
    );
    let day = requests(1_000_000_000, 999_997_455).with_name("requests-day").with_window(seconds(DAY));
    let minute = requests(1_000_000_000, 999_998_298).with_name("tokens-minute").with_window(seconds(MINUTE));
    assert_eq!(
        limits,
        [
            day.with_reset(Duration::from_micros(33_011_382_867)),
            minute.with_unit(QuotaUnit::Tokens).with_reset(Duration::from_micros(11_382_867)),
        ]
    );
}

#[test]
fn anthropic_limits_requests_and_three_kinds_of_tokens() {
    // https://docs.anthropic.com/en/api/rate-limits#response-headers
    let limits = read(
        "date: Thu, 21 Aug 2025 12:41:00 GMT
         anthropic-ratelimit-input-tokens-limit: 80000
         anthropic-ratelimit-input-tokens-remaining: 79000
         anthropic-ratelimit-input-tokens-reset: 2025-08-21T12:41:01Z
         anthropic-ratelimit-output-tokens-limit: 16000
         anthropic-ratelimit-output-tokens-remaining: 16000
         anthropic-ratelimit-output-tokens-reset: 2025-08-21T12:41:00Z
         anthropic-ratelimit-requests-limit: 1000
         anthropic-ratelimit-requests-remaining: 999
         anthropic-ratelimit-requests-reset: 2025-08-21T12:40:59Z
         anthropic-ratelimit-tokens-limit: 96000
         anthropic-ratelimit-tokens-remaining: 95000
         anthropic-ratelimit-tokens-reset: 2025-08-21T12:42:00Z
         anthropic-priority-input-tokens-remaining: 10000
         anthropic-organization-id: 36562039-1ae4-48e6-ae28-1e517e3d2d12",
    );
    let tokens = |name, limit, remaining, reset| {
        let limit = requests(limit, remaining).with_name(name).with_unit(QuotaUnit::Tokens);
        limit.with_reset(seconds(reset))
    };
    let priority = RateLimit::new().with_name("priority-input-tokens").with_unit(QuotaUnit::Tokens);
    assert_eq!(
        limits,
        [
            priority.with_remaining(10_000),
            tokens("input-tokens", 80_000, 79_000, 1),
            tokens("output-tokens", 16_000, 16_000, 0),
            requests(1000, 999).with_name("requests").with_reset(Duration::ZERO),
            tokens("tokens", 96_000, 95_000, 60),
        ]
    );
}

#[test]
fn x_has_one_dash_more() {
    // https://docs.x.com/x-api/fundamentals/rate-limits
    let limits = read(
        "Date: Wed, 21 Oct 2015 07:28:00 GMT
         x-rate-limit-limit: 15
         x-rate-limit-remaining: 0
         x-rate-limit-reset: 1445413380",
    );
    assert_eq!(limits, [requests(15, 0).with_reset(seconds(900))]);
}

#[test]
fn linear_counts_milliseconds_since_1970() {
    // https://linear.app/developers/rate-limiting
    let limits = read(
        "Date: Wed, 21 Oct 2015 07:28:00 GMT
         X-RateLimit-Requests-Limit: 5000
         X-RateLimit-Requests-Remaining: 4999
         X-RateLimit-Requests-Reset: 1445412481500
         X-RateLimit-Complexity-Limit: 250000
         X-RateLimit-Complexity-Remaining: 249000",
    );
    assert_eq!(
        limits,
        [
            requests(250_000, 249_000).with_name("complexity").with_unit(QuotaUnit::Other),
            requests(5000, 4999).with_name("requests").with_reset(Duration::from_millis(1500)),
        ]
    );
}

#[test]
fn brave_has_two_limits_in_one_header() {
    // https://api.search.brave.com/app/documentation/web-search/response-headers
    let limits = read(
        "X-RateLimit-Limit: 1, 15000
         X-RateLimit-Policy: 1;w=1, 15000;w=2592000
         X-RateLimit-Remaining: 1, 1000
         X-RateLimit-Reset: 1, 1419704",
    );
    assert_eq!(
        limits,
        [
            requests(1, 1).with_reset(seconds(1)).with_window(seconds(1)),
            requests(15_000, 1000).with_reset(seconds(1_419_704)).with_window(seconds(30 * DAY)),
        ]
    );
}

#[test]
fn kong_limits_per_minute_and_per_hour() {
    // https://docs.konghq.com/hub/kong-inc/rate-limiting/
    let limits = read(
        "RateLimit-Limit: 6
         RateLimit-Remaining: 4
         RateLimit-Reset: 47
         X-RateLimit-Limit-Hour: 1000
         X-RateLimit-Remaining-Hour: 998
         X-RateLimit-Limit-Minute: 6
         X-RateLimit-Remaining-Minute: 4
         X-RateLimit-Limit-Videos-Second: 5
         X-RateLimit-Remaining-Videos-Second: 2",
    );
    assert_eq!(
        limits,
        [
            requests(6, 4).with_name("minute").with_reset(seconds(47)).with_window(seconds(MINUTE)),
            requests(1000, 998).with_name("hour").with_window(seconds(HOUR)),
            requests(5, 2).with_name("videos-second").with_unit(QuotaUnit::Other).with_window(seconds(1)),
        ]
    );
}

#[test]
fn docker_hub_has_the_window_in_both_headers() {
    // https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
    let limits = read(
        "ratelimit-limit: 100;w=21600\nratelimit-remaining: 76;w=21600\ndocker-ratelimit-source: 192.0.2.1",
    );
    assert_eq!(limits, [requests(100, 76).with_window(seconds(6 * HOUR))]);
}

#[test]
fn reddit_tells_what_is_used_instead_of_the_limit() {
    // https://support.reddithelp.com/hc/en-us/articles/16160319875092-Reddit-Data-API-Wiki
    let limits = read("X-Ratelimit-Used: 5\nX-Ratelimit-Remaining: 595.0\nX-Ratelimit-Reset: 300");
    assert_eq!(limits, [requests(600, 595).with_reset(seconds(300))]);
}

#[test]
fn azure_names_what_the_limit_is_for() {
    // https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/request-limits-and-throttling
    let limits = read("x-ms-ratelimit-remaining-subscription-reads: 11999");
    let reads = RateLimit::new().with_name("subscription-reads").with_unit(QuotaUnit::Other);
    assert_eq!(limits, [reads.with_remaining(11_999)]);
}

#[test]
fn zendesk_leaves_out_the_second_limit() {
    // https://developer.zendesk.com/api-reference/introduction/rate-limits/
    assert_eq!(read("X-Rate-Limit: 700\nX-Rate-Limit-Remaining: 699"), [requests(700, 699)]);
}

#[test]
fn jira_names_its_beta_before_the_drafts_headers() {
    // https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    let limits = read(
        "Beta-RateLimit-Policy: \"global-app-quota\";q=65000;w=3600
         Beta-RateLimit: \"global-app-quota\";r=12000;t=600",
    );
    let told = requests(65_000, 12_000).with_name("global-app-quota");
    assert_eq!(limits, [told.with_reset(seconds(600)).with_window(seconds(HOUR))]);
}

// Resets

#[test]
fn a_reset_is_read_in_every_form() {
    for (value, wait) in [
        ("0", 0.0),
        ("30", 30.0),
        (" 30 ", 30.0),
        ("0.25", 0.25),
        ("999999999", 999_999_999.0),
        ("1445412490", 10.0),
        ("1445412490.5", 10.5),
        ("1445412490500", 10.5),
        ("1000000000", 0.0),
        ("99999999999", 98_554_587_519.0),
        ("100000000000", 0.0),
        ("6m0s", 360.0),
        ("1s", 1.0),
        ("12ms", 0.012),
        ("250µs", 0.000_25),
        ("7m12.5s", 432.5),
        ("1h0m0s", 3600.0),
        ("1d2h", 93_600.0),
        ("6m 0s", 360.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wednesday, 21-Oct-15 07:28:30 GMT", 30.0),
        ("2015-10-21T07:28:30Z", 30.0),
        ("2015-10-21t07:28:30z", 30.0),
        ("2015-10-21 07:28:30", 30.0),
        ("2015-10-21T07:28:30.250Z", 30.25),
        ("2015-10-21T09:28:30+02:00", 30.0),
        ("2015-10-21T01:58:30-0530", 30.0),
        ("2015-10-21T07:29Z", 60.0),
        ("2015-10-21T07:28:60Z", 60.0),
        ("2016-02-29T07:28:00Z", 131.0 * 86_400.0),
        ("2015-10-20T07:28:00Z", 0.0),
    ] {
        assert_eq!(reset(value), Some(Duration::from_secs_f64(wait)), "{value:?}");
    }
}

#[test]
fn what_is_no_time_is_no_reset() {
    for value in [
        "",
        "-5",
        "+5",
        "1e9",
        "soon",
        "NaN",
        "100000000000000",
        "6x",
        "m6",
        "6m0",
        "1..5s",
        "2015-10-21",
        "2015-02-29T00:00:00Z",
        "2015-13-01T00:00:00Z",
        "2015-10-21T24:00:00Z",
        "2015-10-21T07:28:00Zz",
        "2015-10-21T07:28:00+2",
        "2015-10-21T07:28:00:00Z",
        "2015-10-21T07:28:00.Z",
        "1969-12-31T23:59:59Z",
        "+015-10-21T07:28:00Z",
    ] {
        assert_eq!(reset(value), None, "{value:?}");
    }
}

#[test]
fn a_reset_since_1970_is_compared_with_the_date_of_the_response_whatever_our_clock_says() {
    // By our clock this was long ago.
    assert_eq!(reset("1445412490"), Some(seconds(10)));
    // Without a date, our clock is all there is.
    let then = SystemTime::now() + seconds(1000);
    let epoch = then.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for date in ["", "Date: yesterday\n"] {
        let reset = read(&format!("{date}X-RateLimit-Reset: {epoch}"))[0].reset.unwrap();
        assert!((seconds(900)..=seconds(1000)).contains(&reset), "{reset:?}");
    }
}

// What isn't known, and what isn't there

#[test]
fn what_is_not_said_is_not_known() {
    assert_eq!(read("X-RateLimit-Remaining: 0"), [RateLimit::new().with_remaining(0)]);
    assert_eq!(read("X-RateLimit-Limit: 100"), [RateLimit::new().with_limit(100)]);
    assert_eq!(read("X-RateLimit-Reset: 7"), [RateLimit::new().with_reset(seconds(7))]);
    let limits = read("X-RateLimit-Limit: many\nX-RateLimit-Remaining: 3\nX-RateLimit-Reset: soon");
    assert_eq!(limits, [RateLimit::new().with_remaining(3)]);
    let limits = read("X-RateLimit-Limit: 60\nX-RateLimit-Remaining: 3\nX-RateLimit-Window: 1m");
    assert_eq!(limits, [requests(60, 3).with_window(seconds(MINUTE))]);
}

#[test]
fn what_is_below_zero_says_nothing() {
    // To some it means that there is no limit, to others that too much was used.
    assert_eq!(read("X-RateLimit-Limit: -1\nX-RateLimit-Remaining: -1\nX-RateLimit-Reset: -1"), []);
    assert_eq!(read("RateLimit: \"a\";r=-1;t=-1\nRateLimit-Policy: \"a\";q=-5;w=-60"), []);
}

#[test]
fn headers_that_speak_of_no_limit_are_left_alone() {
    for text in [
        "Retry-After: 5",
        "X-RateLimit: unknown",
        "X-RateLimit-Global: true",
        "X-RateLimit-Policy: none",
        "X-RateLimit-Window: 60",
        "X-RateLimited: 1",
        "X-RateLimit-Limits: 1",
        "Corporate-Limit-Remaining: 1",
        "X-Separate-Limit: 1",
        "Anthropic-RateLimit-Unified-Status: allowed",
    ] {
        assert_eq!(read(text), [], "{text:?}");
    }
}

#[test]
fn a_cached_response_says_nothing_of_what_is_left_now() {
    // draft-ietf-httpapi-ratelimit-headers-10, section 7.2
    assert_eq!(read("Age: 1\nRateLimit: \"default\";r=50;t=30"), []);
    assert_eq!(read("Age: 0\nRateLimit: \"default\";r=50;t=30").len(), 1);
    assert_eq!(read("Age: old\nRateLimit: \"default\";r=50;t=30").len(), 1);
}

#[test]
fn numbers_beyond_all_bounds_saturate() {
    let limits =
        read("X-RateLimit-Limit: 99999999999999999999999\nX-RateLimit-Remaining: 18446744073709551615");
    assert_eq!(limits, [requests(u64::MAX, u64::MAX)]);
    let limits = read("X-RateLimit-Used: 18446744073709551615\nX-RateLimit-Remaining: 18446744073709551615");
    assert_eq!(limits, [requests(u64::MAX, u64::MAX)]);
    assert_eq!(reset(&format!("{0}d{0}h", "9".repeat(30))), Some(Duration::MAX));
}

#[test]
fn no_response_makes_more_of_its_headers_than_a_server_can_mean() {
    let list = vec!["1"; 10_000].join(",");
    assert!(
        RateLimit::from_headers(&map([("x-ratelimit-limit", &*list), ("x-ratelimit-policy", &*list)])).len()
            <= 64
    );
    let names: Vec<_> = (0..10_000).map(|key| format!("x-ratelimit-limit-{key}")).collect();
    assert!(RateLimit::from_headers(&map(names.iter().map(|name| (&**name, "1")))).len() <= 32);
}

/// Names of headers on limits, and what could be taken for one.
const NAMES: &str = "(x-|anthropic-)?(rate-?limit|anthropic-priority)\
    (-(limit|remaining|used|reset|reset-after|resettime|policy|window|name|tokens|requests-day|5h|[a-z-]{0,9})){0,3}";
/// Values that are nearly right.
const VALUES: &str = "([0-9]{0,25}|[0-9]{1,4}\\.[0-9]{0,12}|-[0-9]+|\"[a-z\\\\\"]{0,5}\"|[a-z]{1,3}|;w=|;q=|;r=|;t=|[,;=:]|\
    20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})|[0-9]{1,30}(ms|s|m|h|d|ns)){0,6}";

fn arbitrary_bytes() -> impl Strategy<Value = HeaderValue> {
    // All that a header can hold.
    let byte = prop_oneof![Just(b'\t'), 0x20_u8..0x7f, 0x80_u8..=0xff];
    let value = prop_oneof![VALUES.prop_map(String::into_bytes), proptest::collection::vec(byte, 0..40)];
    value.prop_map(|bytes| HeaderValue::from_bytes(&bytes).expect("a value"))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        lines in proptest::collection::vec((NAMES, arbitrary_bytes()), 0..12),
        date in proptest::option::of(arbitrary_bytes()), shopify in arbitrary_bytes(),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_bytes(name.as_bytes()).expect("a name"), value);
        }
        headers.extend(date.map(|date| (http::header::DATE, date)));
        headers.insert("x-shopify-shop-api-call-limit", shopify);
        for limit in RateLimit::from_headers(&headers) {
            prop_assert!(limit.limit.is_some() || limit.remaining.is_some() || limit.reset.is_some());
            prop_assert!(limit.window != Some(Duration::ZERO));
        }
    }

    #[test]
    fn every_instant_is_read_alike_in_all_its_forms(epoch in 1_445_412_480_u64..4_102_444_800) {
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + seconds(epoch));
        let wait = Some(seconds(epoch - 1_445_412_480));
        prop_assert_eq!(reset(&epoch.to_string()), wait);
        prop_assert_eq!(reset(&format!("{epoch}000")), wait);
        prop_assert_eq!(reset(&date), wait);
        let (day, time) = (&date[5..16], &date[17..25]);
        let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(&day[3..6]).unwrap() / 3 + 1;
        prop_assert_eq!(reset(&format!("{}-{month:02}-{}T{time}Z", &day[7..11], &day[0..2])), wait);
    }
}

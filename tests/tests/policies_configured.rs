//! PROMISE 7.9: a policy is read from configuration. Numbers are seconds and strings durations; what is unknown or out of
//! range is refused, with what to write.

use std::process::Command;
use std::time::Duration;

use backoff_runtime::{AnyJitter, Details, LivePolicy, Paced, Pacer, Plain, Policy, Timed};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a policy is, as it can be told by comparing: the whole of it.
fn shown<E: std::fmt::Debug>(policy: &Policy<E>) -> String {
    format!("{policy:?}")
}

fn read<'de, E>(json: &'de str) -> Result<Policy<E>, serde_json::Error>
where
    Policy<E>: Deserialize<'de>,
{
    serde_json::from_str(json)
}

/// The first waits of a policy, in seconds.
fn waits(policy: &Policy) -> Vec<f64> {
    let mut waits = Vec::new();
    let _ = policy
        .on_exception()
        .max_tries(5)
        .jitter(|wait: Duration| {
            waits.push(wait.as_secs_f64());
            Duration::ZERO
        })
        .run_blocking(|| Err::<(), u8>(1));
    waits
}

#[test]
fn every_option_is_read_by_its_name_in_the_attributes() {
    for (read, policy) in [
        (json!({}), Policy::expo()),
        (json!({"wait": "expo"}), Policy::expo()),
        (
            json!({"base": 3, "factor": 0.5, "max_value": "10s"}),
            Policy::expo().base(3.0).factor(0.5).max_value("10s"),
        ),
        (json!({"wait": "fibo", "max_value": 7}), Policy::fibo().max_value("7s")),
        (json!({"wait": "constant"}), Policy::constant("1s")),
        (json!({"wait": "constant", "interval": 0.25}), Policy::constant("250ms")),
        (
            json!({"wait": "decay", "initial_value": 5, "decay_factor": 2, "min_value": "100ms"}),
            Policy::decay().initial_value("5s").decay_factor(2.0).min_value("100ms"),
        ),
        (
            json!({"jitter": "equal_jitter", "max_tries": 5}),
            Policy::expo().jitter(AnyJitter::Equal).max_tries(5),
        ),
        (json!({"max_time": "1h30m"}), Policy::expo().max_time("90m")),
        (
            json!({"backoff_log_level": "debug", "giveup_log_level": "warn"}),
            Policy::expo()
                .backoff_log_level(backoff_runtime::Level::Debug)
                .giveup_log_level(backoff_runtime::Level::Warn),
        ),
    ] {
        assert_eq!(shown(&serde_json::from_value::<Policy>(read.clone()).unwrap()), shown(&policy), "{read}");
        assert_eq!(shown(&self::read::<Plain>(&read.to_string()).unwrap()), shown(&policy), "{read}");
    }
    let timed: Policy<Timed> = read(r#"{"attempt_timeout": 2, "timeout": "1m", "max_tries": 3}"#).unwrap();
    assert_eq!(shown(&timed), shown(&Policy::expo().attempt_timeout("2s").timeout("1m").max_tries(3)));
}

#[test]
fn a_list_of_waits_is_a_sequence() {
    let policy: Policy = read(r#"{"interval": [1, 0.5, "250ms"], "wait": "constant"}"#).unwrap();
    assert_eq!(waits(&policy), [1.0, 0.5, 0.25]);
}

#[test]
fn what_is_null_is_as_if_it_were_not_there() {
    static API: Policy = Policy::fibo().max_value("9s").max_tries(4).jitter(AnyJitter::None);
    let nulls = NAMES.iter().map(|name| (name.to_string(), Value::Null)).collect::<serde_json::Map<_, _>>();
    let policy = serde_json::from_value::<Policy<Timed>>(nulls.into()).unwrap();
    assert_eq!(shown(&policy), shown(&read::<Timed>("{}").unwrap()));
    let same = API.overridden_by(json!({"max_tries": null, "max_value": null, "jitter": null})).unwrap();
    assert_eq!(shown(&same), shown(&API));
}

#[test]
fn none_takes_a_limit_away() {
    static API: Policy = Policy::expo().max_value("30s").max_tries(5).max_time("5m");
    let endless =
        API.overridden_by(json!({"max_value": "none", "max_tries": "none", "max_time": "none"})).unwrap();
    assert_eq!(shown(&endless), shown(&Policy::expo()));
}

#[test]
fn policies_are_fields_of_the_configuration_of_an_application() {
    static LIMIT: Pacer = Pacer::per_second(10.0);
    #[derive(Deserialize)]
    struct Config {
        retry: Policy,
        sms: Policy<Timed>,
        mail: Policy<Paced>,
        search: Option<Policy>,
        jitter: AnyJitter,
    }

    let config: Config = toml::from_str(
        r#"
        jitter = "decorrelated_jitter"

        [retry]
        max_tries = 5
        max_value = "30s"

        [sms]
        wait = "fibo"
        timeout = 60

        [mail]
        max_time = 0.5
        "#,
    )
    .unwrap();
    assert_eq!(shown(&config.retry), shown(&Policy::expo().max_tries(5).max_value("30s")));
    assert_eq!(shown(&config.sms), shown(&Policy::fibo().timeout("1m")));
    assert_eq!(shown(&config.mail.pacer(&LIMIT)), shown(&Policy::expo().max_time("500ms").pacer(&LIMIT)));
    assert!(config.search.is_none() && config.jitter == AnyJitter::Decorrelated);
}

#[test]
fn options_may_stand_among_those_of_a_struct() {
    #[derive(Deserialize)]
    struct Config {
        host: String,
        #[serde(flatten)]
        retry: Policy,
    }
    let config: Config = toml::from_str("host = 'a'\nmax_tries = 5\nmax_time = '1m'").unwrap();
    assert_eq!(
        (&*config.host, shown(&config.retry)),
        ("a", shown(&Policy::expo().max_tries(5).max_time("1m")))
    );
    let error = toml::from_str::<Config>("host = 'a'\nmax_tries = 0").err().unwrap();
    assert_eq!(error.message(), "`max_tries` counts the first attempt, so it must be at least 1");
}

#[test]
fn what_is_read_overrides_the_options_of_a_policy_one_by_one() {
    static API: Policy = Policy::expo().factor(0.5).max_value("30s").max_tries(5).max_time("5m");
    let over = |json: Value| API.overridden_by(json).map(|policy| shown(&policy)).unwrap();
    assert_eq!(over(json!({})), shown(&API));
    assert_eq!(over(json!({"max_tries": 8})), shown(&API.max_tries(8)));
    assert_eq!(
        over(json!({"wait": "expo", "base": 3})),
        shown(&API.base(3.0)),
        "the same generator keeps its options"
    );
    let fibo = Policy::fibo().max_tries(5).max_time("5m");
    assert_eq!(over(json!({"wait": "fibo"})), shown(&fibo), "another begins with its own");
    assert_eq!(over(json!({"max_value": 9, "wait": "fibo"})), shown(&fibo.max_value("9s")));
}

#[test]
fn what_is_read_leaves_the_pacer_of_a_policy() {
    static LIMIT: Pacer = Pacer::per_second(10.0);
    static SMS: Policy<Paced> = Policy::expo().max_tries(5).pacer(&LIMIT);
    let sms = SMS.overridden_by(json!({"max_tries": 8})).unwrap();
    assert_eq!(shown(&sms), shown(&Policy::expo().max_tries(8).pacer(&LIMIT)));
}

#[test]
fn a_live_policy_is_read_again_and_stays_as_it_was_when_the_new_one_is_wrong() {
    const DEFAULTS: Policy = Policy::constant("0s").max_tries(2);
    static API: LivePolicy = LivePolicy::new(DEFAULTS);
    let reload = |file: &str| -> Result<(), toml::de::Error> {
        API.set(DEFAULTS.overridden_by(toml::Deserializer::parse(file)?)?);
        Ok(())
    };
    let tries = || {
        let mut tries = 0;
        let count = |d: &Details<'_, ()>| tries = d.tries;
        let _ = API.on_exception().on_try(count).run_blocking(|| Err::<(), u8>(1));
        tries
    };
    assert_eq!(tries(), 2);
    reload("max_tries = 7").unwrap();
    assert_eq!(tries(), 7);
    assert!(reload("max_tries = 0").is_err());
    assert_eq!(tries(), 7);
    reload("").unwrap();
    assert_eq!(tries(), 2);
}

const NAMES: [&str; 15] = [
    "wait",
    "base",
    "factor",
    "max_value",
    "interval",
    "initial_value",
    "decay_factor",
    "min_value",
    "jitter",
    "max_tries",
    "max_time",
    "attempt_timeout",
    "timeout",
    "backoff_log_level",
    "giveup_log_level",
];

#[test]
#[allow(clippy::too_many_lines, reason = "one table of all that is refused")]
fn what_is_refused_says_what_to_write() {
    const A_TIME: &str = "write seconds as a number, or a time with its unit, such as `\"250ms\"`";
    const UNITS: &str = "write `ns`, `us`, `ms`, `s`, `m`, `h` or `d` behind each, such as `\"250ms\"`";
    for (json, expected) in [
        // Names.
        (r#"{"max_tires": 5}"#, "unknown option `max_tires`; did you mean `max_tries`?"),
        (r#"{"max-tries": 5}"#, "unknown option `max-tries`; did you mean `max_tries`?"),
        (r#"{"maxTries": 5}"#, "unknown option `maxTries`; did you mean `max_tries`?"),
        (
            r#"{"retries": 5}"#,
            "unknown option `retries`; known are `wait`, `base`, `factor`, `max_value`, `interval`, `initial_value`, \
             `decay_factor`, `min_value`, `jitter`, `max_tries`, `max_time`, `backoff_log_level` and `giveup_log_level`",
        ),
        (
            r#"{"budget": 5}"#,
            "unknown option `budget`; it is set by the program, by the method `budget` of the policy",
        ),
        (
            r#"{"timeout": 5}"#,
            "`timeout` ends attempts that are under way; read a `Policy<Timed>`, or remove it",
        ),
        (
            r#"{"attempt_timeout": 5}"#,
            "`attempt_timeout` ends attempts that are under way; read a `Policy<Timed>`, or remove it",
        ),
        (r#"{"max_tries": 5, "max_tries": 5}"#, "`max_tries` is there twice; remove one"),
        (r#"{"max_tries": null, "max_tries": 5}"#, "`max_tries` is there twice; remove one"),
        // Generators.
        (
            r#"{"wait": "exponential"}"#,
            "`wait` is the unknown generator `\"exponential\"`; did you mean `\"expo\"`?",
        ),
        (
            r#"{"wait": "linear"}"#,
            "`wait` is the unknown generator `\"linear\"`; write `\"expo\"`, `\"fibo\"`, `\"constant\"` or `\"decay\"`",
        ),
        (
            r#"{"wait": 5}"#,
            "`wait` cannot be `5`; write `\"expo\"`, `\"fibo\"`, `\"constant\"` or `\"decay\"`",
        ),
        (r#"{"base": 3, "wait": "fibo"}"#, "`base` belongs to `expo`; write `wait = \"expo\"`, or remove it"),
        (
            r#"{"wait": "constant", "max_value": 3}"#,
            "`max_value` belongs to `expo` and `fibo`; write `wait = \"expo\"` or `wait = \"fibo\"`, or remove it",
        ),
        (
            r#"{"interval": 3}"#,
            "`interval` belongs to `constant`, and the policy waits by `expo`; write `wait = \"constant\"` beside it, or remove it",
        ),
        (
            r#"{"wait": "expo", "min_value": 3}"#,
            "`min_value` belongs to `decay`; write `wait = \"decay\"`, or remove it",
        ),
        (r#"{"base": 0}"#, "`base` must be greater than 0 and finite; write a positive number, such as `2`"),
        (
            r#"{"base": -2.5}"#,
            "`base` must be greater than 0 and finite; write a positive number, such as `2`",
        ),
        (r#"{"base": "2"}"#, "`base` cannot be `\"2\"`; write a number, such as `2`"),
        (r#"{"factor": -1}"#, "`factor` cannot be negative, NaN or infinite; write a finite number from 0"),
        (
            r#"{"interval": [], "wait": "constant"}"#,
            "`interval` has no items, so there would be no retry; write at least one, such as `[1, 2, 5]`",
        ),
        (
            r#"{"interval": [1, -2], "wait": "constant"}"#,
            "`interval` cannot be negative; write it without a sign",
        ),
        (
            r#"{"interval": [1, [2]], "wait": "constant"}"#,
            "invalid type: sequence, expected seconds or a time with its unit, as an item of `interval`",
        ),
        // Limits.
        (r#"{"max_tries": 0}"#, "`max_tries` counts the first attempt, so it must be at least 1"),
        (r#"{"max_tries": -3}"#, "`max_tries` counts the first attempt, so it must be at least 1"),
        (r#"{"max_tries": 2.5}"#, "`max_tries` cannot be `2.5`; write a whole number from 1, such as `5`"),
        (r#"{"max_tries": "5"}"#, "`max_tries` cannot be `\"5\"`; write a whole number from 1, such as `5`"),
        (r#"{"max_tries": true}"#, "`max_tries` cannot be `true`; write a whole number from 1, such as `5`"),
        (r#"{"max_tries": [5]}"#, "`max_tries` cannot be a list; write a whole number from 1, such as `5`"),
        (
            r#"{"max_tries": 4294967296}"#,
            "`max_tries` is at most 4294967295; write a lower number, or remove it for no limit",
        ),
        (r#"{"max_time": -0.5}"#, "`max_time` cannot be negative; write it without a sign"),
        (r#"{"max_time": "-5s"}"#, "`max_time` cannot be negative; write it without a sign"),
        (r#"{"max_time": 1e300}"#, "`max_time` is too long for a time; write a shorter one"),
        (
            r#"{"max_time": "99999999999999999999d"}"#,
            "`max_time` is too long for a time; write a shorter one",
        ),
        (
            r#"{"max_time": "5"}"#,
            "`max_time` is the text `\"5\"` without a unit; write seconds as a number, `5`, or a unit behind it, `\"5s\"`",
        ),
        (r#"{"max_time": "soon"}"#, &format!("`max_time` cannot be `\"soon\"`; {A_TIME}")),
        (r#"{"max_time": ""}"#, &format!("`max_time` cannot be `\"\"`; {A_TIME}")),
        (r#"{"max_time": false}"#, &format!("`max_time` cannot be `false`; {A_TIME}")),
        (
            r#"{"max_time": "5 parsecs"}"#,
            &format!("`max_time` is `\"5 parsecs\"`, where a number has no unit that is known; {UNITS}"),
        ),
        (r#"{"max_time": [5]}"#, "`max_time` is one value, and not a list; write one"),
        (
            r#"{"max_time": {"secs": 5}}"#,
            "invalid type: map, expected a value of `max_time`, which is a number, a text or nothing",
        ),
        // The others.
        (
            r#"{"jitter": "full"}"#,
            "`jitter` is the unknown jitter `\"full\"`; did you mean `\"full_jitter\"`?",
        ),
        (
            r#"{"backoff_log_level": "loud"}"#,
            "`backoff_log_level` is the unknown level `\"loud\"`; write `\"trace\"`, `\"debug\"`, `\"info\"`, \
             `\"warn\"` or `\"error\"`",
        ),
        ("[]", "invalid type: sequence, expected the options of a policy, such as `max_tries = 5`"),
    ] {
        let error = read::<Plain>(json).unwrap_err().to_string();
        assert_eq!(without_place(&error), expected, "{json}");
    }
}

/// What an error of JSON says besides where it is.
fn without_place(error: &str) -> &str {
    error.split_once(" at line ").map_or(error, |(message, _)| message)
}

#[test]
fn a_limit_of_zero_that_would_end_each_attempt_is_refused() {
    let error = read::<Timed>(r#"{"attempt_timeout": "0s"}"#).unwrap_err().to_string();
    let expected = "`attempt_timeout` of zero would end each attempt before it begins; write a longer time";
    assert_eq!(without_place(&error), expected);
}

#[test]
fn numbers_that_only_toml_has_are_refused() {
    for (toml, expected) in [
        (
            "max_time = inf",
            "`max_time` cannot be NaN or infinite; write a finite number of seconds, or remove it for no limit",
        ),
        (
            "max_time = nan",
            "`max_time` cannot be NaN or infinite; write a finite number of seconds, or remove it for no limit",
        ),
        ("max_time = -inf", "`max_time` cannot be negative; write it without a sign"),
        ("base = nan", "`base` must be greater than 0 and finite; write a positive number, such as `2`"),
        ("factor = inf", "`factor` cannot be negative, NaN or infinite; write a finite number from 0"),
    ] {
        assert_eq!(toml::from_str::<Policy>(toml).unwrap_err().message(), expected, "{toml}");
    }
}

#[test]
fn an_error_stands_at_the_place_of_the_mistake() {
    let error = toml::from_str::<Policy>("max_time = 5\nmax_tries = 0\n").unwrap_err();
    assert_eq!(error.span(), Some(25..26));
}

#[test]
fn options_of_another_generator_are_refused_whatever_the_order() {
    static OWN: Policy = Policy::waits(|_| None);
    let error = OWN.overridden_by(json!({"base": 2})).unwrap_err().to_string();
    assert_eq!(
        error,
        "`base` belongs to `expo`, and the policy has a function of its own; write `wait = \"expo\"` beside it, or remove it"
    );
    for json in [r#"{"wait": "decay", "base": 2}"#, r#"{"base": 2, "wait": "decay"}"#] {
        let error = read::<Plain>(json).unwrap_err().to_string();
        assert_eq!(without_place(&error), "`base` belongs to `expo`; write `wait = \"expo\"`, or remove it");
    }
}

/// Set by the test below for itself, as another process.
const IN_A_PROCESS_OF_ITS_OWN: &str = "BACKOFF_TESTS_READ_ENVIRONMENT";

#[test]
fn the_environment_overrides_the_options_of_a_policy() {
    static SMS: Policy = Policy::expo().max_value("30s").max_tries(5);
    if std::env::var_os(IN_A_PROCESS_OF_ITS_OWN).is_some() {
        assert_eq!(
            shown(&Policy::from_env("SMS_RETRY").unwrap()),
            shown(&Policy::expo().max_tries(8).max_time("1500ms"))
        );
        assert_eq!(
            shown(&SMS.overridden_by_env("SMS_RETRY").unwrap()),
            shown(&SMS.max_tries(8).max_time("1500ms"))
        );
        assert_eq!(shown(&SMS.overridden_by_env("MAIL_RETRY").unwrap()), shown(&SMS));
        let error: Box<dyn std::error::Error> = SMS.overridden_by_env("BAD_RETRY").unwrap_err().into();
        assert_eq!(
            error.to_string(),
            "unknown variable `BAD_RETRY_MAX_TIRES`; did you mean `BAD_RETRY_MAX_TRIES`?"
        );
        return;
    }
    // Variables of this process would be those of all tests that run beside.
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_environment_overrides_the_options_of_a_policy"])
        .env(IN_A_PROCESS_OF_ITS_OWN, "1")
        .env("SMS_RETRY_MAX_TRIES", "8")
        .env("SMS_RETRY_MAX_TIME", "1.5")
        .env("SMS_RETRY_JITTER", "")
        .env("BAD_RETRY_MAX_TIRES", "secret")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// Anything that JSON can say.
fn anything() -> impl Strategy<Value = Value> {
    let name = || prop_oneof![prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), ".{0,12}"];
    let word = prop::sample::select(vec![
        "expo",
        "fibo",
        "constant",
        "decay",
        "none",
        "full_jitter",
        "1h",
        "-1s",
        "5",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3..4).prop_map(Value::from),
        word.prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn no_input_makes_it_panic(
        values in prop::collection::hash_map(prop::sample::select(NAMES.to_vec()), anything(), 0..4),
        any in anything(),
    ) {
        let map = Value::from_iter(values);
        for json in [map, any] {
            let text = json.to_string();
            let policies = [read::<Plain>(&text).ok(), serde_json::from_value::<Policy>(json).ok()];
            for policy in policies.iter().flatten() {
                prop_assert!(waits(policy).len() <= 4);
            }
            let _ = read::<Timed>(&text);
            let _ = toml::from_str::<Policy>(&text);
        }
    }
}

/// Reads the settings.
/**

# Retries

Retried on `io::Error`: up to 5 attempts, waiting 1 s, 2 s, 4 s, 8 s.*/
pub async fn settings(path: &Path) -> io::Result<String> {
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
    __backoff::Retry::begin(&mut __retry, &__backoff::Logger::DEFAULT, || "settings");
    loop {
        let __delay = {
            let __outcome = __backoff::on_exception::<
                io::Result<String>,
            >(
                match __backoff::Option::None {
                    __backoff::Option::None => tokio::fs::read_to_string(path).await,
                    __backoff::Option::Some(()) => __backoff::never(),
                },
            );
            if !__backoff::when_is::<io::Error, _, _>(&__outcome) {
                break __backoff::Retry::succeed(&__retry, || "settings", __outcome);
            }
            let __giveup = __backoff::when(
                &__outcome,
                |e| e.kind() == io::ErrorKind::NotFound,
            );
            match __backoff::Retry::next(
                &mut __retry,
                &__backoff::Rules {
                    target: "settings",
                    limits: __backoff::Limits {
                        max_tries: 5u32,
                        max_time: __backoff::Option::None,
                        timeout: __backoff::Option::None,
                    },
                    logger: __backoff::Logger::DEFAULT,
                },
                &__backoff::expo(),
                __backoff::none(),
                __giveup,
                __backoff::show(&__outcome).__backoff_shown(),
                __outcome,
            ) {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => break __output,
            }
        };
        __delay.await;
        __backoff::Retry::tries_again(&__retry, "settings");
    }
}

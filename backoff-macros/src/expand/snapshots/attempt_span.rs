async fn fetch(url: &str) -> Result<Page, ApiError> {
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    __backoff::needs_tracing!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
    __backoff::Retry::begin(
        &mut __retry,
        &__backoff::Logger::DEFAULT.none(),
        || "fetch",
    );
    loop {
        let __delay = {
            let mut __cut = false;
            let __outcome = __backoff::on_exception({
                let __span = __backoff::Retry::attempt_span(&__retry, "fetch");
                let __attempt = __backoff::pin!(
                    async { if let __backoff::Option::Some(__output) =
                    __backoff::Option::None:: < Result < Page, ApiError > > { return
                    __output; } client().get(url). await ? .page() }
                );
                let __attempt = __backoff::AttemptSpan::around(&__span, __attempt);
                let __returned = __backoff::timeout::<
                    Result<Page, ApiError>,
                >(
                        __backoff::Retry::attempt_time(
                            &__retry,
                            __backoff::Option::Some(
                                __backoff::Duration::new(5u64, 0u32),
                            ),
                            __backoff::Limits {
                                max_tries: __backoff::NO_LIMIT,
                                max_time: __backoff::Option::None,
                                timeout: __backoff::Option::None,
                            },
                        ),
                        &mut __cut,
                        __backoff::converted(),
                        __backoff::pin!(__attempt),
                    )
                    .await;
                __returned
            });
            if !__cut && !__backoff::when_any(&__outcome) {
                break __backoff::Retry::succeed(&__retry, || "fetch", __outcome);
            }
            match __backoff::Retry::next(
                &mut __retry,
                &__backoff::Rules {
                    target: "fetch",
                    limits: __backoff::Limits {
                        max_tries: __backoff::NO_LIMIT,
                        max_time: __backoff::Option::None,
                        timeout: __backoff::Option::None,
                    },
                    logger: __backoff::Logger::DEFAULT.none(),
                },
                &__backoff::constant(),
                __backoff::DefaultJitter::new(),
                false,
                __backoff::show(&__outcome).__backoff_shown(),
                __outcome,
            ) {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => break __output,
            }
        };
        __delay.await;
        __backoff::Retry::tries_again(&__retry, "fetch");
    }
}

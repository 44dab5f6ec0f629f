async fn is_ready() -> bool {
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::timed();
    __backoff::Retry::tries_now(&__retry, || "is_ready");
    loop {
        let __delay = {
            let __outcome = __backoff::on_predicate::<
                bool,
            >(
                match __backoff::Option::None {
                    __backoff::Option::None => probe().await,
                    __backoff::Option::Some(()) => __backoff::never(),
                },
            );
            if !__backoff::when_falsy(&__outcome) {
                break __backoff::Retry::succeed_timed(
                    &__retry,
                    || "is_ready",
                    __outcome,
                );
            }
            match __backoff::Retry::next(
                &mut __retry,
                &__backoff::Rules {
                    target: "is_ready",
                    limits: __backoff::Limits {
                        max_tries: __backoff::NO_LIMIT,
                        max_time: __backoff::Option::Some(
                            __backoff::Duration::new(300u64, 0u32),
                        ),
                        timeout: __backoff::Option::None,
                    },
                    logger: __backoff::Logger::DEFAULT,
                },
                &__backoff::expo(),
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
        __backoff::Retry::tries_again(&__retry, "is_ready");
    }
}

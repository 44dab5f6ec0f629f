async fn job(id: u32) -> Result<Job, ApiError> {
    #[allow(unused_imports)]
    use on_exception as _;
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
    __backoff::Retry::begin(&mut __retry, &__backoff::Logger::DEFAULT, || "job");
    loop {
        let __delay = {
            let __outcome = __backoff::on_predicate(
                async {
                    if let __backoff::Option::Some(__output) = __backoff::Option::None::<
                        Result<Job, ApiError>,
                    > {
                        return __output;
                    }
                    use ::backoff_runtime::__private as __backoff;
                    __backoff::needs_tokio!();
                    let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
                    __backoff::Retry::begin(
                        &mut __retry,
                        &__backoff::Logger::DEFAULT,
                        || "job",
                    );
                    loop {
                        let __delay = {
                            let __outcome = __backoff::on_exception::<
                                Result<Job, ApiError>,
                            >(
                                match __backoff::Option::None {
                                    __backoff::Option::None => fetch(id).await,
                                    __backoff::Option::Some(()) => __backoff::never(),
                                },
                            );
                            if !__backoff::when_any(&__outcome) {
                                break __backoff::Retry::succeed(
                                    &__retry,
                                    || "job",
                                    __outcome,
                                );
                            }
                            match __backoff::cold(|| {
                                let mut __attempt = __backoff::Retry::failed(
                                    &mut __retry,
                                    "job",
                                    &__outcome,
                                );
                                __backoff::Attempt::limit(
                                    &mut __attempt,
                                    __backoff::Limits {
                                        max_tries: __backoff::NO_LIMIT,
                                        max_time: __backoff::Option::None,
                                        timeout: __backoff::Option::None,
                                    },
                                );
                                __backoff::Attempt::wait_of(
                                    &mut __attempt,
                                    |e| e.retry_after(),
                                    &mut __backoff::none(),
                                );
                                __backoff::Attempt::log(
                                    &__attempt,
                                    &__backoff::Logger::DEFAULT,
                                    __backoff::show(&__outcome).__backoff_shown(),
                                );
                                let __wait = __backoff::Attempt::end(__attempt);
                                __backoff::Retry::after(
                                    &__retry,
                                    __wait,
                                    __outcome,
                                    __backoff::drop,
                                )
                            }) {
                                __backoff::ControlFlow::Continue(__delay) => __delay,
                                __backoff::ControlFlow::Break(__output) => break __output,
                            }
                        };
                        __delay.await;
                        __backoff::Retry::tries_again(&__retry, "job");
                    }
                }
                    .await,
            );
            if !__backoff::when(
                &__outcome,
                |__outcome| __backoff::matches!(__outcome, Ok(Job::Pending)),
            ) {
                break __backoff::Retry::succeed(&__retry, || "job", __outcome);
            }
            match __backoff::Retry::next(
                &mut __retry,
                &__backoff::Rules {
                    target: "job",
                    limits: __backoff::Limits {
                        max_tries: 3u32,
                        max_time: __backoff::Option::None,
                        timeout: __backoff::Option::None,
                    },
                    logger: __backoff::Logger::DEFAULT,
                },
                &__backoff::fibo(),
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
        __backoff::Retry::tries_again(&__retry, "job");
    }
}

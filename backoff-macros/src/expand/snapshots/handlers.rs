async fn list(client: &Client) -> Result<Vec<Item>, ApiError> {
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::timed();
    __backoff::Retry::tries_now(&__retry, || "list");
    loop {
        __backoff::Retry::on_try(&__retry, "list", |d| count(d.tries));
        let __delay = {
            let __outcome = __backoff::on_exception::<
                Result<Vec<Item>, ApiError>,
            >(
                match __backoff::Option::None {
                    __backoff::Option::None => client.list().await,
                    __backoff::Option::Some(()) => __backoff::never(),
                },
            );
            if !__backoff::when_any(&__outcome) {
                break __backoff::Retry::succeed_timed(&__retry, || "list", __outcome);
            }
            match {
                let mut __attempt = __backoff::Retry::failed(
                    &mut __retry,
                    "list",
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
                __backoff::Attempt::wait_number(
                    &mut __attempt,
                    |__n| __backoff::Numbered::number(
                        &__backoff::constant()
                            .interval(__backoff::Duration::new(0u64, 100000000u32)),
                        __n,
                    ),
                    &mut __backoff::DefaultJitter::new(),
                );
                __backoff::Attempt::log(
                    &__attempt,
                    &__backoff::Logger::DEFAULT.none(),
                    __backoff::show(&__outcome).__backoff_shown(),
                );
                if let __backoff::Option::Some(__details) = __backoff::Attempt::giving_up(
                    &__attempt,
                ) {
                    __backoff::answer::<(), _, _>(__backoff::call(ring, &__details))
                        .await;
                }
                if let __backoff::Option::Some(__details) = __backoff::Attempt::giving_up(
                    &__attempt,
                ) {
                    __backoff::answer::<
                        (),
                        _,
                        _,
                    >(__backoff::call(async |d| note(d).await, &__details))
                        .await;
                }
                let __wait = __backoff::Attempt::end(__attempt);
                __backoff::Retry::after(&__retry, __wait, __outcome, __backoff::drop)
            } {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => {
                    break __backoff::or_else(__output, |_| Ok(Vec::new()));
                }
            }
        };
        __delay.await;
        __backoff::Retry::tries_again(&__retry, "list");
    }
}

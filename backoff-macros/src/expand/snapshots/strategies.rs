async fn query(&self, id: u32) -> Result<Row, DbError> {
    use ::backoff_runtime::__private as __backoff;
    __backoff::needs_tokio!();
    let mut __retry = __backoff::Retry::<__backoff::Async>::timed();
    __backoff::Retry::tries_now(&__retry, || "query");
    let mut __failures = [0; 2];
    let mut __waits_1 = __backoff::fibo().max_value(__backoff::max_time(self.longest));
    loop {
        let __delay = {
            let __outcome = __backoff::on_exception::<
                Result<Row, DbError>,
            >(
                match __backoff::Option::None {
                    __backoff::Option::None => self.pool.query(id).await,
                    __backoff::Option::Some(()) => __backoff::never(),
                },
            );
            let __class = __backoff::class(&__outcome);
            let __kind = if __backoff::when(&__outcome, DbError::is_busy) {
                0
            } else if __backoff::is_retried(__class) {
                1
            } else {
                break __backoff::Retry::succeed_timed(&__retry, || "query", __outcome);
            };
            match __backoff::cold(|| {
                let mut __attempt = __backoff::Retry::failed(
                    &mut __retry,
                    "query",
                    &__outcome,
                );
                let __nth = __backoff::Attempt::nth(
                    &mut __attempt,
                    &mut __failures,
                    __kind,
                    [4u32, __backoff::NO_LIMIT],
                );
                __backoff::Attempt::limit(
                    &mut __attempt,
                    __backoff::Limits {
                        max_tries: __backoff::NO_LIMIT,
                        max_time: __backoff::Option::Some(
                            __backoff::Duration::new(30u64, 0u32),
                        ),
                        timeout: __backoff::Option::None,
                    },
                );
                __backoff::Attempt::retry_after(
                    &mut __attempt,
                    |_| __backoff::Class::retry_after(__class),
                );
                match __kind {
                    0 => {
                        __backoff::Attempt::wait_number(
                            &mut __attempt,
                            |_| __backoff::Numbered::number(&__backoff::expo(), __nth),
                            &mut __backoff::none(),
                        )
                    }
                    _ => {
                        __backoff::Attempt::wait(
                            &mut __attempt,
                            &mut __waits_1,
                            &mut __backoff::DefaultJitter::new(),
                        )
                    }
                }
                __backoff::Attempt::log(
                    &__attempt,
                    &__backoff::Logger::DEFAULT,
                    __backoff::show(&__outcome).__backoff_shown(),
                );
                let __wait = __backoff::Attempt::end(__attempt);
                __backoff::Retry::after(&__retry, __wait, __outcome, __backoff::drop)
            }) {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => break __output,
            }
        };
        __delay.await;
        __backoff::Retry::tries_again(&__retry, "query");
    }
}

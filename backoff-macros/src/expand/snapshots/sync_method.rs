fn query(&mut self, retries: u32) -> Result<Row, DbError> {
    use ::backoff_runtime::__private as __backoff;
    let mut __retry = __backoff::Retry::<__backoff::Blocking>::untimed();
    __backoff::Retry::begin(
        &mut __retry,
        &__backoff::Logger::DEFAULT.target("db"),
        || "query",
    );
    let mut __waits = __backoff::expo().max_value(__backoff::max_time(self.longest));
    let mut __jitter = __backoff::jitter(__backoff::decorrelated_jitter);
    loop {
        let __delay = {
            let __outcome = __backoff::on_exception(
                (|| -> Result<Row, DbError> {
                    let mut retries = __backoff::rebind(&retries);
                    self.connection.query()
                })(),
            );
            if !__backoff::when_any(&__outcome) {
                break __backoff::Retry::succeed(&__retry, || "query", __outcome);
            }
            match __backoff::cold(|| {
                let mut __attempt = __backoff::Retry::failed(
                    &mut __retry,
                    "query",
                    &__outcome,
                );
                __backoff::Attempt::limit(
                    &mut __attempt,
                    __backoff::Limits {
                        max_tries: __backoff::max_tries(const {
                            __backoff::Checked(TRIES).max_tries()
                        }),
                        max_time: __backoff::Option::None,
                        timeout: __backoff::Option::None,
                    },
                );
                __backoff::Attempt::wait(&mut __attempt, &mut __waits, &mut __jitter);
                __backoff::Attempt::log(
                    &__attempt,
                    &__backoff::Logger::DEFAULT.target("db"),
                    __backoff::show(&__outcome).__backoff_shown(),
                );
                let __wait = __backoff::Attempt::end(__attempt);
                __backoff::Retry::after(&__retry, __wait, __outcome, __backoff::drop)
            }) {
                __backoff::ControlFlow::Continue(__delay) => __delay,
                __backoff::ControlFlow::Break(__output) => break __output,
            }
        };
        __backoff::Retry::tries_again(&__retry, "query");
    }
}

fn get(
    &self,
    key: String,
) -> Pin<Box<dyn Future<Output = Result<Value, Error>> + Send + '_>> {
    Box::pin(async move {
        let key = key;
        use ::backoff_runtime::__private as __backoff;
        __backoff::needs_tokio!();
        let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
        __backoff::Retry::listen(&mut __retry, &__backoff::Logger::DEFAULT);
        loop {
            let __delay = {
                let __returned: Result<Value, Error> = self.store.get(&key).await;
                #[allow(unreachable_code)]
                let __outcome = __backoff::on_exception(__returned);
                if !__backoff::when_any(&__outcome) {
                    break __backoff::Outcome::into_output(__outcome);
                }
                match __backoff::cold(|| {
                    let mut __attempt = __backoff::Retry::failed(
                        &mut __retry,
                        "get",
                        __outcome,
                    );
                    let __limits = __backoff::Limits {
                        max_tries: 2u32,
                        max_time: __backoff::Option::None,
                    };
                    __backoff::Attempt::limit(&mut __attempt, __limits);
                    __backoff::Attempt::wait_number(
                        &mut __attempt,
                        |__n| __backoff::Numbered::number(&__backoff::expo(), __n),
                        &mut __backoff::DefaultJitter::new(),
                        __limits,
                    );
                    __backoff::Attempt::log(
                        &__attempt,
                        &__backoff::Logger::DEFAULT,
                        |__outcome| __backoff::shown!(__outcome),
                    );
                    __backoff::Attempt::end(__attempt)
                }) {
                    __backoff::ControlFlow::Break(__output) => break __output,
                    __backoff::ControlFlow::Continue(__delay) => __delay,
                }
            };
            __delay.await;
        }
    })
}

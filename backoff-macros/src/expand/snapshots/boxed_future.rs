fn get(
    &self,
    key: String,
) -> Pin<Box<dyn Future<Output = Result<Value, Error>> + Send + '_>> {
    Box::pin(async move {
        let key = key;
        use ::backoff_runtime::__private as __backoff;
        __backoff::needs_tokio!();
        let mut __retry = __backoff::Retry::<__backoff::Async>::untimed();
        __backoff::Retry::begin(&mut __retry, &__backoff::Logger::DEFAULT, || "get");
        loop {
            let __delay = {
                let __outcome = __backoff::on_exception(
                    async {
                        if let __backoff::Option::Some(__output) = __backoff::Option::None::<
                            Result<Value, Error>,
                        > {
                            return __output;
                        }
                        self.store.get(&key).await
                    }
                        .await,
                );
                if !__backoff::when_any(&__outcome) {
                    break __backoff::Retry::succeed(&__retry, || "get", __outcome);
                }
                match __backoff::Retry::next(
                    &mut __retry,
                    &__backoff::Rules {
                        target: "get",
                        limits: __backoff::Limits {
                            max_tries: 2u32,
                            max_time: __backoff::Option::None,
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
            __backoff::Retry::tries_again(&__retry, "get");
        }
    })
}

const _: () = {
    use ::backoff_runtime::__private::derived as __backoff;
    #[automatically_derived]
    impl<E> __backoff::Transient for Failure<E>
    where
        E: __backoff::Transient,
    {
        fn class(&self) -> __backoff::Class {
            match self {
                Self::Lost { .. } => __backoff::Class::TRANSIENT,
                Self::Busy { after: __value, .. } => {
                    __backoff::Class::RATE_LIMIT.after(__backoff::hint(__value))
                }
                Self::Refused { 0: __value, .. } => {
                    __backoff::Class::TRANSIENT
                        .after(__backoff::hint(&__value.refusal.seconds))
                }
                Self::Other { 0: __value, .. } => __backoff::class::<E>(__value),
                _ => __backoff::Class::Final,
            }
        }
    }
};

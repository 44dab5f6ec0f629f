//! What depends on the kind of failure: which one it is, how many of it there were, and the wait that follows.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::judge::limit;
use super::{Loop, at, computed, ours};
use crate::plan::{Condition, Jitter, Strategy, Subject, Waits, word};

/// A strategy in the loop. Where there are several, what it keeps has its number in the name.
#[derive(Clone, Copy)]
struct Kind<'a> {
    strategy: &'a Strategy,
    number: Option<usize>,
}

impl Kind<'_> {
    fn name(self, name: &str) -> Ident {
        let number = self.number.map(|number| format!("_{number}")).unwrap_or_default();
        Ident::new(&format!("{name}{number}"), Span::mixed_site())
    }

    /// A jitter with a state may ask the generator for its bound.
    fn has_stateful_waits(self) -> bool {
        !self.strategy.waits.is_constant() || matches!(self.strategy.jitter, Jitter::OncePerCall(_))
    }
}

impl Loop<'_> {
    fn kinds(&self) -> impl Iterator<Item = Kind<'_>> {
        let is_only = self.plan.only().is_some();
        let numbered = self.plan.strategies.iter().enumerate();
        numbered.map(move |(number, strategy)| Kind { strategy, number: (!is_only).then_some(number) })
    }

    // Output: let mut __failures = [0; 2];
    //         let mut __waits_1 = __backoff::fibo().max_value(__backoff::max_time(longest));
    //
    /// What strategies have that is made once per call, in their order; of constants a generator is made when a wait is
    /// needed.
    pub(super) fn strategies_once(&self) -> TokenStream {
        let kinds = Literal::usize_unsuffixed(self.plan.strategies.len());
        let failures = self.plan.only().is_none().then(|| ours!(let mut __failures = [0; #kinds];));
        let made = self.kinds().map(|kind| {
            let max_tries = computed(&kind.name("__max_tries").to_string(), kind.strategy.max_tries.as_ref());
            let name = kind.name("__waits");
            let waits = match &kind.strategy.waits {
                Waits::BuiltIn { maker, .. } if kind.has_stateful_waits() => ours!(let mut #name = #maker;),
                Waits::Own(generator) => ours!(let mut #name = #generator;),
                // What it waited before, as a jitter may need it.
                Waits::Policy(_) if matches!(kind.strategy.jitter, Jitter::Default) => {
                    ours!(let mut __waited = __backoff::Duration::ZERO;)
                }
                Waits::BuiltIn { .. } | Waits::Runtime { .. } | Waits::Policy(_) => TokenStream::new(),
            };
            let jitter = self.jitter_once(kind);
            ours!(#max_tries #waits #jitter)
        });
        let made: TokenStream = made.collect();
        ours!(#failures #made)
    }

    fn jitter_once(&self, kind: Kind<'_>) -> TokenStream {
        let Jitter::OncePerCall(jitter) = &kind.strategy.jitter else { return TokenStream::new() };
        let ours = (word(jitter).as_deref() == Some("decorrelated_jitter")).then(|| ours!(__backoff::));
        let (name, callable) = (kind.name("__jitter"), self.callable(jitter));
        let made = quote_spanned!(at(jitter.span())=> __backoff::jitter(#ours #callable));
        ours!(let mut #name = #made;)
    }

    // Output: if !__backoff::when_any(&__outcome) {
    //             break __backoff::Outcome::into_output(__outcome);
    //         }
    // or, of several:
    //         let __kind = if __backoff::when(&__outcome, is_server_error) {
    //             0
    //         } else if __backoff::when(&__outcome, |e| e.is_timeout()) {
    //             1
    //         } else {
    //             break __backoff::Outcome::into_output(__outcome);
    //         };
    //
    /// Whether the attempt failed, and in which way. What took too long did, whatever the conditions say.
    pub(super) fn failed(&self) -> TokenStream {
        let success = self.success();
        if let Some(strategy) = self.plan.only() {
            let made = self.may_be_cut().then(|| ours!(!__cut &&));
            let when = self.when(&strategy.condition);
            return ours!(if #made !#when { #success });
        }
        let kinds = self.plan.strategies.iter().enumerate().map(|(number, strategy)| {
            let (number, when) = (Literal::usize_unsuffixed(number), self.when(&strategy.condition));
            ours!(if #when { #number } else)
        });
        // If its error is of no other kind, it is of the first.
        let cut = self.may_be_cut().then(|| ours!(if __cut { 0 } else));
        ours!(let __kind = #(#kinds)* #cut { #success };)
    }

    fn when(&self, condition: &Condition) -> TokenStream {
        let output = at(self.function.output().span());
        match condition {
            Condition::Default => match self.plan.attribute.subject() {
                Subject::Value => quote_spanned!(output=> __backoff::when_falsy(&__outcome)),
                Subject::Error => quote_spanned!(output=> __backoff::when_any(&__outcome)),
            },
            Condition::Predicate(predicate) => {
                let callable = self.callable(predicate);
                quote_spanned!(at(predicate.span())=> __backoff::when(&__outcome, #callable))
            }
            Condition::Matches(pattern) => quote_spanned! {at(pattern.span())=>
                __backoff::when(&__outcome, |__outcome| __backoff::matches!(__outcome, #pattern))
            },
            Condition::Types(types) => {
                quote_spanned!(at(types.span())=> __backoff::when_is::<#types, _, _>(&__outcome))
            }
            Condition::Transient(_) => ours!(__backoff::is_retried(__class)),
        }
    }

    // Output: let __nth = __backoff::Attempt::nth(&mut __attempt, &mut __failures, __kind, [4, __backoff::NO_LIMIT]);
    //
    /// Counts the failures of each kind.
    pub(super) fn counted(&self) -> Option<TokenStream> {
        let limits = self.kinds().map(|kind| {
            let name = kind.name("__max_tries").to_string();
            limit(kind.strategy.max_tries.as_ref(), &name, ours!(__backoff::NO_LIMIT))
        });
        self.plan.only().is_none().then(|| {
            ours! {
                let __nth = __backoff::Attempt::nth(&mut __attempt, &mut __failures, __kind, [#(#limits),*]);
            }
        })
    }

    /// The generator and the jitter of the only strategy, if both are known when the program is compiled.
    pub(super) fn constant_waits(&self) -> Option<(&TokenStream, TokenStream)> {
        let strategy = self.plan.only()?;
        let kind = Kind { strategy, number: None };
        match &strategy.waits {
            Waits::BuiltIn { maker, .. } if !kind.has_stateful_waits() => Some((maker, jitter(kind))),
            _ => None,
        }
    }

    // Output: __backoff::Attempt::wait_number(..);
    // or, of several:
    //         match __kind {
    //             0 => __backoff::Attempt::wait_number(..),
    //             _ => __backoff::Attempt::wait(..),
    //         }
    pub(super) fn waits(&self) -> TokenStream {
        let mut waits: Vec<TokenStream> = self.kinds().map(|kind| self.wait(kind)).collect();
        let last = waits.pop();
        if waits.is_empty() {
            return ours!(#last;);
        }
        let numbers = (0..).map(Literal::usize_unsuffixed);
        let waits = waits.iter().zip(numbers).map(|(wait, number)| ours!(#number => #wait,));
        ours!(match __kind { #(#waits)* _ => #last, })
    }

    fn wait(&self, kind: Kind<'_>) -> TokenStream {
        let (jitter, waits) = (jitter(kind), kind.name("__waits"));
        match &kind.strategy.waits {
            Waits::BuiltIn { maker, .. } if !kind.has_stateful_waits() => {
                let (given, number) = match kind.number {
                    None => (ours!(__n), ours!(__n)),
                    Some(_) => (ours!(_), ours!(__nth)),
                };
                ours! {
                    __backoff::Attempt::wait_number(
                        &mut __attempt,
                        |#given| __backoff::Numbered::number(&#maker, #number),
                        &mut #jitter,
                    )
                }
            }
            Waits::BuiltIn { .. } => {
                ours!(__backoff::Attempt::wait(&mut __attempt, &mut #waits, &mut #jitter))
            }
            Waits::Policy(_) if matches!(kind.strategy.jitter, Jitter::Default) => {
                ours!(__backoff::by::wait(&__policy, &mut __waited, &mut __attempt))
            }
            Waits::Policy(_) => {
                ours!(__backoff::by::wait_with(&__policy, &mut #jitter, &mut __attempt))
            }
            Waits::Runtime { value } => {
                let callable = self.callable(value);
                quote_spanned! {at(value.span())=>
                    __backoff::Attempt::wait_of(&mut __attempt, #callable, &mut #jitter)
                }
            }
            // At the place of the expression, where the compiler says that it makes no waits.
            Waits::Own(generator) => {
                let span = at(generator.span());
                let waits = Ident::new(&waits.to_string(), span);
                quote_spanned! {span=>
                    __backoff::Attempt::wait(&mut __attempt, &mut #waits, &mut #jitter)
                }
            }
        }
    }
}

/// The jitter of a wait.
fn jitter(kind: Kind<'_>) -> TokenStream {
    match &kind.strategy.jitter {
        Jitter::None => ours!(__backoff::none()),
        Jitter::Default => ours!(__backoff::DefaultJitter::new()),
        Jitter::Ours(name) => {
            quote_spanned!(at(name.span())=> __backoff::jitter(__backoff::#name))
        }
        Jitter::OfWait(closure) => {
            quote_spanned!(at(closure.span())=> __backoff::jitter(#closure))
        }
        Jitter::OncePerCall(_) => {
            let name = kind.name("__jitter");
            ours!(#name)
        }
    }
}

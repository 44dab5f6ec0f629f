//! Where in a body the loop goes, when that isn't all of it: into the async block of a future that the function returns
//! (as `#[async_trait]` leaves it behind), or under the span that `#[instrument]` has put around the body. Both are found
//! by their tokens.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Token;

use crate::item::Binding;

/// A block inside of a body.
pub(crate) struct Site {
    before: TokenStream,
    inner: Inner,
    after: TokenStream,
    /// The `let x = x;` that stand first in the block: they take arguments over, which is done once and not per
    /// attempt.
    pub(crate) taken: TokenStream,
    /// Arguments that are taken over as `mut`: each attempt rebinds them.
    pub(crate) rebound: Vec<Binding>,
    /// What is left of the block.
    pub(crate) block: Group,
}

/// What the block stands in.
enum Inner {
    Bare,
    Group(Box<Found>, Group),
}

/// The tokens before, around and behind a block.
type Found = (TokenStream, Inner, TokenStream);

impl Site {
    /// The async block at the end of a body: `async move { .. }`, also in calls such as `Box::pin(..)` and `.boxed()`.
    pub(crate) fn returned(body: &Group) -> Option<Self> {
        let (mut found, mut block) = returned(body.stream().into_iter().collect())?;
        if let Some((inside, innermost)) = instrumented(block.stream()) {
            found = nested(found, inside, block);
            block = innermost;
        }
        let (taken, rebound, rest) = taken(block.stream());
        let mut rest = Group::new(Delimiter::Brace, rest);
        rest.set_span(block.span());
        Some(Self::new(found, taken, rebound, rest))
    }

    /// The async block at the end of a body, if it is seen to be what is returned: bare, boxed and pinned. In another call
    /// it may be run, as in `block_on(async { .. })`.
    pub(crate) fn made(body: &Group) -> Option<Self> {
        is_made(&body.stream().into_iter().collect::<Vec<_>>()).then(|| Self::returned(body)).flatten()
    }

    /// The body of the user's under the span of `#[instrument]`, which stood above: what is above is outside.
    pub(crate) fn instrumented(body: &Group) -> Option<Self> {
        let (found, block) = instrumented(body.stream())?;
        Some(Self::new(found, TokenStream::new(), Vec::new(), block))
    }

    fn new((before, inner, after): Found, taken: TokenStream, rebound: Vec<Binding>, block: Group) -> Self {
        Self { before, inner, after, taken, rebound, block }
    }

    /// Whether nothing but the future is made in the body, so that arguments are used in the block alone.
    pub(crate) fn is_alone(&self) -> bool {
        !self.before.clone().into_iter().any(|token| is_semicolon(&token))
    }

    /// Takes those arguments over as `mut` once that stay as an attempt leaves them.
    pub(crate) fn keep_mut(&mut self, is_kept: impl Fn(&Ident) -> bool) {
        let is_kept = |(_, name): &mut Binding| is_kept(name);
        for (mutability, name) in self.rebound.extract_if(.., is_kept) {
            self.taken.extend(quote!(let #mutability #name = #name;));
        }
    }

    /// The body, with another block in the place of the one that was found.
    pub(crate) fn with_block(&self, block: &Group) -> TokenStream {
        wrap(&self.before, &self.inner, &self.after, block)
    }
}

/// A block without what `#[async_trait]` says in it of the type that is declared: a hint at its start, and
/// `let __ret: Declared = { BODY };` at its end. For a function whose body is not of that type.
pub(crate) fn without_declared(block: &Group) -> Group {
    let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
    let is = |token: &TokenTree, word: &str| token.to_string() == word;
    let Some(end) = tokens.windows(2).position(|two| is(&two[0], "let") && is(&two[1], "__ret")) else {
        return block.clone();
    };
    let is_hinted = tokens.first().is_some_and(|first| is(first, "if"));
    let is_braced =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let start = if is_hinted { tokens.iter().position(is_braced).map_or(0, |hint| hint + 1) } else { 0 };
    let body = tokens[end..].iter().find(|token| is_braced(token));
    let rest = tokens[start.min(end)..end].iter().chain(body).cloned().collect();
    let mut rest = Group::new(Delimiter::Brace, rest);
    rest.set_span(block.span());
    rest
}

/// What is found, with more found inside of its block.
fn nested((before, inner, after): Found, inside: Found, block: Group) -> Found {
    let inner = match inner {
        Inner::Bare => Inner::Group(Box::new(inside), block),
        Inner::Group(found, around) => Inner::Group(Box::new(nested(*found, inside, block)), around),
    };
    (before, inner, after)
}

fn wrap(before: &TokenStream, inner: &Inner, after: &TokenStream, block: &Group) -> TokenStream {
    let middle = match inner {
        Inner::Bare => block.to_token_stream(),
        Inner::Group(found, around) => {
            let (before, inner, after) = &**found;
            let mut group = Group::new(around.delimiter(), wrap(before, inner, after, block));
            group.set_span(around.span());
            group.into_token_stream()
        }
    };
    quote!(#before #middle #after)
}

fn returned(mut tokens: Vec<TokenTree>) -> Option<(Found, Group)> {
    let mut after = Vec::new();
    loop {
        match tokens.pop()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return is_async(&tokens).then(|| (around(tokens, Inner::Bare, after), group));
            }
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Parenthesis && !group.stream().is_empty() =>
            {
                let (found, block) = returned(group.stream().into_iter().collect())?;
                return Some((around(tokens, Inner::Group(Box::new(found), group), after), block));
            }
            // `.boxed()` and the comma behind a last argument.
            token @ (TokenTree::Group(_) | TokenTree::Ident(_)) => after.push(token),
            TokenTree::Punct(punct) if matches!(punct.as_char(), '.' | ',') => after.push(punct.into()),
            _ => return None,
        }
    }
}

/// Whether a body ends with a `stream! { .. }` or `try_stream! { .. }`, alone or in `Box::pin(..)`.
pub(crate) fn ends_with_stream(body: &Group) -> bool {
    fn in_tokens(tokens: &[TokenTree]) -> bool {
        match tokens {
            [.., TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(_)]
                if bang.as_char() == '!' =>
            {
                name == "stream" || name == "try_stream"
            }
            [.., TokenTree::Ident(function), TokenTree::Group(argument)] if function == "pin" => {
                in_tokens(&argument.stream().into_iter().collect::<Vec<_>>())
            }
            _ => false,
        }
    }
    in_tokens(&body.stream().into_iter().collect::<Vec<_>>())
}

/// Whether an expression ends with an async block that is returned as it is, or in `Box::pin(..)` or `.boxed()`.
fn is_made(tokens: &[TokenTree]) -> bool {
    let is_empty = |group: &Group| group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty();
    match tokens {
        [rest @ .., TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(nothing)]
            if dot.as_char() == '.' && is_empty(nothing) =>
        {
            (method == "boxed" || method == "boxed_local") && is_made(rest)
        }
        [.., TokenTree::Ident(function), TokenTree::Group(arguments)]
            if arguments.delimiter() == Delimiter::Parenthesis =>
        {
            let mut argument: Vec<_> = arguments.stream().into_iter().collect();
            argument.pop_if(|last| matches!(last, TokenTree::Punct(punct) if punct.as_char() == ','));
            function == "pin" && is_made(&argument)
        }
        [before @ .., TokenTree::Group(block)] => block.delimiter() == Delimiter::Brace && is_async(before),
        _ => false,
    }
}

fn around(before: Vec<TokenTree>, inner: Inner, after: Vec<TokenTree>) -> Found {
    (before.into_iter().collect(), inner, after.into_iter().rev().collect())
}

/// Whether a block behind these tokens is `async {..}` or `async move {..}`.
fn is_async(before: &[TokenTree]) -> bool {
    let is = |token: Option<&TokenTree>, word: &str| matches!(token, Some(TokenTree::Ident(ident)) if ident == word);
    let mut backwards = before.iter().rev().peekable();
    if is(backwards.peek().copied(), "move") {
        backwards.next();
    }
    is(backwards.next(), "async")
}

/// The block of the user's under a span: behind the `if false { let __tracing_attr_fake_return: .. }` that
/// `#[instrument]` writes before it; of an async block that it found itself, the one that it has put the span on.
fn instrumented(tokens: TokenStream) -> Option<(Found, Group)> {
    let is_marked = |tokens: &[TokenTree], i: usize| {
        i > 0
            && matches!(&tokens[i - 1], TokenTree::Group(mark) if mentions(mark, "__tracing_attr_fake_return"))
    };
    let is_future = |tokens: &[TokenTree], i: usize| {
        let before: Vec<String> = tokens[i.saturating_sub(4)..i].iter().map(ToString::to_string).collect();
        before == ["__tracing_instrument_future", "=", "async", "move"]
    };
    find(tokens.clone(), &is_marked).or_else(|| find(tokens, &is_future))
}

/// Whether a name stands in a group, at its top.
fn mentions(group: &Group, name: &str) -> bool {
    group.stream().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == name))
}

/// The first block for which `is_it` holds, given the tokens around it and its place among them.
fn find(tokens: TokenStream, is_it: &dyn Fn(&[TokenTree], usize) -> bool) -> Option<(Found, Group)> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let found = if group.delimiter() == Delimiter::Brace && is_it(&tokens, i) {
            Some((Inner::Bare, group.clone()))
        } else {
            find(group.stream(), is_it)
                .map(|(found, block)| (Inner::Group(Box::new(found), group.clone()), block))
        };
        if let Some((inner, block)) = found {
            let behind = tokens[i + 1..].iter().rev().cloned().collect();
            return Some((around(tokens[..i].to_vec(), inner, behind), block));
        }
    }
    None
}

/// The statements at the start of a block that take arguments over, the names that they take as `mut`, and the rest.
fn taken(block: TokenStream) -> (TokenStream, Vec<Binding>, TokenStream) {
    let mut tokens: Vec<TokenTree> = block.into_iter().collect();
    let (mut taken, mut rebound, mut hint) = (TokenStream::new(), Vec::new(), Vec::new());
    // What `#[async_trait]` writes first: `if let Some(__ret) = None::<Ret> { return __ret; }`.
    if matches!(&tokens[..], [TokenTree::Ident(word), ..] if word == "if") {
        let end = tokens
            .iter()
            .position(|token| matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace));
        hint = tokens.drain(..end.map_or(0, |end| end + 1)).collect();
    }
    while let Some(end) = tokens.iter().position(is_semicolon) {
        let statement = &tokens[..=end];
        match Statement::of(statement) {
            Statement::Other => break,
            Statement::TakesMut(mutability, name) => {
                taken.extend(quote!(let #name = #name;));
                rebound.push((mutability, name));
            }
            Statement::Takes => taken.extend(statement.iter().cloned()),
        }
        tokens.drain(..=end);
    }
    (taken, rebound, hint.into_iter().chain(tokens).collect())
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

/// A statement at the start of a block.
enum Statement {
    /// It takes an argument over: `let x = x;`, `let __self = self;`, or for a pattern
    /// `let (a, b) = { let __arg0 = __arg0; __arg0 };`.
    Takes,
    /// `let mut x = x;`, of which each attempt begins with what was passed.
    TakesMut(Token![mut], Ident),
    Other,
}

impl Statement {
    fn of(tokens: &[TokenTree]) -> Self {
        let words: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words[..] {
            // A `&mut self` is lent to each attempt as it is.
            ["let", "__self", "=", "self", ";"] | ["let", "mut", "__self", "=", "self", ";"] => Self::Takes,
            ["let", name, "=", from, ";"] if name == from => Self::Takes,
            ["let", pattern, "=", from, ";"] if from.contains("let __arg") && !pattern.contains("mut ") => {
                Self::Takes
            }
            ["let", "mut", name, "=", from, ";"] if name == from => match &tokens[2] {
                TokenTree::Ident(name) => Self::TakesMut(Token![mut](tokens[1].span()), name.clone()),
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn braces(body: TokenStream) -> Group {
        Group::new(Delimiter::Brace, body)
    }

    fn round_trip(body: TokenStream) -> Option<(String, String)> {
        let found = Site::returned(&braces(body))?;
        Some((found.with_block(&braces(quote!(LOOP))).to_string(), found.block.stream().to_string()))
    }

    #[test]
    fn the_body_is_found_under_a_span() {
        let body = quote! {
            let __tracing_instrument_future = async move {
                match async move { if false { let __tracing_attr_fake_return: u8 = loop {}; } { BODY } }.await { x => x }
            };
            __tracing_instrument_future.await
        };
        let found = Site::instrumented(&braces(body.clone())).unwrap();
        assert_eq!(found.block.to_string(), quote!({ BODY }).to_string());
        let looped = found.with_block(&braces(quote!(LOOP))).to_string();
        assert_eq!(looped, body.to_string().replace("BODY", "LOOP"));
        assert!(Site::instrumented(&braces(quote!({ BODY }))).is_none());
    }

    #[test]
    fn the_future_is_found_at_the_end_of_the_body() {
        for (body, replaced) in [
            (quote!(async move { 1 }), quote!(async move { LOOP })),
            (quote!(let a = 2; async { 1 }), quote!(let a = 2; async { LOOP })),
            (quote!(Box::pin(async move { 1 })), quote!(Box::pin(async move { LOOP }))),
            (quote!(Box::pin(async move { 1 },)), quote!(Box::pin(async move { LOOP },))),
            (quote!(async move { 1 }.boxed()), quote!(async move { LOOP }.boxed())),
        ] {
            assert_eq!(round_trip(body), Some((replaced.to_string(), "1".to_owned())));
        }
        assert_eq!(round_trip(quote!(std::future::ready(1))), None);
        assert_eq!(round_trip(quote!({ 1 })), None);
    }

    #[test]
    fn a_block_that_is_run_in_the_body_is_none_that_is_returned() {
        let is_made = |body| Site::made(&braces(body)).is_some();
        assert!(is_made(quote!(async move { 1 })));
        assert!(is_made(quote!(let a = 2; Box::pin(async move { a },))));
        assert!(is_made(quote!(async move { 1 }.boxed())));
        assert!(!is_made(quote!(block_on(async { 1 }))));
        assert!(!is_made(quote!(runtime.block_on(async { 1 }).len())));
        assert!(!is_made(quote!(tokio::spawn(async { 1 }))));
        assert!(!is_made(quote!(Ok(Box::pin(async { 1 })))));
    }

    #[test]
    fn arguments_are_taken_over_once() {
        let body = quote!(async move {
            let __self = self;
            let x = x;
            let mut n = n;
            let y = f(x);
            y
        });
        let found = Site::returned(&braces(body)).unwrap();
        assert_eq!(found.taken.to_string(), quote!(let __self = self; let x = x; let n = n;).to_string());
        assert_eq!(found.rebound.iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>(), ["n"]);
        assert_eq!(found.block.stream().to_string(), quote!(let y = f(x); y).to_string());
    }
}

//! The grammar: what stands in an attribute, each part with its place. Nothing is judged here.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprMacro, Ident, Token, Type};

/// The arguments of an attribute, in the order in which they stand.
pub(crate) struct Arguments(pub(crate) Punctuated<Argument, Token![,]>);

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let all = input.cursor().token_stream();
        Punctuated::parse_terminated(input).map(Self).map_err(|mistake| at_the_end(mistake, all))
    }
}

/// A mistake that is found only where the attribute ends, shown at the last token instead of the whole attribute.
fn at_the_end(mistake: Error, all: TokenStream) -> Error {
    match all.into_iter().last() {
        // In a group the mistake has its place already.
        Some(last) if !matches!(last, TokenTree::Group(_)) && is_end_of_input(&mistake) => {
            Error::new(last.span(), "what stands here is not complete; write the rest")
        }
        _ => mistake,
    }
}

fn is_end_of_input(mistake: &Error) -> bool {
    mistake.to_string().starts_with("unexpected end of input")
}

/// One argument.
pub(crate) enum Argument {
    /// `name = value`.
    Option(OptionArgument),
    /// A type, or several in a tuple: `io::Error`, `(io::Error, ParseIntError)`. A path of a function is one, too, for
    /// the grammar.
    Type(Type),
    /// `matches!(pattern if guard)`.
    Matches(ExprMacro),
    /// Any other expression.
    Expr(Expr),
    /// `on(generator, condition, name = value, ...)`.
    On(On),
}

/// One of several strategies.
pub(crate) struct On {
    /// The word `on`.
    pub(crate) name: Ident,
    pub(crate) arguments: Arguments,
    /// As it stands there.
    pub(crate) tokens: TokenStream,
}

/// An option and its value.
pub(crate) struct OptionArgument {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        if let Some(fragment) = fragment(input)? {
            return syn::parse2(fragment);
        }
        if is_option(input) {
            return OptionArgument::parse(input).map(Self::Option);
        }
        if is_on(input) {
            return On::parse(input).map(Self::On);
        }
        // A type is tried first: `Error<A, B>` and `Box<dyn Error>` are none as expressions.
        let fork = input.fork();
        match fork.parse::<Type>() {
            Ok(Type::Macro(_)) | Err(_) => {}
            Ok(_) if !(fork.is_empty() || fork.peek(Token![,])) => {}
            Ok(_) => return input.parse().map(Self::Type),
        }
        Ok(match input.parse::<Expr>()? {
            Expr::Macro(matches)
                if matches.mac.path.segments.last().is_some_and(|last| last.ident == "matches") =>
            {
                Self::Matches(matches)
            }
            expr => Self::Expr(expr),
        })
    }
}

impl Parse for On {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let fork = input.fork();
        let (word, group): (Ident, Group) = (fork.parse()?, fork.parse()?);
        let tokens = quote::quote!(#word #group);
        let name = input.parse()?;
        let inside;
        syn::parenthesized!(inside in input);
        Ok(Self { name, arguments: inside.parse()?, tokens })
    }
}

impl Parse for OptionArgument {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let name = input.call(Ident::parse_any)?;
        if input.peek(Token![:]) {
            return Err(
                input.error(format!("an option and its value are joined by `=`; write `{name} = ...`"))
            );
        }
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new_spanned(&name, format!("`{name}` has no value; write `{name} = ...`")));
        }
        let mut value: Expr = input.parse()?;
        while let Expr::Group(fragment) = value {
            value = *fragment.expr;
        }
        Ok(Self { name, value })
    }
}

/// An argument that comes out of a `$fragment` of a `macro_rules!`: its tokens, without the group around them.
fn fragment(input: ParseStream<'_>) -> Result<Option<TokenStream>, Error> {
    match input.cursor().group(Delimiter::None) {
        Some((_, _, rest)) if ends(rest) => input.step(|cursor| match cursor.group(Delimiter::None) {
            Some((inside, _, rest)) => Ok((Some(inside.token_stream()), rest)),
            None => Ok((None, *cursor)),
        }),
        _ => Ok(None),
    }
}

/// Whether an argument ends here.
fn ends(rest: Cursor<'_>) -> bool {
    rest.eof() || rest.punct().is_some_and(|(punct, _)| punct.as_char() == ',')
}

/// Whether `name =` comes next (and not `==` or `=>`), where a name may be a keyword, as in `crate = path`. Also with a
/// colon (and not `::`), which is a slip.
fn is_option(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(Ident::parse_any).is_ok()
        && (fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>])
            || fork.peek(Token![:]) && !fork.peek(Token![::]))
}

/// Whether `on(...)` comes next, and nothing behind it.
fn is_on(input: ParseStream<'_>) -> bool {
    input.cursor().ident().is_some_and(|(name, rest)| {
        name == "on" && rest.group(Delimiter::Parenthesis).is_some_and(|(_, _, rest)| ends(rest))
    })
}

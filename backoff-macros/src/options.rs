//! The grammar: what stands in an attribute, each part with its place. Nothing is judged here.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprMacro, Ident, Token, Type};

/// The arguments of an attribute, in the order in which they stand.
pub(crate) struct Arguments(pub(crate) Punctuated<Argument, Token![,]>);

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        Punctuated::parse_terminated(input).map(Self)
    }
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
}

/// An option and its value.
pub(crate) struct OptionArgument {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        if is_option(input) {
            let name = input.call(<Ident as syn::ext::IdentExt>::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Option(OptionArgument { name, value: input.parse()? }));
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

/// Whether `name =` comes next (and not `==` or `=>`), where a name may be a keyword, as in `crate = path`.
fn is_option(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(<Ident as syn::ext::IdentExt>::parse_any).is_ok()
        && fork.peek(Token![=])
        && !fork.peek(Token![==])
        && !fork.peek(Token![=>])
}

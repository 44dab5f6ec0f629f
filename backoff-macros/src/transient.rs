//! `#[derive(Transient)]`: parse (`marks`), then the rules (`plan`), then the expansion (`expand`).

mod expand;
mod marks;
mod plan;

use proc_macro2::{Span, TokenStream};
use syn::{Error, Generics, Ident, Item};

use self::marks::Subject;

/// The implementation of the trait for a type, or the mistakes beside an empty one, so that who uses the type is not told
/// that it has none.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let (item, named) = match syn::parse2(item).and_then(subject) {
        Ok(read) => read,
        Err(mistake) => return mistake.to_compile_error(),
    };
    let planned = item.and_then(|subject| plan::plan(&subject));
    match planned {
        Ok(plan) => expand::implementation(&named, &plan),
        Err(mistakes) => {
            let (mistakes, empty) = (mistakes.to_compile_error(), expand::empty(&named));
            quote::quote!(#mistakes #empty)
        }
    }
}

/// The type that the trait is implemented for.
struct Named {
    name: Ident,
    generics: Generics,
}

/// What the derive stands on, and its name, which is known also where the marks are malformed.
fn subject(item: Item) -> Result<(Result<Subject, Error>, Named), Error> {
    match item {
        Item::Enum(item) => {
            let subject = Subject::of_enum(&item);
            Ok((subject, Named { name: item.ident, generics: item.generics }))
        }
        Item::Struct(item) => {
            let subject = Subject::of_struct(&item);
            Ok((subject, Named { name: item.ident, generics: item.generics }))
        }
        Item::Union(item) => {
            let unknown = "nothing tells which field of a union is set; implement `Transient` by hand";
            let mistake = Error::new_spanned(item.union_token, unknown);
            Ok((Err(mistake), Named { name: item.ident, generics: item.generics }))
        }
        _ => Err(Error::new(
            Span::call_site(),
            "only a type can be transient; put the derive on an `enum` or a `struct`",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect_file;
    use quote::quote;

    /// After a change that is meant: `UPDATE_EXPECT=1 cargo test -p backoff-macros`.
    #[test]
    fn an_enum_with_each_mark() {
        let implementation = derive(quote! {
            enum Failure<E> {
                #[transient]
                Lost,
                #[transient(rate_limit, retry_after = after)]
                Busy { after: Duration },
                #[transient(retry_after = 0.refusal.seconds)]
                Refused(Answer),
                #[transient(source)]
                Other(E),
                NotFound,
            }
        });
        let file = syn::parse2(implementation).expect("an expansion is valid syntax");
        expect_file!["transient/snapshot.rs"].assert_eq(&prettyplease::unparse(&file));
    }
}

//! The grammar: what `#[transient(...)]` says, each word with its place, of a type, its variants and their fields.
//! Nothing is judged here.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Fields, Ident, ItemEnum, ItemStruct, Member, Meta, Path, Token, Type};

use crate::error::Mistakes;
use crate::options::OptionArgument;

/// What the derive stands on.
pub(super) enum Subject {
    Enum { marks: Vec<Mark>, variants: Vec<Shape> },
    Struct(Shape),
}

/// A variant, or a struct.
pub(super) struct Shape {
    pub(super) name: Ident,
    pub(super) marks: Vec<Mark>,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) marks: Vec<Mark>,
    pub(super) member: Member,
    pub(super) ty: Type,
}

/// One attribute: `#[transient]`, which has no words, or `#[transient(rate_limit, retry_after = after)]`.
pub(super) struct Mark {
    pub(super) path: Path,
    pub(super) words: Option<Vec<Word>>,
}

/// `rate_limit`, or `retry_after = after`.
pub(super) struct Word {
    pub(super) name: Ident,
    pub(super) value: Option<Expr>,
}

impl Subject {
    pub(super) fn of_enum(item: &ItemEnum) -> Result<Self, Error> {
        let mut mistakes = Mistakes::default();
        let marks = marks(&item.attrs, &mut mistakes);
        let shapes = item.variants.iter();
        let variants = shapes
            .map(|variant| shape(&variant.ident, &variant.attrs, &variant.fields, &mut mistakes))
            .collect();
        mistakes.or(Self::Enum { marks, variants })
    }

    pub(super) fn of_struct(item: &ItemStruct) -> Result<Self, Error> {
        let mut mistakes = Mistakes::default();
        let shape = shape(&item.ident, &item.attrs, &item.fields, &mut mistakes);
        mistakes.or(Self::Struct(shape))
    }
}

fn shape(name: &Ident, attributes: &[Attribute], fields: &Fields, mistakes: &mut Mistakes) -> Shape {
    let marks_of_shape = marks(attributes, mistakes);
    let fields = fields
        .iter()
        .zip(fields.members())
        .map(|(field, member)| Field { marks: marks(&field.attrs, mistakes), member, ty: field.ty.clone() })
        .collect();
    Shape { name: name.clone(), marks: marks_of_shape, fields }
}

fn marks(attributes: &[Attribute], mistakes: &mut Mistakes) -> Vec<Mark> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("transient"));
    ours.filter_map(|attribute| mistakes.keep(mark(&attribute.meta))).collect()
}

fn mark(meta: &Meta) -> Result<Mark, Error> {
    let words = match meta {
        Meta::Path(_) => None,
        Meta::List(list) => {
            let words = list.parse_args_with(Punctuated::<Word, Token![,]>::parse_terminated)?;
            if words.is_empty() {
                return Err(Error::new_spanned(
                    list,
                    "nothing stands in the parentheses; write `#[transient]`",
                ));
            }
            Some(words.into_iter().collect())
        }
        Meta::NameValue(pair) => {
            let message = "what is said of a failure stands in parentheses; write `#[transient]`, \
                           `#[transient(rate_limit)]` or `#[transient(retry_after = field)]`";
            return Err(Error::new_spanned(pair, message));
        }
    };
    Ok(Mark { path: meta.path().clone(), words })
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let fork = input.fork();
        let Ok(name) = fork.call(Ident::parse_any) else {
            return Err(input.error("write `rate_limit`, `retry_after = field` or `source`"));
        };
        if fork.is_empty() || fork.peek(Token![,]) {
            input.call(Ident::parse_any)?;
            return Ok(Self { name, value: None });
        }
        let OptionArgument { name, value } = input.parse()?;
        Ok(Self { name, value: Some(value) })
    }
}

//! The rules: what the marks say becomes a plan that is valid by type, or all of their mistakes.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Error, Expr, ExprField, ExprLit, Ident, Index, Lit, Member, Type};

use super::marks::{Field, Mark, Shape, Subject, Word};
use crate::error::{Mistakes, nearest};

/// A type, understood.
pub(super) struct Plan {
    /// The path of the runtime.
    pub(super) runtime: TokenStream,
    pub(super) cases: Vec<Case>,
    /// Whether the cases are the variants of an enum.
    pub(super) is_enum: bool,
}

/// A variant, or the struct.
pub(super) struct Case {
    pub(super) name: Ident,
    pub(super) says: Says,
}

/// What a case is.
pub(super) enum Says {
    Final,
    /// It passes by itself.
    Passes {
        rate_limit: bool,
        hint: Option<Hint>,
    },
    /// What the field says.
    Source {
        member: Member,
        ty: Type,
    },
}

/// Where the other side's hint is: a field, and what leads from it to the hint.
pub(super) struct Hint {
    pub(super) member: Member,
    pub(super) ty: Type,
    pub(super) path: Vec<Member>,
    /// As it is written.
    pub(super) written: Expr,
}

/// Where a word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Enum,
    Struct,
    Variant,
    Field,
}

impl Place {
    /// The words that may stand there.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Enum => &["crate"],
            Self::Struct => &["rate_limit", "retry_after", "source", "crate"],
            Self::Variant => &["rate_limit", "retry_after", "source"],
            Self::Field => &["source"],
        }
    }

    /// Where a word belongs that may not stand here.
    fn elsewhere(self, word: &str) -> String {
        match (self, word) {
            (_, "crate") => "`crate` belongs to the type; write it above the `enum` or `struct`".to_owned(),
            (Self::Enum, _) => {
                "an enum is marked variant by variant; move this to those that pass by themselves".to_owned()
            }
            (_, word) => format!(
                "`{word}` belongs to the variant, or the struct, as a whole; of a field write `#[transient(source)]`"
            ),
        }
    }
}

pub(super) fn plan(subject: &Subject) -> Result<Plan, Error> {
    let mut mistakes = Mistakes::default();
    let (place, marks, shapes) = match subject {
        Subject::Enum { marks, variants } => (Place::Enum, marks, variants.as_slice()),
        Subject::Struct(shape) => (Place::Struct, &shape.marks, std::slice::from_ref(shape)),
    };
    let said = Said::of(place, marks, &mut mistakes);
    let runtime = runtime(said.runtime, &mut mistakes);
    let cases = shapes.iter().map(|shape| {
        let said = match place {
            Place::Enum => Said::of(Place::Variant, &shape.marks, &mut mistakes),
            _ => Said::of(place, marks, &mut Mistakes::default()),
        };
        Case { name: shape.name.clone(), says: says(&said, shape, &mut mistakes) }
    });
    let cases = cases.collect();
    mistakes.or(Plan { runtime, cases, is_enum: place == Place::Enum })
}

fn runtime(word: Option<&Word>, mistakes: &mut Mistakes) -> TokenStream {
    match word {
        None => quote!(::backoff_runtime),
        Some(Word { value: Some(Expr::Path(path)), .. }) if path.qself.is_none() => quote!(#path),
        Some(Word { name, value }) => {
            let place = value.as_ref().map_or_else(|| name.to_token_stream(), ToTokens::to_token_stream);
            mistakes.at(place, "`crate` is the path of a crate that re-exports `backoff_runtime`; write `crate = some::path`");
            TokenStream::new()
        }
    }
}

/// The words of all marks at one place.
#[derive(Default)]
struct Said<'a> {
    /// The first mark that says anything of a failure.
    mark: Option<&'a Mark>,
    rate_limit: Option<&'a Word>,
    retry_after: Option<&'a Word>,
    source: Option<&'a Word>,
    runtime: Option<&'a Word>,
}

impl<'a> Said<'a> {
    fn of(place: Place, marks: &'a [Mark], mistakes: &mut Mistakes) -> Self {
        let mut said = Self::default();
        for mark in marks {
            match &mark.words {
                None => said.plain(place, mark, mistakes),
                Some(words) => said.add(place, mark, words, mistakes),
            }
        }
        said
    }

    /// `#[transient]`.
    fn plain(&mut self, place: Place, mark: &'a Mark, mistakes: &mut Mistakes) {
        match place {
            Place::Enum => mistakes.at(
                &mark.path,
                "an enum is marked variant by variant; put `#[transient]` on those that pass by themselves",
            ),
            Place::Field => mistakes.at(
                &mark.path,
                "a field says what it is itself, or nothing; write `#[transient(source)]`, or put `#[transient]` on the variant or the struct",
            ),
            Place::Struct | Place::Variant => self.begin(mark, mistakes),
        }
    }

    fn begin(&mut self, mark: &'a Mark, mistakes: &mut Mistakes) {
        match self.mark {
            None => self.mark = Some(mark),
            Some(first) if std::ptr::eq(first, mark) => {}
            Some(_) => {
                mistakes.at(&mark.path, "`transient` is written twice; write it once, with all its words: `#[transient(rate_limit, retry_after = field)]`");
            }
        }
    }

    fn add(&mut self, place: Place, mark: &'a Mark, words: &'a [Word], mistakes: &mut Mistakes) {
        if words
            .iter()
            .any(|word| word.name != "crate" && place.words().contains(&word.name.to_string().as_str()))
        {
            self.begin(mark, mistakes);
        }
        for word in words {
            let name = word.name.to_string();
            let slot = match name.as_str() {
                "rate_limit" => &mut self.rate_limit,
                "retry_after" => &mut self.retry_after,
                "source" => &mut self.source,
                "crate" => &mut self.runtime,
                _ => {
                    mistakes.at(&word.name, unknown(place, &name));
                    continue;
                }
            };
            if !place.words().contains(&name.as_str()) {
                mistakes.at(&word.name, place.elsewhere(&name));
            } else if slot.is_some() {
                mistakes.at(&word.name, format!("`{name}` is written twice; write it once"));
            } else {
                *slot = Some(word);
            }
        }
    }
}

fn unknown(place: Place, name: &str) -> String {
    match nearest(name, place.words().iter().copied()) {
        Some(nearest) => format!("unknown word `{name}`; did you mean `{nearest}`?"),
        None if place == Place::Enum => {
            format!("unknown word `{name}`; an enum has `crate = path`, and its variants have the rest")
        }
        None if place == Place::Field => format!("unknown word `{name}`; a field has `source`"),
        None => format!("unknown word `{name}`; there are `rate_limit`, `retry_after = field` and `source`"),
    }
}

/// What a variant or struct is, by its own words and those of its fields.
fn says(said: &Said<'_>, shape: &Shape, mistakes: &mut Mistakes) -> Says {
    for word in [said.rate_limit, said.source].into_iter().flatten() {
        if let Some(value) = &word.value {
            mistakes.at(value, format!("`{0}` takes no value; write `{0}`", word.name));
        }
    }
    let marked = marked_field(said, shape, mistakes);
    if let Some(source) = said.source {
        for word in [said.rate_limit, said.retry_after].into_iter().flatten() {
            mistakes
                .at(&word.name, format!("the source says this itself; remove `{}`, or `source`", word.name));
        }
        return only_field(source, shape, mistakes);
    }
    if let Some(field) = marked {
        return Says::Source { member: field.member.clone(), ty: field.ty.clone() };
    }
    if said.mark.is_none() {
        return Says::Final;
    }
    let hint = said.retry_after.and_then(|word| mistakes.keep(hint(word, shape)));
    Says::Passes { rate_limit: said.rate_limit.is_some(), hint }
}

/// The field that is marked as the source, if one is.
fn marked_field<'a>(said: &Said<'_>, shape: &'a Shape, mistakes: &mut Mistakes) -> Option<&'a Field> {
    let mut marked = None;
    for field in &shape.fields {
        let of_field = Said::of(Place::Field, &field.marks, mistakes);
        let Some(source) = of_field.source else { continue };
        if let Some(value) = &source.value {
            mistakes.at(value, "`source` takes no value; write `source`");
        }
        if said.mark.is_some() {
            mistakes.at(
                &source.name,
                format!("`{}` is marked already; remove this, or the other mark", shape.name),
            );
        } else if marked.is_some() {
            mistakes.at(&source.name, "only one field can say what the failure is; mark one");
        }
        marked = Some(field);
    }
    marked
}

/// The field of a variant or struct that is marked as its source, and so has only one.
fn only_field(source: &Word, shape: &Shape, mistakes: &mut Mistakes) -> Says {
    match &shape.fields[..] {
        [Field { member, ty, .. }] => return Says::Source { member: member.clone(), ty: ty.clone() },
        [] => mistakes.at(
            &source.name,
            format!("`{}` has no field to ask; write `#[transient]` if it passes by itself", shape.name),
        ),
        fields => mistakes.at(
            &source.name,
            format!(
                "`{}` has {} fields; put `#[transient(source)]` on the one that says what it is",
                shape.name,
                fields.len()
            ),
        ),
    }
    Says::Final
}

/// `retry_after = field`.
fn hint(word: &Word, shape: &Shape) -> Result<Hint, Error> {
    let Some(written) = &word.value else {
        return Err(Error::new_spanned(
            &word.name,
            "`retry_after` has no value; write `retry_after = field`",
        ));
    };
    let mut path = members(written).ok_or_else(|| {
        let message = "`retry_after` names a field: `after`, `0`, or a path into one, `refusal.after`; for anything else implement `Transient` by hand";
        Error::new_spanned(written, message)
    })?;
    let first = path.remove(0);
    match shape.fields.iter().find(|field| is_same(&field.member, &first)) {
        Some(field) => {
            Ok(Hint { member: field.member.clone(), ty: field.ty.clone(), path, written: written.clone() })
        }
        None => Err(Error::new_spanned(&first, no_field(&first, shape))),
    }
}

fn no_field(misspelt: &Member, shape: &Shape) -> String {
    let misspelt = text(misspelt);
    let fields: Vec<String> = shape.fields.iter().map(|field| text(&field.member)).collect();
    let name = &shape.name;
    if fields.is_empty() {
        return format!("`{name}` has no field that could hold the hint; remove `retry_after`");
    }
    match nearest(&misspelt, fields.iter().map(String::as_str)) {
        Some(nearest) if nearest.parse::<u32>().is_err() => {
            format!("`{name}` has no field `{misspelt}`; did you mean `{nearest}`?")
        }
        _ => {
            let fields = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
            format!("`{name}` has no field `{misspelt}`; there is {fields}")
        }
    }
}

/// The members of a path of fields: `after`, `0`, `refusal.after`.
fn members(written: &Expr) -> Option<Vec<Member>> {
    match written {
        Expr::Path(path) => Some(vec![Member::Named(path.path.get_ident()?.clone())]),
        Expr::Lit(ExprLit { lit: Lit::Int(index), .. }) => {
            Some(vec![Member::Unnamed(Index { index: index.base10_parse().ok()?, span: index.span() })])
        }
        // `0.1` is a number for the grammar.
        Expr::Lit(ExprLit { lit: Lit::Float(pair), .. }) => {
            let (first, second) = pair.base10_digits().split_once('.')?;
            let index =
                |text: &str| Some(Member::Unnamed(Index { index: text.parse().ok()?, span: pair.span() }));
            Some(vec![index(first)?, index(second)?])
        }
        Expr::Field(ExprField { base, member, .. }) => {
            let mut path = members(base)?;
            path.push(member.clone());
            Some(path)
        }
        _ => None,
    }
}

fn is_same(a: &Member, b: &Member) -> bool {
    text(a) == text(b)
}

fn text(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

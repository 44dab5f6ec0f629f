//! Mistakes: collected, so that all of an attribute are told in one go, and phrased in one voice: what is wrong,
//! because what, write what.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<Error>);

impl Mistakes {
    /// Adds a mistake at the place of `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.add(Error::new_spanned(tokens, message));
    }

    /// Adds a mistake.
    pub(crate) fn add(&mut self, mistake: Error) {
        match &mut self.0 {
            None => self.0 = Some(mistake),
            Some(mistakes) => mistakes.combine(mistake),
        }
    }

    /// The value, or else `None` and one mistake more.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    /// The value if there were no mistakes, else all of them.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Error> {
        self.0.map_or(Ok(value), Err)
    }
}

/// The rejected item as it was, beside the mistakes: it stays defined, so that one mistake is one error.
///
/// Errors stand behind the item, since inside a trait or impl only items may stand.
pub(crate) fn rejected(item: &TokenStream, mistakes: &Error) -> TokenStream {
    let mistakes = mistakes.to_compile_error();
    quote::quote!(#item #mistakes)
}

/// The known name that is meant by a misspelt one, if one is close: at most a third of its letters are wrong.
pub(crate) fn nearest<'a>(misspelt: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, nearest) = known.into_iter().map(|name| (distance(misspelt, name), name)).min()?;
    (distance <= nearest.len().div_ceil(3)).then_some(nearest)
}

/// The known name that another is a slip of: one letter is missing, wrong, too many, or two are swapped. Where a name
/// of the user's own may stand as well, more would be too much to assume.
pub(crate) fn slip_of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().find(|known| distance(name, known) == 1)
}

/// The optimal string alignment distance: insertions, deletions, replacements, and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        let known = ["max_tries", "max_time", "jitter", "on_try"];
        assert_eq!(nearest("max_tires", known), Some("max_tries"));
        assert_eq!(nearest("maxtime", known), Some("max_time"));
        assert_eq!(nearest("jiter", known), Some("jitter"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(slip_of("jiter", known), Some("jitter"));
        assert_eq!(slip_of("my_jitter", known), None);
    }
}

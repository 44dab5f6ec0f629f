//! Code as a person writes it: `io::Error`, `|e| !e.is_fatal()`, where tokens alone would give `io :: Error`.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The code on one line.
pub(crate) fn printed(tokens: TokenStream) -> String {
    let mut atoms = Vec::new();
    split(tokens, &mut atoms);
    let mut printer = Printer::default();
    for (place, atom) in atoms.iter().enumerate() {
        printer.print(atom, atoms.get(place + 1));
    }
    printer.text
}

/// What is printed without a space in it.
#[derive(Clone, PartialEq)]
enum Atom {
    /// A name, a keyword, a lifetime or a literal.
    Word(String),
    Operator(String),
    Open(Delimiter),
    Close(Delimiter),
}

/// Operators of several characters; not `<<` and `>>`, which may be two brackets.
const LONG: [&str; 18] = [
    "..=", "...", "::", "->", "=>", "==", "!=", "<=", ">=", "&&", "||", "..", "+=", "-=", "*=", "/=", "|=",
    "&=",
];

fn split(tokens: TokenStream, atoms: &mut Vec<Atom>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        place += 1;
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => split(group.stream(), atoms),
            TokenTree::Group(group) => {
                atoms.push(Atom::Open(group.delimiter()));
                split(group.stream(), atoms);
                atoms.push(Atom::Close(group.delimiter()));
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let name = tokens.get(place).map(ToString::to_string).unwrap_or_default();
                atoms.push(Atom::Word(format!("'{name}")));
                place += 1;
            }
            TokenTree::Punct(_) => {
                let operator = operator(&tokens[place - 1..]);
                place += operator.len() - 1;
                atoms.push(Atom::Operator(operator));
            }
            word => atoms.push(Atom::Word(word.to_string())),
        }
    }
}

/// The longest operator that the tokens begin with.
fn operator(tokens: &[TokenTree]) -> String {
    let mut joined = String::new();
    for token in tokens {
        let TokenTree::Punct(punct) = token else { break };
        joined.push(punct.as_char());
        if punct.spacing() == Spacing::Alone {
            break;
        }
    }
    let long = LONG.iter().find(|long| joined.starts_with(**long));
    long.map_or_else(|| joined.chars().take(1).collect(), |long| (*long).to_owned())
}

#[derive(Default)]
struct Printer {
    text: String,
    before: Option<Atom>,
    /// Whether what comes next is held to what was printed.
    is_held: bool,
    /// How many `<` are open.
    generics: usize,
    /// Whether the parameters of a closure are open.
    is_closure: bool,
}

impl Printer {
    fn print(&mut self, atom: &Atom, next: Option<&Atom>) {
        let (holds_before, holds_behind, text) = match atom {
            Atom::Word(word) => (false, false, word.clone()),
            Atom::Open(Delimiter::Brace) => {
                (false, next == Some(&Atom::Close(Delimiter::Brace)), "{".to_owned())
            }
            Atom::Close(Delimiter::Brace) => (false, false, "}".to_owned()),
            Atom::Open(delimiter) => {
                let text = if *delimiter == Delimiter::Bracket { "[" } else { "(" };
                (self.ends_an_operand() || self.is_after("!"), true, text.to_owned())
            }
            Atom::Close(delimiter) => {
                let text = if *delimiter == Delimiter::Bracket { "]" } else { ")" };
                (true, false, text.to_owned())
            }
            Atom::Operator(operator) => {
                let (before, behind) = self.holds(operator, next);
                (before, behind, operator.clone())
            }
        };
        if !(self.text.is_empty() || self.is_held || holds_before) {
            self.text.push(' ');
        }
        self.text.push_str(&text);
        self.is_held = holds_behind;
        self.before = Some(atom.clone());
    }

    /// Whether an operator is held to what stands before it, and to what stands behind.
    fn holds(&mut self, operator: &str, next: Option<&Atom>) -> (bool, bool) {
        let is_operand = self.ends_an_operand();
        match operator {
            "::" => (is_operand, true),
            "." => (true, true),
            "," | ";" | ":" | "?" => (true, false),
            ".." | "..=" | "..." => (is_operand, next != Some(&Atom::Close(Delimiter::Brace))),
            "!" if matches!(next, Some(Atom::Open(_))) && is_operand => (true, true),
            "&" | "&&" | "*" | "-" | "!" | "#" if !is_operand => (false, true),
            "<" if !is_operand || self.names_a_type() || self.is_after("::") => {
                self.generics += 1;
                (is_operand || self.is_after("::"), true)
            }
            ">" if self.generics > 0 => {
                self.generics -= 1;
                (true, false)
            }
            "|" if self.is_closure => {
                self.is_closure = false;
                (true, false)
            }
            "|" if !is_operand => {
                self.is_closure = true;
                (false, true)
            }
            _ => (false, false),
        }
    }

    fn is_after(&self, operator: &str) -> bool {
        matches!(&self.before, Some(Atom::Operator(before)) if before == operator)
    }

    /// Whether what was printed is, or ends, a value or a type, so that an operator behind it has two sides.
    fn ends_an_operand(&self) -> bool {
        const KEYWORDS: [&str; 12] =
            ["as", "async", "dyn", "else", "if", "impl", "in", "match", "move", "mut", "ref", "return"];
        match &self.before {
            Some(Atom::Word(word)) => !KEYWORDS.contains(&word.as_str()),
            Some(Atom::Close(_)) => true,
            // Only of generics, as a comparison is followed by a value.
            Some(Atom::Operator(operator)) => operator == "?" || operator == ">" && self.is_type_closed(),
            Some(Atom::Open(_)) | None => false,
        }
    }

    fn is_type_closed(&self) -> bool {
        !self.text.ends_with(" >")
    }

    /// Whether what was printed is the name of a type by its case, and not that of a constant.
    fn names_a_type(&self) -> bool {
        let Some(Atom::Word(word)) = &self.before else { return false };
        let is_capital = word.starts_with(char::is_uppercase);
        is_capital && (word.len() == 1 || word.contains(char::is_lowercase))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_printed_as_a_person_writes_it() {
        for code in [
            "io::Error",
            "::std::io::Error",
            "Box<dyn Error + Send + Sync>",
            "Client<'static, Vec<Option<u8>>>",
            "Result::<u8, E>::is_err",
            "<T as Api>::Error",
            "Arc<[u8; 4]>",
            "&'static str",
            "(A, B)",
            "fn(&Page) -> bool",
            "|e| e.is_timeout()",
            "|_| true",
            "|| limit",
            "|&n| n < 5 && !(n == -1)",
            "|page: &Page| page.items.len() >= LIMIT * 2",
            "|(a, b)| *a > b[0]",
            "move |e: &ApiError| matches!(e, ApiError::Status(500..=599) | ApiError::Busy { .. })",
            "|e| e.code()? as u16 == 429 || e.is_late()",
            "|e| match e.kind() { Kind::A => true, _ => false }",
            "|_| {}",
            "Status::Pending | Status::Queued if late",
            "Error::Busy { seconds: 1.., .. }",
            "Some(n @ 1..=5)",
            "Err(_) | Ok([])",
            "self.retries[0] - 1",
            "Duration::from_secs(5) / 2",
            "n < MAX && MIN < n",
            "vec![1, 2]",
            "\"text\".len()",
            "config.limit.await?",
            "a as u32",
        ] {
            assert_eq!(printed(code.parse().unwrap()), code);
        }
    }
}

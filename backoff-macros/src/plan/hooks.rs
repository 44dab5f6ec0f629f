//! Handlers and `giveup`: functions that may be async under an async function.

use syn::{Expr, ExprClosure};

use super::setting::Settings;
use super::{Hook, is_none};
use crate::error::Mistakes;
use crate::literal::{literal, strip};

/// Reads handlers and `giveup`, which may be async under an async function.
pub(super) struct Hooks {
    pub(super) is_async: bool,
}

impl Hooks {
    pub(super) fn list(&self, name: &str, settings: &mut Settings, mistakes: &mut Mistakes) -> Vec<Hook> {
        match settings.take(name) {
            None => Vec::new(),
            Some(Expr::Array(list)) => {
                list.elems.into_iter().map(|handler| self.one(name, handler, mistakes)).collect()
            }
            Some(handler) => vec![self.one(name, handler, mistakes)],
        }
    }

    pub(super) fn one(&self, name: &str, expr: Expr, mistakes: &mut Mistakes) -> Hook {
        if literal(&expr).is_some() || is_none(&expr) {
            mistakes.at(
                &expr,
                format!("`{name}` is a function; write its name or a closure, or leave it out for none"),
            );
        }
        let awaits = match strip(&expr) {
            Expr::Closure(closure) => returns_async(closure),
            _ => self.is_async,
        };
        if awaits && !self.is_async {
            mistakes.at(
                &expr,
                format!("a sync function cannot await; write a sync `{name}`, or make the function `async`"),
            );
        }
        Hook { expr, may_be_async: awaits }
    }
}

/// Whether a closure is seen to return a future: `async |..| ..`, or an async block as its value.
pub(super) fn returns_async(closure: &ExprClosure) -> bool {
    closure.asyncness.is_some()
        || match strip(&closure.body) {
            Expr::Async(_) => true,
            Expr::Block(block) => {
                matches!(block.block.stmts.last(), Some(syn::Stmt::Expr(last, None)) if matches!(strip(last), Expr::Async(_)))
            }
            _ => false,
        }
}

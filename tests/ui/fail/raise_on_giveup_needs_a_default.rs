//! `raise_on_giveup = false` returns the default value, so there must be one.
use backoff_runtime::on_exception;

struct Page;

#[on_exception(expo, raise_on_giveup = false)]
fn fetch() -> Result<Page, String> {
    Ok(Page)
}

fn main() {}

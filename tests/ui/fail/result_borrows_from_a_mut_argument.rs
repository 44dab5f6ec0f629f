//! What an attempt returns can't borrow what the next one changes.
use backoff_runtime::{on_exception, on_predicate};

struct Buffer(Vec<u8>);

#[on_predicate(expo)]
fn elided(buffer: &mut Buffer, _at: usize) -> Option<&u8> {
    buffer.0.push(1);
    buffer.0.first()
}

#[on_exception(expo)]
async fn named<'a>(_: &u8, buffer: &'a mut Buffer) -> Result<&'a mut u8, ()> {
    buffer.0.first_mut().ok_or(())
}

#[on_predicate(expo)]
fn in_a_pattern(Buffer(bytes): &mut Buffer) -> std::slice::Iter<'_, u8> {
    bytes.iter()
}

fn main() {}

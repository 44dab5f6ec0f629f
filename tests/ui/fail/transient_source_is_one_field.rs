//! A source is one field.
use backoff_runtime::Transient;

#[derive(Transient)]
enum Error {
    #[transient(source)]
    Unit,
    #[transient(source)]
    Two(std::io::Error, u8),
    Both(#[transient(source)] std::io::Error, #[transient(source)] std::io::Error),
}

fn main() {}

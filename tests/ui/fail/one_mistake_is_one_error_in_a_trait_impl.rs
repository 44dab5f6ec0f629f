//! The method stays defined, so the trait is still implemented.
use backoff_runtime::on_exception;

trait Read {
    #[on_exception(expo, max_tries = 0)]
    fn read(&self) -> Result<u8, String> {
        Ok(1)
    }
    fn write(&self) -> Result<u8, String>;
}

impl Read for u8 {
    #[on_exception(exp, max_tries = 3)]
    fn write(&self) -> Result<u8, String> {
        Ok(*self)
    }
}

fn main() {
    let _ = (1.read(), 1.write());
}

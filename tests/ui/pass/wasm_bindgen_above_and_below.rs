//! `#[wasm_bindgen]` copies the attributes below it to the function that JavaScript calls; the function is retried once.
use backoff_runtime::on_exception;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub struct Client {
    calls: u32,
}

#[wasm_bindgen]
impl Client {
    #[on_exception(constant, interval = 0, max_tries = 3, logger = none)]
    pub fn get(&mut self) -> Result<u32, String> {
        self.calls += 1;
        Err("busy".to_owned())
    }
}

#[wasm_bindgen]
#[on_exception(constant, interval = 0, max_tries = 3, logger = none)]
pub fn above(n: u32) -> Result<u32, String> {
    Ok(n)
}

#[on_exception(constant, interval = 0, max_tries = 3, logger = none)]
#[wasm_bindgen]
pub fn below(n: u32) -> Result<u32, String> {
    Ok(n)
}

fn main() {
    let mut client = Client { calls: 0 };
    assert!(client.get().is_err());
    assert_eq!((client.calls, above(1), below(2)), (3, Ok(1), Ok(2)));
}

//! What a call is named by.

/// The name of a function; of a closure, the name of the function that it stands in. Takes a while, so it is asked for only
/// when somebody is told it.
pub(super) fn target<F>() -> &'static str {
    name(std::any::type_name::<F>())
}

/// The last segment of the path of a function's type, without the types that it is generic over.
fn name(path: &str) -> &str {
    let path = path.trim_end_matches("::{{closure}}");
    let (mut depth, mut start, mut end) = (0_usize, 0, path.len());
    let mut before = b' ';
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            // A type without a name of its own: `fn(u8) -> bool`, `dyn FnMut() -> bool`.
            b'(' if depth == 0 => {
                end = at;
                break;
            }
            b':' if depth == 0 => (start, end) = (at + 1, path.len()),
            b'<' => {
                if depth == 0 {
                    end = at;
                }
                depth += 1;
            }
            b'>' if before != b'-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = byte;
    }
    if start < end { &path[start..end] } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_function_whatever_is_generic() {
        for (path, expected) in [
            ("krate::fetch", "fetch"),
            ("krate::fetch::{{closure}}::{{closure}}", "fetch"),
            ("krate::fetch<alloc::string::String>::{{closure}}", "fetch"),
            ("krate::fetch<fn(u8) -> alloc::vec::Vec<core::option::Option<u8>>>", "fetch"),
            ("krate::Client<alloc::string::String>::get::{{closure}}", "get"),
            ("<krate::Client<alloc::string::String> as krate::Get<[u8]>>::get", "get"),
            ("krate::a::<impl krate::b::Client>::get", "get"),
            ("&mut krate::outer::{{closure}}::inner", "inner"),
            ("fn(krate::A) -> core::result::Result<krate::B, krate::C>", "fn"),
            ("alloc::boxed::Box<dyn core::ops::function::FnMut() -> krate::A>", "Box"),
            ("&mut dyn core::ops::function::FnMut() -> krate::A", "FnMut"),
            ("<odd>", "<odd>"),
            ("", ""),
        ] {
            assert_eq!(name(path), expected, "{path}");
        }
    }
}

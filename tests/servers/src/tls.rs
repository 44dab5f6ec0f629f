//! Certificates that hold for a day, made by `openssl`.

use std::{fs, path::Path, process::Command};

use crate::{Missing, program::program};

pub(crate) const CA: &str = "ca.crt";
pub(crate) const CERTIFICATE: &str = "server.crt";
pub(crate) const KEY: &str = "server.key";

/// An authority, its certificate for 127.0.0.1 and `localhost`, and the key of that, in this folder.
pub(crate) fn make_certificates(folder: &Path) -> Result<(), Missing> {
    let openssl = program("openssl", "openssl")?;
    fs::write(folder.join("names"), "subjectAltName = IP:127.0.0.1, DNS:localhost\n")?;
    for arguments in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.crt -subj /CN=tests -days 1",
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names -out server.crt -days 1",
    ] {
        let mut command = Command::new(&openssl);
        command.args(arguments.split_whitespace()).current_dir(folder);
        let made = command.output()?;
        if !made.status.success() {
            return Err(Missing::broken(&openssl, String::from_utf8_lossy(&made.stderr)));
        }
    }
    Ok(())
}

//! The application's identifier, its private key and the number it sends from.

use std::{env, fmt, fs, io, time::Duration};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::recipients::{NotANumber, digits};

/// Variables that hold the credentials, as in the article: the key's is the path of a PEM file.
const VARIABLES: [&str; 3] = ["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY", "VONAGE_NUMBER"];

/// What an application signs and sends with.
#[derive(Clone)]
pub struct Credentials {
    application_id: String,
    private_key: EncodingKey,
    number: String,
}

/// Why there are no credentials. None of these tells anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Some of the variables are set, and others aren't.
    #[error("the credentials are incomplete: set {missing} too, or unset {set}")]
    Partial {
        /// The ones that are set.
        set: String,
        /// The ones that aren't.
        missing: String,
    },
    /// The key's file could not be read.
    #[error("cannot read the private key {path} (VONAGE_PRIVATE_KEY): {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{0} holds no RSA private key in PEM form")]
    NoKey(String),
    /// The sender's number is none.
    #[error("the sender's number (VONAGE_NUMBER) is no phone number: {0}")]
    Number(#[from] NotANumber),
}

#[derive(Serialize)]
struct Claims<'a> {
    application_id: &'a str,
    iat: u64,
    exp: u64,
    jti: Uuid,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("application_id", &self.application_id).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Takes a private key in PEM form, and a phone number however it is grouped.
    ///
    /// # Errors
    ///
    /// When the key can't sign by RS256, or the number is no phone number.
    pub fn new(application_id: &str, private_key_pem: &[u8], number: &str) -> Result<Self, CredentialsError> {
        let no_key = |_| CredentialsError::NoKey("VONAGE_PRIVATE_KEY".into());
        let private_key = EncodingKey::from_rsa_pem(private_key_pem).map_err(no_key)?;
        let credentials =
            Self { application_id: application_id.into(), private_key, number: digits(number)? };
        // A damaged key is only noticed when it signs.
        credentials.token(Duration::ZERO).map_err(no_key)?;
        Ok(credentials)
    }

    /// Reads the variables `VONAGE_APPLICATION_ID`, `VONAGE_PRIVATE_KEY` (a PEM file's path) and `VONAGE_NUMBER`:
    /// `None` when none of them is set.
    ///
    /// # Errors
    ///
    /// When only some are set, the key's file can't be read, or what they hold is no key or no number.
    pub fn from_env() -> Result<Option<Self>, CredentialsError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, CredentialsError> {
        let values = VARIABLES.map(|name| variable(name).filter(|value| !value.trim().is_empty()));
        let [Some(application_id), Some(path), Some(number)] = &values else {
            let named = |is_set| {
                let names = VARIABLES.iter().zip(&values).filter(|(_, value)| value.is_some() == is_set);
                names.map(|(name, _)| *name).collect::<Vec<_>>().join(" and ")
            };
            let nothing = values.iter().all(Option::is_none);
            return if nothing {
                Ok(None)
            } else {
                Err(CredentialsError::Partial { set: named(true), missing: named(false) })
            };
        };
        Self::new(application_id, &private_key(path)?, number)
            .map(Some)
            .map_err(|error| name_key(error, path))
    }

    /// The number that messages come from.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// A token that the API takes for `lifetime`.
    ///
    /// # Errors
    ///
    /// When the key can't sign.
    pub fn token(&self, lifetime: Duration) -> Result<String, jsonwebtoken::errors::Error> {
        let iat = get_current_timestamp();
        let exp = iat + lifetime.as_secs();
        let claims = Claims { application_id: &self.application_id, iat, exp, jti: Uuid::new_v4() };
        encode(&Header::new(Algorithm::RS256), &claims, &self.private_key)
    }
}

/// Whether the variable holds the key itself, which must then never be shown as a path.
fn is_key(variable: &str) -> bool {
    variable.contains("-----BEGIN")
}

fn private_key(variable: &str) -> Result<Vec<u8>, CredentialsError> {
    if is_key(variable) {
        return Ok(variable.as_bytes().to_vec());
    }
    fs::read(variable).map_err(|source| CredentialsError::Unreadable { path: variable.into(), source })
}

fn name_key(error: CredentialsError, variable: &str) -> CredentialsError {
    match error {
        CredentialsError::NoKey(_) if !is_key(variable) => {
            CredentialsError::NoKey(format!("{variable} (VONAGE_PRIVATE_KEY)"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: [Option<&str>; 3]) -> Result<Option<Credentials>, String> {
        let variable = |name: &str| {
            let index = VARIABLES.iter().position(|known| *known == name).unwrap();
            values[index].map(str::to_owned)
        };
        Credentials::from_variables(variable).map_err(|error| error.to_string())
    }

    #[test]
    fn no_variables_are_no_credentials() {
        assert!(read([None, Some(""), None]).unwrap().is_none());
    }

    #[test]
    fn some_of_the_variables_are_refused_by_name() {
        let error = read([Some("id"), None, Some("12015550123")]).unwrap_err();
        let told = "set VONAGE_PRIVATE_KEY too, or unset VONAGE_APPLICATION_ID and VONAGE_NUMBER";
        assert!(error.ends_with(told), "{error}");
    }

    #[test]
    fn a_key_file_that_is_not_there_or_no_key_is_told_by_its_path() {
        let error = read([Some("id"), Some("no-such.pem"), Some("12015550123")]).unwrap_err();
        assert!(error.starts_with("cannot read the private key no-such.pem"), "{error}");
        let error = read([Some("id"), Some("Cargo.toml"), Some("12015550123")]).unwrap_err();
        assert!(error.starts_with("Cargo.toml (VONAGE_PRIVATE_KEY) holds no RSA private key"), "{error}");
    }

    #[test]
    fn a_key_given_instead_of_its_path_is_never_shown() {
        let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
        let error = read([Some("id"), Some(key), Some("12015550123")]).unwrap_err();
        assert!(error.starts_with("VONAGE_PRIVATE_KEY holds no RSA private key"), "{error}");
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }
}

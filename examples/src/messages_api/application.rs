//! The application that may send, and how its tokens are judged.

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    error::Unspecified,
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind, get_current_timestamp};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::problem::Problem;

/// How far ahead of ours a client's clock may be, in seconds.
const CLOCK_SKEW: u64 = 30;
/// The longest life of a token, in seconds.
const LONGEST_LIFE: u64 = 24 * 60 * 60;

type Claims = Map<String, Value>;

pub(super) struct Application {
    id: String,
    private_key_pem: String,
    public_key: DecodingKey,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Application {
    pub(super) fn generate() -> Result<Self, Unspecified> {
        let keys = KeyPair::generate(KeySize::Rsa2048)?;
        let pkcs8: Pkcs8V1Der<'_> = keys.as_der()?;
        Ok(Self {
            id: Uuid::new_v4().to_string(),
            private_key_pem: pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8.as_ref())),
            public_key: DecodingKey::from_rsa_der(keys.public_key().as_ref()),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    /// Lets a call in whose token is signed by this application and still holds.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let token =
            bearer(headers).ok_or_else(|| Problem::unauthorized("no `Authorization: Bearer` token"))?;
        let mut rules = Validation::new(Algorithm::RS256);
        rules.leeway = 0;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.public_key, &rules)
            .map_err(|error| Problem::unauthorized(&refusal(error.kind())))?
            .claims;
        self.check(&claims, get_current_timestamp()).map_err(|detail| Problem::unauthorized(&detail))
    }

    fn check(&self, claims: &Claims, now: u64) -> Result<(), String> {
        if text(claims, "application_id")? != self.id {
            return Err("the claim `application_id` is not of an application known here".into());
        }
        let (issued, expires) = (seconds(claims, "iat")?, seconds(claims, "exp")?);
        if issued > now + CLOCK_SKEW {
            return Err("the claim `iat` lies in the future".into());
        }
        if expires <= issued || expires - issued > LONGEST_LIFE {
            return Err("the claim `exp` must be after `iat`, by a day at most".into());
        }
        if text(claims, "jti")?.is_empty() {
            return Err("the claim `jti` is empty".into());
        }
        Ok(())
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn text<'a>(claims: &'a Claims, name: &str) -> Result<&'a str, String> {
    let claim = claims.get(name).ok_or_else(|| format!("the claim `{name}` is missing"))?;
    claim.as_str().ok_or_else(|| format!("the claim `{name}` is not a string"))
}

fn seconds(claims: &Claims, name: &str) -> Result<u64, String> {
    let claim = claims.get(name).ok_or_else(|| format!("the claim `{name}` is missing"))?;
    claim.as_u64().ok_or_else(|| format!("the claim `{name}` is not a whole number of seconds"))
}

fn refusal(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::InvalidSignature => "the token is not signed by this application's private key".into(),
        ErrorKind::ExpiredSignature => "the token has expired".into(),
        ErrorKind::InvalidAlgorithm => "the token is not signed by RS256".into(),
        ErrorKind::MissingRequiredClaim(name) => format!("the claim `{name}` is missing"),
        ErrorKind::InvalidClaimFormat(name) => format!("the claim `{name}` is not a whole number of seconds"),
        _ => "the token is not a JSON Web Token".into(),
    }
}

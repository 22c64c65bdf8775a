//! Access tokens: Ed25519-signed JWTs, their keys in the data directory, published as JWKS.
//!
//! A token says who; what they may do is asked of the database at each request. Keys are named by the digest of their
//! public half; the newest signs, all verify, so that a key is replaced by adding one.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use broadsheet_domain::clock::Timestamp;
use broadsheet_domain::error::Error;
use broadsheet_domain::id::AccountId;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token is good, in seconds.
pub const ACCESS_SECONDS: u32 = 15 * 60;
/// Clocks may differ by this much, in seconds.
const LEEWAY: u64 = 5;
const LONGEST_TOKEN: usize = 4_096;

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: Uuid,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// Who a token was issued to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Whose.
    pub account: AccountId,
    /// The sign-in that it came from.
    pub session: Uuid,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

struct Key {
    id: String,
    public: Vec<u8>,
    signs: EncodingKey,
    verifies: DecodingKey,
}

/// Issues and verifies access tokens.
pub struct Tokens {
    keys: Vec<Key>,
    issuer: String,
}

/// Why keys could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The directory or a file in it could not be read or written.
    #[error("the signing keys in {path} could not be read or written: {source}")]
    Io {
        /// Where.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file in the directory is no key.
    #[error("{path} is no Ed25519 key in PKCS#8; move it away")]
    Malformed {
        /// Which.
        path: String,
    },
}

impl Tokens {
    /// Reads the keys in a directory; makes the directory and a first key where there are none.
    pub fn open(directory: &Path, issuer: String) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { path: directory.display().to_string(), source };
        std::fs::create_dir_all(directory).map_err(io)?;
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .map_err(io)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "pk8"));
        if files.is_empty() {
            files.push(make_key(directory)?);
        }
        files.sort();
        let keys = files.iter().map(|path| read_key(path)).collect::<Result<_, _>>()?;
        Ok(Self { keys, issuer })
    }

    /// A token for a sign-in.
    pub fn issue(&self, account: AccountId, session: Uuid, now: Timestamp) -> Result<String, Error> {
        let internal = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::Internal(broadsheet_domain::error::Fault::new("a token could not be signed", error))
        };
        let key = self.keys.last().ok_or_else(|| internal("there is no signing key".into()))?;
        let iat = now.millis() / 1_000;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: account.to_string(),
            sid: session,
            iat,
            exp: iat + i64::from(ACCESS_SECONDS),
            jti: Uuid::new_v4(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.signs).map_err(|error| internal(error.into()))
    }

    /// Who a token was issued to. Only our keys, only their one algorithm; what a token says of keys is ignored.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Bearer, Error> {
        let bad = Error::Unauthenticated {
            code: "bad_token",
            message: "The bearer token is no good: sign in for a new one.",
        };
        if token.len() > LONGEST_TOKEN {
            return Err(bad);
        }
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Err(bad) };
        let Some(key) = self.keys.iter().find(|key| header.kid.as_ref() == Some(&key.id)) else {
            return Err(bad);
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // below, by the newsroom's clock
        let Ok(claims) = jsonwebtoken::decode::<Claims>(token, &key.verifies, &validation) else {
            return Err(bad);
        };
        let claims = claims.claims;
        let expires_at = Timestamp::from_millis(claims.exp.saturating_mul(1_000));
        let leeway = i64::try_from(LEEWAY * 1_000).unwrap_or_default();
        if expires_at.plus_millis(leeway) <= now {
            let message = "The bearer token has expired: refresh it.";
            return Err(Error::Unauthenticated { code: "token_expired", message });
        }
        let Ok(account) = claims.sub.parse() else { return Err(bad) };
        Ok(Bearer { account, session: claims.sid, expires_at })
    }

    /// The public keys, as RFC 7517 and RFC 8037 write them.
    pub fn jwks(&self) -> serde_json::Value {
        let key = |key: &Key| {
            serde_json::json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id,
                "x": URL_SAFE_NO_PAD.encode(&key.public),
            })
        };
        serde_json::json!({ "keys": self.keys.iter().map(key).collect::<Vec<_>>() })
    }
}

fn make_key(directory: &Path) -> Result<std::path::PathBuf, KeyError> {
    let path = directory.join("0001.pk8");
    let malformed = || KeyError::Malformed { path: path.display().to_string() };
    let pair = Ed25519KeyPair::generate().map_err(|_unspecified| malformed())?;
    let document = pair.to_pkcs8().map_err(|_unspecified| malformed())?;
    write_private(&path, document.as_ref())
        .map_err(|source| KeyError::Io { path: path.display().to_string(), source })?;
    Ok(path)
}

/// For the server's own eyes.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(bytes)
}

fn read_key(path: &Path) -> Result<Key, KeyError> {
    let shown = path.display().to_string();
    let document = std::fs::read(path).map_err(|source| KeyError::Io { path: shown.clone(), source })?;
    let pair =
        Ed25519KeyPair::from_pkcs8(&document).map_err(|_rejected| KeyError::Malformed { path: shown })?;
    let public = pair.public_key().as_ref().to_vec();
    let id = blake3::hash(&public).to_hex().chars().take(16).collect();
    Ok(Key {
        id,
        signs: EncodingKey::from_ed_der(&document),
        verifies: DecodingKey::from_ed_der(&public),
        public,
    })
}

#[cfg(test)]
mod tests {
    use broadsheet_domain::id::PublicId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn tokens() -> (tempdir::Dir, Tokens) {
        let dir = tempdir::Dir::new();
        let tokens = Tokens::open(&dir.0, "https://news.example".to_owned()).unwrap();
        (dir, tokens)
    }

    mod tempdir {
        pub struct Dir(pub std::path::PathBuf);
        impl Dir {
            pub fn new() -> Self {
                Self(std::env::temp_dir().join(format!("broadsheet-keys-{}", uuid::Uuid::new_v4())))
            }
        }
        impl Drop for Dir {
            fn drop(&mut self) {
                let _ = std::fs::remove_dir_all(&self.0);
            }
        }
    }

    fn account() -> AccountId {
        AccountId::from_uuid(Uuid::from_u128(9))
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let (_dir, tokens) = tokens();
        let token = tokens.issue(account(), Uuid::nil(), NOW).unwrap();
        assert_eq!(tokens.verify(&token, NOW).unwrap().account, account());
        let late = NOW.plus_millis(i64::from(ACCESS_SECONDS) * 1_000 + 5_000);
        assert_eq!(tokens.verify(&token, late).unwrap_err().code(), "token_expired");
    }

    #[test]
    fn a_key_that_is_not_ours_signs_nothing() {
        let ((_a, ours), (_b, theirs)) = (tokens(), tokens());
        let token = theirs.issue(account(), Uuid::nil(), NOW).unwrap();
        assert_eq!(ours.verify(&token, NOW).unwrap_err().code(), "bad_token");
    }

    /// `none`, and HS256 with the public key as the secret: the algorithm is the key's, never the token's.
    #[test]
    fn the_algorithm_is_pinned_to_the_key() {
        let (_dir, tokens) = tokens();
        let key = &tokens.keys[0];
        let claims = r#"{"iss":"https://news.example","aud":"https://news.example","sub":"x","sid":"00000000-0000-0000-0000-000000000000","iat":1,"exp":9999999999,"jti":"00000000-0000-0000-0000-000000000000"}"#;
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, key.id)),
            URL_SAFE_NO_PAD.encode(claims)
        );
        assert_eq!(tokens.verify(&none, NOW).unwrap_err().code(), "bad_token");
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(key.id.clone());
        let value: serde_json::Value = serde_json::from_str(claims).unwrap();
        let confused = jsonwebtoken::encode(&header, &value, &EncodingKey::from_secret(&key.public)).unwrap();
        assert_eq!(tokens.verify(&confused, NOW).unwrap_err().code(), "bad_token");
    }

    #[test]
    fn keys_are_kept() {
        let (dir, tokens) = tokens();
        let token = tokens.issue(account(), Uuid::nil(), NOW).unwrap();
        let again = Tokens::open(&dir.0, "https://news.example".to_owned()).unwrap();
        assert!(again.verify(&token, NOW).is_ok());
    }
}

//! Sessions at rest, by context. Each is given to one cart at a time; carts that come together get one each. Their tokens
//! are kept with the connection, so that they survive a restart.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use connector_api::{ConnectorError, Host};
use serde::{Deserialize, Serialize};

use super::session::{Context, Session};

/// Name of the value that holds the tokens.
const STATE_KEY: &str = "checkout_sessions";
/// Most sessions at rest in one context.
const MOST_IDLE: usize = 16;
/// Most sessions at rest in all contexts.
const MOST_IN_ALL: usize = 256;

/// Sessions at rest.
#[derive(Debug, Default)]
pub struct Pool {
    state: Mutex<Idle>,
}

#[derive(Debug, Default)]
struct Idle {
    is_read: bool,
    sessions: BTreeMap<String, Vec<Session>>,
    /// Tokens as they are kept with the connection.
    kept: Kept,
}

/// Tokens by context.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Kept(BTreeMap<String, Vec<String>>);

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session of the context, or a new one.
    pub async fn take(&self, host: &Host, context: &Context) -> Result<Session, ConnectorError> {
        let must_read = !std::mem::replace(&mut self.lock().is_read, true);
        if must_read {
            let value = host.state_get(STATE_KEY).await?;
            let kept: Kept = value.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or_default();
            let mut idle = self.lock();
            for (context, tokens) in &kept.0 {
                // What is in their carts is not known: it will be asked for.
                let sessions = tokens.iter().map(|token| Session {
                    token: Some(token.clone()),
                    is_used: true,
                    is_shipping_chosen: true,
                    ..Session::default()
                });
                idle.sessions.entry(context.clone()).or_default().extend(sessions);
            }
            idle.kept = kept;
        }
        Ok(self.lock().sessions.get_mut(&context.key()).and_then(Vec::pop).unwrap_or_default())
    }

    /// Puts a session back that worked. What is too much is forgotten; the platform drops such carts by itself.
    pub async fn give_back(&self, host: &Host, context: &Context, mut session: Session) -> Result<(), ConnectorError> {
        if session.is_spoiled {
            return Ok(());
        }
        session.is_used = true;
        let value = {
            let mut idle = self.lock();
            let room = idle.sessions.values().map(Vec::len).sum::<usize>() < MOST_IN_ALL;
            let own = idle.sessions.entry(context.key()).or_default();
            if room && own.len() < MOST_IDLE {
                own.push(session);
            }
            let at_rest = idle.sessions.iter().filter(|(_, sessions)| !sessions.is_empty());
            let tokens = at_rest.map(|(context, sessions)| {
                (context.clone(), sessions.iter().filter_map(|session| session.token.clone()).collect())
            });
            let kept = Kept(tokens.collect());
            // A session that was away and is back changes nothing worth a write.
            if is_known(&idle.kept, &kept) {
                return Ok(());
            }
            let value = serde_json::to_vec(&kept).unwrap_or_default();
            idle.kept = kept;
            value
        };
        host.state_put(STATE_KEY, value).await
    }
}

/// Whether every token at rest is kept already.
fn is_known(kept: &Kept, at_rest: &Kept) -> bool {
    at_rest.0.iter().all(|(context, tokens)| {
        kept.0.get(context).is_some_and(|known| tokens.iter().all(|token| known.contains(token)))
    })
}

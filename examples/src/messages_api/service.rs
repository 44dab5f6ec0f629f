//! The endpoints: judge, count, answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Counts, Faults, Limit, PhoneCall, Rules, Words,
    application::Application,
    body::{Message, invalid, message, phone_call},
    faults::{Dice, Fault, Loss},
    limiter::{Limiter, Verdict},
    line::Scissors,
    problem::Problem,
};

/// How many phone calls may be placed in a second, as at the real API.
const PHONE_CALLS: Limit = Limit::Rate { rate: 3.0, burst: 3 };

#[derive(Debug)]
pub(super) struct Service {
    application: Application,
    started: Instant,
    words: Words,
    // One lock for all, so that calls are counted in the order in which they were judged.
    state: Mutex<Judged>,
}

/// What came in so far, and how much more may.
#[derive(Debug)]
struct Judged {
    messages: Limiter,
    counts: Counts,
    lines: Limiter,
    phone_calls: Vec<PhoneCall>,
    /// Recipient and identifier of each accepted message that had a reference.
    by_reference: HashMap<String, (String, Uuid)>,
    dice: Dice,
}

impl Judged {
    /// Accepts a message as far as the limit allows, and tells of the limit. One that was accepted before goes out no
    /// second time.
    fn take(&mut self, message: &Message, words: Words) -> Result<(Uuid, HeaderMap), Problem> {
        let reference = message.client_ref.as_ref();
        if let Some((recipient, uuid)) = reference.and_then(|reference| self.by_reference.get(reference)) {
            if *recipient != message.recipient {
                return Err(Problem::invalid(vec![invalid("client_ref", "is of a message to someone else")]));
            }
            self.counts.repeated += 1;
            return Ok((*uuid, HeaderMap::new()));
        }
        let verdict = self.messages.take();
        self.counts.judged(&message.recipient, verdict.refused_for.is_none());
        let headers = admitted(&self.messages, verdict, words)?;
        let uuid = Uuid::new_v4();
        if let Some(reference) = reference {
            self.by_reference.insert(reference.clone(), (message.recipient.clone(), uuid));
        }
        Ok((uuid, headers))
    }
}

/// The headers of an answer to what the limit accepts, or the refusal with its own.
fn admitted(limiter: &Limiter, verdict: Verdict, words: Words) -> Result<HeaderMap, Problem> {
    let headers = words.headers(limiter.limit(), verdict);
    if verdict.refused_for.is_some() { Err(Problem::too_many(headers)) } else { Ok(headers) }
}

impl Service {
    pub(super) fn new(application: Application, rules: Rules) -> Self {
        let Rules { limit, words, faults } = rules;
        let judged = Judged {
            messages: Limiter::new(limit),
            counts: Counts::default(),
            lines: Limiter::new(PHONE_CALLS),
            phone_calls: Vec::new(),
            by_reference: HashMap::new(),
            dice: Dice::new(faults),
        };
        Self { application, started: Instant::now(), words, state: Mutex::new(judged) }
    }

    pub(super) fn application(&self) -> &Application {
        &self.application
    }

    pub(super) fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    pub(super) fn phone_calls(&self) -> Vec<PhoneCall> {
        self.state().phone_calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, Judged> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the limit of messages. What may come at once under it counts as used up.
    pub(super) fn set_limit(&self, limit: Limit) {
        self.state().messages = Limiter::used_up(limit);
    }

    /// What befalls the next message.
    fn fault(&self) -> Option<Fault> {
        self.state().dice.roll()
    }

    /// Judges a message and counts it, its answer too unless that is lost.
    fn judge_message(
        &self,
        headers: &HeaderMap,
        sent: &[u8],
        is_lost: bool,
    ) -> Result<(Uuid, HeaderMap), Problem> {
        let message = self.application.admit(headers).and_then(|()| message(headers, sent));
        let mut state = self.state();
        let now = self.started.elapsed();
        let verdict = message.and_then(|message| state.take(&message, self.words));
        let status = verdict.as_ref().err().map_or(StatusCode::ACCEPTED, |problem| problem.status);
        state.counts.answered(now, (!is_lost).then_some(status.as_u16()));
        verdict
    }

    /// Counts a message that is not judged.
    fn count_unjudged(&self, status: Option<StatusCode>) {
        self.state().counts.answered(self.started.elapsed(), status.map(|status| status.as_u16()));
    }

    fn judge_phone_call(&self, headers: &HeaderMap, sent: &[u8]) -> Result<(), Problem> {
        self.application.admit(headers)?;
        let call = phone_call(headers, sent)?;
        let mut state = self.state();
        let verdict = state.lines.take();
        admitted(&state.lines, verdict, Words::default())?;
        state.phone_calls.push(call);
        Ok(())
    }
}

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v0.1/messages", post(messages))
        .route("/v1/calls", post(calls))
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "messages and calls are made by POST")
        })
        .fallback(|uri: Uri| async move {
            Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
        })
        .with_state(service)
}

async fn messages(
    State(service): State<Arc<Service>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    match service.fault() {
        None => match service.judge_message(&headers, &sent, false) {
            Ok((uuid, headers)) => {
                (StatusCode::ACCEPTED, headers, Json(json!({ "message_uuid": uuid }))).into_response()
            }
            Err(problem) => problem.into_response(),
        },
        Some(Fault::ServerError) => {
            service.count_unjudged(Some(StatusCode::SERVICE_UNAVAILABLE));
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "a fault on purpose").into_response()
        }
        Some(Fault::Lost { loss, is_judged }) => {
            if is_judged {
                // Accepted or refused: nobody will know.
                drop(service.judge_message(&headers, &sent, true));
            } else {
                service.count_unjudged(None);
            }
            lose(loss, &scissors).await
        }
    }
}

/// Never answers in time, or breaks the connection: the response is there for form's sake.
async fn lose(loss: Loss, scissors: &Scissors) -> Response {
    match loss {
        Loss::Drop => scissors.cut(),
        Loss::Stall => tokio::time::sleep(Faults::STALL).await,
    }
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

async fn calls(State(service): State<Arc<Service>>, headers: HeaderMap, sent: Bytes) -> Response {
    if let Err(problem) = service.judge_phone_call(&headers, &sent) {
        return problem.into_response();
    }
    let call = json!({
        "uuid": Uuid::new_v4(),
        "status": "started",
        "direction": "outbound",
        "conversation_uuid": format!("CON-{}", Uuid::new_v4()),
    });
    (StatusCode::CREATED, Json(call)).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The endpoint without a connection, and good headers for it.
    fn api(limit: Limit, words: &str) -> (Arc<Service>, HeaderMap) {
        let application = Application::generate().unwrap();
        let key = application.private_key_pem().as_bytes();
        let credentials = crate::vonage::Credentials::new(application.id(), key, "12015550199").unwrap();
        let token = credentials.token(60 * SECOND).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        let rules = Rules { words: words.parse().unwrap(), ..limit.into() };
        (Arc::new(Service::new(application, rules)), headers)
    }

    async fn send((service, headers): &(Arc<Service>, HeaderMap), client_ref: Option<&str>) -> Response {
        let mut message = json!({
            "from": { "type": "sms", "number": "12015550199" },
            "to": { "type": "sms", "number": "13055550157" },
            "message": { "content": { "type": "text", "text": "Hello" } },
        });
        if let Some(client_ref) = client_ref {
            message["client_ref"] = Value::from(client_ref);
        }
        let (service, sent) = (State(Arc::clone(service)), Bytes::from(message.to_string()));
        messages(service, ConnectInfo(Scissors::default()), headers.clone(), sent).await
    }

    async fn statuses<const N: usize>(api: &(Arc<Service>, HeaderMap)) -> [u16; N] {
        let mut statuses = [0; N];
        for status in &mut statuses {
            *status = send(api, None).await.status().as_u16();
        }
        statuses
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_takes_its_messages_at_once_and_the_next_begins_when_it_was_told_to() {
        let api = api(Limit::Window { messages: 2, window: 10 * SECOND }, "retry-after");
        assert_eq!(statuses(&api).await, [202, 202, 429]);
        advance(4 * SECOND).await;
        assert_eq!(send(&api, None).await.headers()["retry-after"], "6");
        advance(6 * SECOND).await;
        assert_eq!(statuses(&api).await, [202, 202, 429]);
    }

    #[tokio::test(start_paused = true)]
    async fn accepted_and_refused_messages_are_answered_with_the_words_that_were_asked_for() {
        let api = api(Limit::Window { messages: 1, window: 10 * SECOND }, "ratelimit,x-ratelimit");
        for remaining in [r#""messages";r=0;t=10"#; 2] {
            let answer = send(&api, None).await;
            let headers = answer.headers();
            assert_eq!(headers["ratelimit-policy"], r#""messages";q=1;w=10"#);
            assert_eq!(headers["ratelimit"], remaining);
            assert_eq!(headers["x-ratelimit-limit"], "1");
            assert!(!headers.contains_key("retry-after"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_was_accepted_before_uses_up_nothing() {
        let api = api(Limit::Window { messages: 2, window: 10 * SECOND }, "none");
        for _ in 0..3 {
            assert_eq!(send(&api, Some("one")).await.status(), StatusCode::ACCEPTED);
        }
        assert_eq!(statuses(&api).await, [202, 429]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_changes_holds_from_then_on() {
        let api = api(Limit::per_second(100.0), "none");
        assert_eq!(statuses(&api).await, [202; 10]);
        api.0.set_limit(Limit::per_second(2.0));
        assert_eq!(statuses(&api).await, [429]);
        advance(SECOND).await;
        assert_eq!(statuses(&api).await, [202, 202, 429]);
    }
}

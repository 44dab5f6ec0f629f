//! The endpoints: judge, count, answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
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
use uuid::Uuid;

use super::{
    Counts, Faults, Limit, PhoneCall,
    application::Application,
    body::{Message, invalid, message, phone_call},
    bucket::Bucket,
    faults::{Dice, Fault, Loss},
    line::Scissors,
    problem::Problem,
};

/// How many phone calls may be placed in a second, as at the real API.
const PHONE_CALLS: Limit = Limit { rate: 3.0, burst: 3 };

#[derive(Debug)]
pub(super) struct Service {
    application: Application,
    started: Instant,
    // One lock for all, so that calls are counted in the order in which they were judged.
    state: Mutex<Judged>,
}

/// What came in so far, and how much more may.
#[derive(Debug)]
struct Judged {
    messages: Bucket,
    counts: Counts,
    lines: Bucket,
    phone_calls: Vec<PhoneCall>,
    /// Recipient and identifier of each accepted message that had a reference.
    by_reference: HashMap<String, (String, Uuid)>,
    dice: Dice,
}

impl Judged {
    /// Accepts a message as far as the rate allows. One that was accepted before goes out no second time.
    fn take(&mut self, message: &Message, now: Duration) -> Result<Uuid, Problem> {
        let reference = message.client_ref.as_ref();
        if let Some((recipient, uuid)) = reference.and_then(|reference| self.by_reference.get(reference)) {
            if *recipient != message.recipient {
                return Err(Problem::invalid(vec![invalid("client_ref", "is of a message to someone else")]));
            }
            self.counts.repeated += 1;
            return Ok(*uuid);
        }
        let verdict = self.messages.take(now).map_err(Problem::too_many);
        self.counts.judged(&message.recipient, verdict.is_ok());
        verdict?;
        let uuid = Uuid::new_v4();
        if let Some(reference) = reference {
            self.by_reference.insert(reference.clone(), (message.recipient.clone(), uuid));
        }
        Ok(uuid)
    }
}

impl Service {
    pub(super) fn new(application: Application, limit: Limit, faults: Faults) -> Self {
        let judged = Judged {
            messages: Bucket::new(limit),
            counts: Counts::default(),
            lines: Bucket::new(PHONE_CALLS),
            phone_calls: Vec::new(),
            by_reference: HashMap::new(),
            dice: Dice::new(faults),
        };
        Self { application, started: Instant::now(), state: Mutex::new(judged) }
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

    /// What befalls the next message.
    fn fault(&self) -> Option<Fault> {
        self.state().dice.roll()
    }

    /// Judges a message and counts it, its answer too unless that is lost.
    fn judge_message(&self, headers: &HeaderMap, sent: &[u8], is_lost: bool) -> Result<Uuid, Problem> {
        let message = self.application.admit(headers).and_then(|()| message(headers, sent));
        let mut state = self.state();
        let now = self.started.elapsed();
        let verdict = message.and_then(|message| state.take(&message, now));
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
        state.lines.take(self.started.elapsed()).map_err(Problem::too_many)?;
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
            Ok(uuid) => (StatusCode::ACCEPTED, Json(json!({ "message_uuid": uuid }))).into_response(),
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

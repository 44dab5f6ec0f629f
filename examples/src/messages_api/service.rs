//! The endpoints: judge, count, answer.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Counts, Limit, PhoneCall,
    application::Application,
    body::{phone_call, recipient},
    bucket::Bucket,
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
}

impl Service {
    pub(super) fn new(application: Application, limit: Limit) -> Self {
        let (messages, lines) = (Bucket::new(limit), Bucket::new(PHONE_CALLS));
        let judged = Judged { messages, counts: Counts::default(), lines, phone_calls: Vec::new() };
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

    fn judge_message(&self, headers: &HeaderMap, sent: &[u8]) -> Result<(), Problem> {
        let recipient = self.application.admit(headers).and_then(|()| recipient(headers, sent));
        let mut state = self.state();
        let now = self.started.elapsed();
        let verdict = match &recipient {
            Ok(_) => state.messages.take(now).map_err(Problem::too_many),
            Err(_) => Ok(()),
        };
        let status = match (&recipient, &verdict) {
            (Err(problem), _) | (_, Err(problem)) => problem.status,
            (Ok(_), Ok(())) => StatusCode::ACCEPTED,
        };
        state.counts.add(now, status.as_u16(), recipient.as_deref().ok());
        drop(state);
        recipient.and(verdict)
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

async fn messages(State(service): State<Arc<Service>>, headers: HeaderMap, sent: Bytes) -> Response {
    match service.judge_message(&headers, &sent) {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "message_uuid": Uuid::new_v4() }))).into_response(),
        Err(problem) => problem.into_response(),
    }
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

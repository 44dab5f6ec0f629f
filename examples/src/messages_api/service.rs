//! The endpoint: judge, count, answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
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

use super::{Counts, Limit, application::Application, body, bucket::Bucket, problem::Problem};

#[derive(Debug)]
pub(super) struct Service {
    application: Application,
    started: Instant,
    // One lock for both, so that calls are counted in the order in which they were judged.
    state: Mutex<(Bucket, Counts)>,
}

impl Service {
    pub(super) fn new(application: Application, limit: Limit) -> Self {
        let state = Mutex::new((Bucket::new(limit), Counts::default()));
        Self { application, started: Instant::now(), state }
    }

    pub(super) fn application(&self) -> &Application {
        &self.application
    }

    pub(super) fn counts(&self) -> Counts {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn judge(&self, headers: &HeaderMap, sent: &[u8]) -> Result<(), Problem> {
        let recipient = self.application.admit(headers).and_then(|()| body::recipient(headers, sent));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (bucket, counts) = &mut *state;
        let now = self.started.elapsed();
        let verdict = match &recipient {
            Ok(_) => bucket.take(now).map_err(Problem::too_many),
            Err(_) => Ok(()),
        };
        let status = match (&recipient, &verdict) {
            (Err(problem), _) | (_, Err(problem)) => problem.status,
            (Ok(_), Ok(())) => StatusCode::ACCEPTED,
        };
        counts.add(now, status.as_u16(), recipient.as_deref().ok());
        drop(state);
        recipient.and(verdict)
    }
}

pub(super) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v0.1/messages", post(messages))
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "messages are sent by POST")
        })
        .fallback(|uri: Uri| async move {
            Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
        })
        .with_state(service)
}

async fn messages(State(service): State<Arc<Service>>, headers: HeaderMap, sent: Bytes) -> Response {
    match service.judge(&headers, &sent) {
        Ok(()) => (StatusCode::ACCEPTED, Json(json!({ "message_uuid": Uuid::new_v4() }))).into_response(),
        Err(problem) => problem.into_response(),
    }
}

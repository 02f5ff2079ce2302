//! The requests.

use std::sync::Arc;

use alliance::{
    agent::OpenError,
    consent::Purpose,
    id::{IdSource, RandomIds, TurnId, UserId},
    message::{Message, MessageError},
    record::ConsentChoice,
    session::{Session, TurnError},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{
        Html, IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{events::Running, page, service::Service};

/// The longest request body, in bytes: the longest message, and room for what JSON makes of it.
const MOST_BODY: usize = 128 * 1024;

/// Names the person. A real service has a sign-in here.
const COOKIE: &str = "person";

/// Where the page sends what the person says.
pub const TURN: &str = "/turn";
/// Where the page sends what the person decided.
pub const CONSENT: &str = "/consent";

/// Everything that the service answers.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(show_page))
        .route(TURN, post(take_turn))
        .route(CONSENT, post(take_consent))
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "not_found") })
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(map_response(guard))
        .with_state(service)
}

/// What a person sends. `sos` alone is the button for help.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// An id that the page draws for each message. Sent again, it gives the stored answer.
    turn: Option<Uuid>,
    message: Option<String>,
    #[serde(default)]
    sos: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    choice: Choice,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Given,
    Withdrawn,
    Erased,
}

async fn take_turn(
    State(service): State<Service>,
    headers: HeaderMap,
    said: Result<Json<Said>, JsonRejection>,
) -> Result<Response, Refusal> {
    let session = session(&service, &headers).await?;
    let Json(said) = said?;
    let turn = match said {
        Said { turn: None, message: None, sos: true } => session.sos(),
        Said { turn: Some(turn), message: Some(message), sos: false } => {
            session.turn(Message::new(message).turn(TurnId::new(turn))).await?
        }
        _ => return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "unclear")),
    };
    Ok(Sse::new(Running::new(turn, session)).keep_alive(KeepAlive::default()).into_response())
}

async fn take_consent(
    State(service): State<Service>,
    headers: HeaderMap,
    decided: Result<Json<Decided>, JsonRejection>,
) -> Result<Response, Refusal> {
    let session = session(&service, &headers).await?;
    let Json(Decided { choice }) = decided?;
    let consent =
        if matches!(choice, Choice::Given) { ConsentChoice::Given } else { ConsentChoice::Withdrawn };
    let mut written = service.decide(&session, consent).await.is_ok();
    if matches!(choice, Choice::Erased) {
        written = service.erase(&session).await.is_ok();
        if !written {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not_erased"));
        }
    }
    Ok(Json(json!({ "kept": session.allows(Purpose::Conversation), "written": written })).into_response())
}

async fn show_page(State(service): State<Service>, headers: HeaderMap) -> Result<Response, Refusal> {
    let known = user(&headers);
    let user = known.unwrap_or_else(|| UserId::new(RandomIds.next_id()));
    let session = service.look(user).await?;
    let nonce = RandomIds.next_id().simple().to_string();
    let page = page::fill(&service, &session, &nonce);
    let mut response = Html(page).into_response();
    // Nothing comes from elsewhere, and only the script and the styles that are in the page count.
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    if known.is_none() {
        // A page of another site cannot send it along. Behind TLS, add `Secure`.
        let cookie = format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=31536000", user.uuid());
        set(&mut response, header::SET_COOKIE, &cookie);
    }
    Ok(response)
}

/// Headers of every answer: nothing is kept by a browser or a proxy, nothing is framed or guessed.
async fn guard(mut response: Response) -> Response {
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    if !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        set(&mut response, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    // None of them holds anything that a header may not.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

async fn session(service: &Service, headers: &HeaderMap) -> Result<Arc<Session>, Refusal> {
    let user = user(headers).ok_or(Refusal::new(StatusCode::UNAUTHORIZED, "unknown_person"))?;
    Ok(service.session(user).await?)
}

fn user(headers: &HeaderMap) -> Option<UserId> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    value.parse().ok().map(UserId::new)
}

/// Why a request was refused. Names a kind, and never repeats anything of the request.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    status: StatusCode,
    kind: &'static str,
    busy_with: Option<TurnId>,
}

impl Refusal {
    const fn new(status: StatusCode, kind: &'static str) -> Self {
        Self { status, kind, busy_with: None }
    }
}

impl From<OpenError> for Refusal {
    fn from(_error: OpenError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_open")
    }
}

impl From<TurnError> for Refusal {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Busy { turn } => Self { busy_with: turn, ..Self::new(StatusCode::CONFLICT, "busy") },
            TurnError::Message(MessageError::Empty) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "empty"),
            TurnError::Message(MessageError::TooLong { .. }) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long")
            }
            _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unclear"),
        }
    }
}

/// The reader of JSON quotes what it could not read, so its own text goes nowhere.
impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json"),
            _ => Self::new(StatusCode::BAD_REQUEST, "bad_json"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.kind, "turn": self.busy_with });
        (self.status, Json(body)).into_response()
    }
}

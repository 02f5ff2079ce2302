//! How a record is written: one object with its kind beside what it holds.

use std::sync::Arc;

use alliance_safety::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeStruct};
use serde_json::Value;

use super::{Body, Record, RecordKind, UnknownRecord};
use crate::id::{RecordId, SessionId, TurnId};

#[derive(Deserialize)]
struct Wire {
    id: RecordId,
    #[serde(default)]
    session: Option<SessionId>,
    #[serde(default)]
    turn: Option<TurnId>,
    at: Timestamp,
    #[serde(default)]
    derived_from: Vec<RecordId>,
    kind: Arc<str>,
    data: Value,
}

impl RecordKind {
    /// The kind of this name; [`Unknown`](Self::Unknown) where this version does not know it.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "turn_accepted" => Self::TurnAccepted,
            "turn_ended" => Self::TurnEnded,
            "fact" => Self::Fact,
            "episode" => Self::Episode,
            "summary" => Self::Summary,
            "progress" => Self::Progress,
            "measurement" => Self::Measurement,
            "consent" => Self::Consent,
            "risk" => Self::Risk,
            "safety_plan" => Self::SafetyPlan,
            "outbox" => Self::Outbox,
            "timer" => Self::Timer,
            "floor" => Self::Floor,
            other => Self::Unknown(other.into()),
        }
    }

    /// The name as written, for example `turn_ended`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::TurnAccepted => "turn_accepted",
            Self::TurnEnded => "turn_ended",
            Self::Fact => "fact",
            Self::Episode => "episode",
            Self::Summary => "summary",
            Self::Progress => "progress",
            Self::Measurement => "measurement",
            Self::Consent => "consent",
            Self::Risk => "risk",
            Self::SafetyPlan => "safety_plan",
            Self::Outbox => "outbox",
            Self::Timer => "timer",
            Self::Floor => "floor",
            Self::Unknown(name) => name,
        }
    }
}

impl Body {
    /// What it holds, as it is written. `Null` where that cannot be said.
    pub(crate) fn data(&self) -> Value {
        serde_json::to_value(Data(self)).unwrap_or_default()
    }
}

/// What a body holds, without its kind.
struct Data<'a>(&'a Body);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Body::TurnAccepted(data) => data.serialize(serializer),
            Body::TurnEnded(data) => data.serialize(serializer),
            Body::Fact(data) => data.serialize(serializer),
            Body::Episode(data) => data.serialize(serializer),
            Body::Summary(data) => data.serialize(serializer),
            Body::Progress(data) => data.serialize(serializer),
            Body::Measurement(data) => data.serialize(serializer),
            Body::Consent(data) => data.serialize(serializer),
            Body::Risk(data) => data.serialize(serializer),
            Body::SafetyPlan(data) => data.serialize(serializer),
            Body::Outbox(data) => data.serialize(serializer),
            Body::Timer(data) => data.serialize(serializer),
            Body::Floor(data) => data.serialize(serializer),
            Body::Unknown(unknown) => unknown.data.serialize(serializer),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Record", 7)?;
        out.serialize_field("id", &self.id)?;
        out.serialize_field("session", &self.session)?;
        out.serialize_field("turn", &self.turn)?;
        out.serialize_field("at", &self.at)?;
        out.serialize_field("derived_from", &self.derived_from)?;
        out.serialize_field("kind", self.kind().as_str())?;
        out.serialize_field("data", &Data(&self.body))?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What serde says of a field of the wrong type quotes it, and in a spoiled record that may be anything.
        let Wire { id, session, turn, at, derived_from, kind, data } =
            Wire::deserialize(deserializer).map_err(|_| D::Error::custom("this is not a record"))?;
        let body = read_body(kind, data).map_err(|Unreadable(kind)| {
            // The underlying error can quote what it read, and that may be a person's words.
            D::Error::custom(format_args!("a record of kind `{kind}` cannot be read"))
        })?;
        Ok(Self { id, session, turn, at, derived_from, body })
    }
}

struct Unreadable(Arc<str>);

fn read_body(kind: Arc<str>, data: Value) -> Result<Body, Unreadable> {
    fn read<T: for<'a> Deserialize<'a>>(kind: &Arc<str>, data: Value) -> Result<T, Unreadable> {
        serde_json::from_value(data).map_err(|_| Unreadable(kind.clone()))
    }
    Ok(match &*kind {
        "turn_accepted" => Body::TurnAccepted(read(&kind, data)?),
        "turn_ended" => Body::TurnEnded(read(&kind, data)?),
        "fact" => Body::Fact(read(&kind, data)?),
        "episode" => Body::Episode(read(&kind, data)?),
        "summary" => Body::Summary(read(&kind, data)?),
        "progress" => Body::Progress(read(&kind, data)?),
        "measurement" => Body::Measurement(read(&kind, data)?),
        "consent" => Body::Consent(read(&kind, data)?),
        "risk" => Body::Risk(read(&kind, data)?),
        "safety_plan" => Body::SafetyPlan(read(&kind, data)?),
        "outbox" => Body::Outbox(read(&kind, data)?),
        "timer" => Body::Timer(read(&kind, data)?),
        "floor" => Body::Floor(read(&kind, data)?),
        _ => Body::Unknown(UnknownRecord { kind, data }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::TimerRecord;

    fn id() -> RecordId {
        RecordId::new(uuid::Uuid::from_u128(1))
    }

    #[test]
    fn a_record_survives_being_written_and_read() {
        let body = Body::Timer(TimerRecord { name: "homework".into(), due: Timestamp::from_millis(5) });
        let record = Record::new(id(), Timestamp::UNIX_EPOCH, body).derived_from([id()]);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        use RecordKind::{
            Consent, Episode, Fact, Floor, Measurement, Outbox, Progress, Risk, SafetyPlan, Summary, Timer,
            TurnAccepted, TurnEnded, Unknown,
        };
        let known = [
            TurnAccepted,
            TurnEnded,
            Fact,
            Episode,
            Summary,
            Progress,
            Measurement,
            Consent,
            Risk,
            SafetyPlan,
            Outbox,
            Timer,
            Floor,
        ];
        for kind in known.into_iter().chain([Unknown("dream".into())]) {
            assert_eq!(RecordKind::named(kind.as_str()), kind);
        }
    }

    #[test]
    fn a_kind_from_a_newer_version_is_kept() {
        let text = r#"{"id":"00000000-0000-0000-0000-000000000001","session":null,"turn":null,
            "at":"1970-01-01T00:00:00Z","derived_from":[],"kind":"dream","data":{"vivid":true}}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(record.kind(), RecordKind::Unknown("dream".into()));
        let again: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(again, record);
    }

    #[test]
    fn an_unreadable_record_does_not_quote_what_it_held() {
        let text = r#"{"id":"00000000-0000-0000-0000-000000000001","at":"1970-01-01T00:00:00Z",
            "kind":"timer","data":"my secret"}"#;
        let error = serde_json::from_str::<Record>(text).unwrap_err().to_string();
        assert!(error.contains("timer") && !error.contains("secret"), "{error}");
        let error = serde_json::from_str::<Record>(r#"{"id":"my secret"}"#).unwrap_err().to_string();
        assert!(error.contains("not a record") && !error.contains("secret"), "{error}");
    }
}

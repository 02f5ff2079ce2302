//! Answers to a questionnaire as FHIR R4 `QuestionnaireResponse` (<https://hl7.org/fhir/R4/questionnaireresponse.html>).

use serde_json::{Value, json};

use crate::{
    id::UserId,
    record::{MeasurementRecord, Record},
};

/// The answers, item by item, as numbers. The words of an item are in none of it, and neither are codes of a
/// terminology: who needs them maps `questionnaire` and `linkId`.
pub(super) fn response(user: UserId, record: &Record, measurement: &MeasurementRecord) -> Value {
    let items = (1..).zip(&measurement.answers).map(|(number, answer): (u32, _)| {
        let mut item = json!({ "linkId": number.to_string() });
        if let (Some(answer), Some(fields)) = (answer, item.as_object_mut()) {
            fields.insert("answer".to_owned(), json!([{ "valueInteger": answer }]));
        }
        item
    });
    let is_complete = measurement.answers.iter().all(Option::is_some);
    let mut response = json!({
        "resourceType": "QuestionnaireResponse",
        "id": record.id.to_string(),
        "questionnaire": format!("urn:alliance:instrument:{}", measurement.instrument),
        // Begun, and not brought to its end.
        "status": if is_complete { "completed" } else { "stopped" },
        "subject": { "identifier": { "system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{user}") } },
        "authored": record.at,
    });
    let items: Vec<Value> = items.collect();
    // FHIR knows no empty lists.
    if let (false, Some(fields)) = (items.is_empty(), response.as_object_mut()) {
        fields.insert("item".to_owned(), Value::Array(items));
    }
    response
}

#[cfg(test)]
mod tests {
    use alliance_safety::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::{id::RecordId, record::Body};

    #[test]
    fn answers_are_numbers_by_item_and_what_was_not_answered_has_none() {
        let of = |answers: Vec<Option<u8>>| {
            let measurement = MeasurementRecord::new("phq-4", answers);
            let body = Body::Measurement(measurement.clone());
            let record = Record::new(RecordId::new(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH, body);
            response(UserId::new(Uuid::from_u128(2)), &record, &measurement)
        };
        let whole = of(vec![Some(0), Some(3), Some(1), Some(2)]);
        assert_eq!(whole["status"], "completed");
        assert_eq!(whole["item"][1], json!({ "linkId": "2", "answer": [{ "valueInteger": 3 }] }));
        assert_eq!(whole["authored"], "1970-01-01T00:00:00Z");
        let part = of(vec![Some(0), None]);
        assert_eq!((&part["status"], &part["item"][1]), (&"stopped".into(), &json!({ "linkId": "2" })));
        assert!(of(Vec::new()).get("item").is_none());
    }
}

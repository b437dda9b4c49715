//! A plan for tests.

use super::{
    Plan, PriorityKind, PriorityRule, ServiceKind, ServiceOffer,
    hours::{Span, WeekHours},
};

/// From Monday to Friday, 9 to 13 and 14 to 18.
pub fn plan() -> Plan {
    let spans = [Span::read("14:00", "18:00").unwrap(), Span::read("09:00", "13:00").unwrap()];
    let offer = |service, usual_minutes, places_per_slot| ServiceOffer { service, usual_minutes, places_per_slot };
    Plan {
        name: "Алматы, 1".to_owned(),
        address: "пр. Абая, 1".to_owned(),
        counters: 4,
        slot_minutes: 15,
        hours: (1..=5).flat_map(|weekday| spans.map(|span| WeekHours { weekday, span })).collect(),
        special_days: vec![],
        services: vec![offer(ServiceKind::Registration, 10, 4), offer(ServiceKind::Permit, 20, 0)],
        priorities: vec![PriorityRule { kind: PriorityKind::FamilyWithInfant, head_start_minutes: 60 }],
    }
}
